"""Lateness: whether an asset is as old as its freshness policy lets it become."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.cadence import make_cadence
from assetmake.discovery.rule_records import FreshnessRecord

PASS, WARN, FAIL, UNKNOWN = "PASS", "WARN", "FAIL", "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Age:
    """How a policy judges an asset.

    Attributes:
        state: PASS, WARN, FAIL, or UNKNOWN where it was never made.
        since: From when on it is so, of WARN and FAIL.
        until: When it will be worse, of PASS and WARN; None where a clock alone does not decide that.
    """

    state: str
    since: datetime | None = None
    until: datetime | None = None


def judge_age(policy: FreshnessRecord, built_at: datetime | None, now: datetime) -> Age:
    """Return how a policy judges an asset that was last made at a time."""
    if built_at is None:
        return Age(UNKNOWN)
    built_at = built_at.replace(microsecond=0)  # times are told to the minute
    if policy.cron:
        return _judge_by_deadlines(policy, built_at, now)
    fails = built_at + timedelta(seconds=policy.fail_seconds)
    warns = fails if policy.warn_seconds is None else built_at + timedelta(seconds=policy.warn_seconds)
    if now > fails:
        return Age(FAIL, fails)
    return Age(WARN, warns, fails) if now > warns else Age(PASS, until=warns)


def judge_all(
    policies: Iterable[FreshnessRecord], built_at: Mapping[AssetKey, datetime], now: datetime
) -> dict[AssetKey, Age]:
    """Return how each asset that has a policy stands to it."""
    return {each.asset: judge_age(each, built_at.get(each.asset), now) for each in policies}


def _judge_by_deadlines(policy: FreshnessRecord, built_at: datetime, now: datetime) -> Age:
    """Judge at each deadline whether it was made early enough before; it stays late until it is made."""
    cadence = make_cadence(policy.cron, policy.timezone or None)
    grace = timedelta(seconds=policy.fail_seconds if policy.is_lagging else policy.bound_seconds)
    last = cadence.floor(int(now.timestamp() // 1))
    if built_at < cadence.to_datetime(last) - grace:
        first = cadence.ceil(int((built_at + grace).timestamp() // 1) + 1)
        return Age(FAIL, cadence.to_datetime(min(first, last)))
    return Age(PASS, until=cadence.to_datetime(cadence.ceil(int((built_at + grace).timestamp() // 1) + 1)))
