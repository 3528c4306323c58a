"""Runs and attempts, as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from assetmake.planning.attempts import Attempt
from assetmake.planning.plan import Reason
from assetmake.planning.run_history import KILLED, RUNNING, AssetInRun, FailedInRun, RunRecord
from assetmake.reporting.display import display
from assetmake.reporting.idle_line import count, tell_seconds
from assetmake.reporting.paint import PLAIN, Paint
from assetmake.reporting.sparklines import draw, write_number
from assetmake.reporting.table import Cell, align
from assetmake.reporting.words import REASON_WORDS, shorten, tell_ago

_RUN_HEADER = ("run", "started", "took", "outcome", "built", "unchanged", "failed", "skipped", "asked by", "command")
_ATTEMPT_HEADER = ("when", "age", "outcome", "reason", "took", "rows", "run")
_COLOURS = {
    "done": "green",
    "built": "green",
    "failed": "red",
    "aborted": "red",
    KILLED: "red",
    "interrupted": "yellow",
    RUNNING: "cyan",
}
_ASKERS = {"ci": "CI", "tick": "tick"}
_COUNTED = ("built", "unchanged", "failed", "skipped")
_COUNTED_OF_KILLED = ("built", "unchanged", "failed")
"""What it could not run is known only of one that came to its end."""
_COMMIT = 9
_SHOWN = 10


def list_runs(runs: Sequence[RunRecord], *, now: datetime, paint: Paint = PLAIN) -> list[str]:
    """Return a row for each run, below a header.

    Args:
        runs: In order.
        now: What times are told against.
        paint: Colours.
    """
    if not runs:
        return ["no run is recorded that did anything"]
    header = [Cell(title.upper(), "bold") for title in _RUN_HEADER]
    return align([header, *(_make_run_row(run, now) for run in runs)], paint=paint, right={2, 4, 5, 6, 7})


def list_run(
    run: RunRecord,
    assets: Sequence[AssetInRun],
    failures: Sequence[FailedInRun],
    *,
    now: datetime,
    paint: Paint = PLAIN,
) -> Iterator[str]:
    """Return what is recorded of one run in lines.

    Args:
        run: The run.
        assets: What it did, by asset.
        failures: Nodes that failed, maybe not all.
        now: What times are told against.
        paint: Colours.
    """
    yield f"{paint(run.id, 'bold')}: {paint(run.outcome, _COLOURS.get(run.outcome, ''))}"
    at_least = "at least " if run.outcome == KILLED else ""
    took = "" if run.seconds is None else f", took {at_least}{tell_seconds(run.seconds)}"
    yield f"  started   {tell_time(run.started_at)}, {tell_ago(run.started_at, now)}{took}"
    where = f"pid {run.pid} on {display(run.host)}"
    yield f"  asked by  {_tell_asker(run.asked)}, {where}"
    for name, title in (("commit", "commit"), ("ref", "ref"), ("url", "url")):
        if run.asked.get(name):
            yield f"  {title:<9} {display(run.asked[name])}"
    if run.command:
        yield f"  command   {display(run.command)}"
    if run.outcome not in {RUNNING, KILLED}:
        told = [f"{run.counts[name]:,} {name}" for name in ("built", "unchanged", "failed", "skipped", "fresh")]
        yield f"  nodes     {', '.join(told)}"
        checks = {name: run.counts[f"checks_{name}"] for name in ("passed", "failed")}
        if any(checks.values()):
            yield f"  checks    {', '.join(f'{number:,} {name}' for name, number in checks.items() if number)}"
    rows = [_make_asset_row(each) for each in assets]
    yield from align(rows, paint=paint, right={2}) if rows else ()
    for each in failures:
        yield f"{paint('FAILED', 'red', 'bold')} {display(_name(each.asset, each.key))}: {_first_line(each.message)}"
    failed = sum(each.failed for each in assets)
    if failed > len(failures):
        yield f"{failed - len(failures):,} more failed"
    if run.left:
        verb = "it was to build" if run.outcome == KILLED else "left"
        yield f"{verb}: {display(shorten([_tell_left(*each) for each in run.left.items()], _SHOWN))}"
        yield f"to build what it left: assetmake retry {run.id}"


def list_attempts(
    name: str,
    attempts: Sequence[Attempt],
    *,
    now: datetime,
    paint: Paint = PLAIN,
    drawn: bool = False,
    limit: int | None = None,
) -> Iterator[str]:
    """Return what is recorded of the attempts at a node: numbers over time, then a row for each.

    Args:
        name: The node's.
        attempts: The newest first.
        now: What times are told against.
        paint: Colours.
        drawn: Draw numbers, where only the last ones would be written.
        limit: So many were asked for; there may be more.
    """
    if not attempts:
        yield f"no attempt at {display(name)} is kept"
        return
    failed = sum(each.outcome == "failed" for each in attempts)
    last = "the last " if limit == len(attempts) > 1 else ""
    told = f"{last}{count(len(attempts), 'attempt')}{f', {failed:,} failed' if failed else ''}"
    yield f"{paint(display(name), 'bold')}: {told}"
    rows = [
        [Cell(f"  {display(title)}"), Cell(_draw(values, drawn=drawn), "cyan"), Cell(_tell_extent(values), "dim")]
        for title, values in _list_series(attempts).items()
    ]
    yield from align(rows, paint=paint) if rows else ()
    header = [Cell(title.upper(), "bold") for title in _ATTEMPT_HEADER]
    keyed = any(each.key is not None for each in attempts) and len({each.key for each in attempts}) > 1
    if keyed:
        header.insert(0, Cell("KEY", "bold"))
    table = [_make_attempt_row(each, now, keyed=keyed) for each in attempts]
    yield from align([header, *table], paint=paint, right={4 + keyed, 5 + keyed})


def tell_time(moment: datetime) -> str:
    """Return a time as the clock on the wall had it."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"


def _make_run_row(run: RunRecord, now: datetime) -> list[Cell]:
    known: tuple[str, ...] = _COUNTED
    if run.outcome in {RUNNING, KILLED}:
        known = () if run.seconds is None else _COUNTED_OF_KILLED
    took = tell_seconds(run.seconds) if run.seconds is not None else ""
    if took and run.outcome == KILLED:
        took = f">{took}"
    outcome = f"{run.outcome} (pid {run.pid})" if run.outcome == RUNNING else run.outcome
    asked = " ".join(filter(None, (_tell_asker(run.asked), run.asked.get("commit", "")[:_COMMIT])))
    return [
        Cell(run.id, "bold"),
        Cell(f"{tell_time(run.started_at)} ({tell_ago(run.started_at, now)})"),
        Cell(took),
        Cell(outcome, _COLOURS.get(run.outcome, "")),
        *(Cell(f"{run.counts[name]:,}" if name in known else "") for name in _COUNTED),
        Cell(asked),
        Cell(display(run.command), "dim"),
    ]


def _tell_asker(asked: Mapping[str, str]) -> str:
    by = asked.get("by", "")
    about = asked.get("service") if by == "ci" else asked.get("purpose") if by == "tick" else asked.get("user")
    about = "" if about == "CI" else about or ""
    return display(" ".join(filter(None, (_ASKERS.get(by, by), about)))) or "unknown"


def _make_asset_row(each: AssetInRun) -> list[Cell]:
    numbers = ((each.built, "built"), (each.unchanged, "unchanged"), (each.failed, "failed"))
    told = ", ".join(f"{number:,} {word}" for number, word in numbers if number)
    reasons = shorten([_tell_reason(reason) for reason in each.reasons])
    style = "red" if each.failed else "green" if each.built else ""
    return [
        Cell(f"  {display(each.asset)}", "bold"),
        Cell(told, style),
        Cell(tell_seconds(each.seconds)),
        Cell(reasons, "dim"),
    ]


def _make_attempt_row(each: Attempt, now: datetime, *, keyed: bool) -> list[Cell]:
    verdict = each.profile.get("verdict", "")
    outcome = verdict or each.outcome
    text = _first_line(each.message or each.description)
    row = [
        Cell(tell_time(each.ended_at)),
        Cell(tell_ago(each.ended_at, now), "dim"),
        Cell(outcome, _COLOURS.get(outcome, "")),
        Cell(_tell_reason(each.reason)),
        Cell(tell_seconds(each.seconds)),
        Cell("" if each.rows is None else f"{each.rows:,}"),
        Cell(f"{each.run}{f'  {text}' if text else ''}", "dim"),
    ]
    return [Cell(display(each.key or ""), "bold"), *row] if keyed else row


def _list_series(attempts: Sequence[Attempt]) -> dict[str, list[float | None]]:
    """Return numbers over time by name, the oldest first: how long it took, rows, and what the function told."""
    good = [each for each in reversed(attempts) if each.outcome != "failed"]
    series: dict[str, list[float | None]] = {
        "seconds": [each.seconds for each in good],
        "rows": [each.rows for each in good],
    }
    for name in dict.fromkeys(name for each in good for name in each.numbers):
        series[name] = [each.numbers.get(name) for each in good]
    return {name: values for name, values in series.items() if sum(value is not None for value in values) > 1}


def _draw(values: Sequence[float | None], *, drawn: bool) -> str:
    return draw(values) if drawn else " ".join(write_number(value) for value in values[-_SHOWN:])


def _tell_extent(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{write_number(min(known))} to {write_number(max(known))}, last {write_number(known[-1])}"


def _tell_reason(reason: str) -> str:
    known = {each.value: words for each, words in REASON_WORDS.items()}
    return known.get(reason, reason) if reason != Reason.MISSING.value else "missing"


def _tell_left(asset: str, spans: Sequence[tuple[str, str]] | None) -> str:
    if not spans:
        return asset
    keys = [first if first == last else f"{first}..{last}" for first, last in spans]
    return f"{asset}@{shorten(keys)}"


def _name(asset: str, key: str | None) -> str:
    return asset if key is None else f"{asset}@{key}"


def _first_line(text: str) -> str:
    return display(text.strip().partition("\n")[0])
