"""Retrying: what a run was to build and did not becomes a selection."""

from __future__ import annotations

import shlex
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from itertools import pairwise

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.errors import UnknownPartitionError
from assetmake.graph.asset_graph import AssetGraph
from assetmake.graph.selection import Selection
from assetmake.planning.keyset import slice_between
from assetmake.planning.plan import Parts, Reason
from assetmake.planning.run_history import KILLED, RunRecord
from assetmake.planning.view import Scope, View
from assetmake.storage.run_records import RunEnd

_Span = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Leftover:
    """What is left of a run.

    Attributes:
        run: The run.
        selection: What to build; None where it left nothing that there still is.
        gone: What it left and the project no longer has: assets, and partitions.
        only: It left alone what is upstream.
        is_configured: Its command gave config, of which the values are kept nowhere.
        job: The job that it was for; NAME@KEY where it was for a partition.
        forced: What it was to make whatever is recorded, and what has not been made since.
    """

    run: RunRecord
    selection: Selection | None
    gone: tuple[str, ...] = ()
    only: bool = False
    is_configured: bool = False
    job: str | None = None
    forced: Mapping[AssetKey, Parts] = field(default_factory=dict)

    @property
    def is_unknown(self) -> bool:
        """It came to its end without having told what it left."""
        return not self.run.left and self.run.outcome in {KILLED, RunEnd.ABORTED.value}


def find_leftover(run: RunRecord, graph: AssetGraph, scope: Scope) -> Leftover:
    """Return what is left of a run, as far as the project still has it; a check stands for its asset."""
    terms: list[str] = []
    gone: list[str] = []
    for name, spans in run.left.items():
        key = AssetKey.from_user_string(name)
        if key not in graph.records:
            gone.append(name)
            continue
        asset = graph.find_asset(key)
        definition = scope.definitions[asset]
        if definition is None or not spans:
            terms.append(str(asset))
            continue
        there = list(_clip(definition, scope.parts[asset], spans))
        terms += write_terms(asset, there)
        if not there:
            gone.append(f"{name}@{spans[0][0]}" + ("" if len(spans) == 1 else f" and {len(spans) - 1:,} more"))
    words = _split(run.command)
    return Leftover(
        run=run,
        selection=Selection(tuple(dict.fromkeys(terms))) if terms else None,
        gone=tuple(gone),
        only="--only" in words,
        is_configured=any(word.startswith(("-c", "--config")) for word in words),
        job=_find_job(words),
    )


def find_forced(run: RunRecord, view: View) -> dict[AssetKey, Parts]:
    """Return what a run was to make although it may have been fresh, and what has not been made since it began.

    A check is not among that: it runs anew where what it looks at has other data.
    """
    if not _was_forced(run, view):
        return {}
    found: dict[AssetKey, Parts] = {}
    began = run.started_at.astimezone(UTC).replace(tzinfo=None)
    for name, spans in run.left.items():
        key = AssetKey.from_user_string(name)
        definition, parts = view.scope.definitions.get(key), view.scope.parts.get(key, ())
        if definition is not None and spans:
            clipped = list(_clip(definition, parts, spans))
            parts = [part for first, last in clipped for part in _list_between(definition, parts, first, last)]
        made = view.db.execute(
            "select part from state.traces where asset = ? and built_at > ?", [view.numbers.get(name, -1), began]
        ).fetchall()
        if rest := sorted(set(parts).difference(part for (part,) in made)):
            found[key] = rest
    return found


def _was_forced(run: RunRecord, view: View) -> bool:
    """Tell whether a run was forced; a retry was if what it retried was, also where it came to no attempt."""
    left, seen = [(run.id, run.command)], set[str]()
    while left:
        name, command = left.pop()
        seen.add(name)
        words = _split(command)
        if not {"--force", "-f"}.isdisjoint(words) or _has_forced(view, name):
            return True
        if "retry" in words:
            rows = view.db.execute("select id, command from state.runs where list_contains(?::varchar[], id)", [words])
            left += [(number, told or "") for number, told in rows.fetchall() if number not in seen]
    return False


def _has_forced(view: View, run: str) -> bool:
    rows = view.db.execute(
        "select 1 from state.attempts where run = ? and reason = ? limit 1", [run, Reason.FORCED.value]
    ).fetchall()
    return bool(rows)


def _list_between(definition: PartitionsDefinition, parts: Parts, first: str, last: str) -> Parts:
    low, high = definition.part_of(first), definition.part_of(last)
    return [low] if low == high else slice_between(parts, low, high)


def write_terms(asset: AssetKey, spans: Sequence[_Span]) -> list[str]:
    """Write ranges of an asset's keys as terms of a selection."""
    if any('"' in key for span in spans for key in span):  # which cannot be written between quotes
        return [str(asset)]
    return [f'{asset}@"{first}"' if first == last else f'{asset}@"{first}".."{last}"' for first, last in spans]


def _clip(definition: PartitionsDefinition, parts: Parts, spans: Sequence[_Span]) -> Iterator[_Span]:
    """Return of ranges what the definition has today."""
    known = set(parts) if definition.is_listed else None
    for first, last in spans:
        try:
            low, high = definition.part_of(first), definition.part_of(last)
        except UnknownPartitionError:
            continue
        if known is not None:
            if low in known:
                yield first, last
            continue
        begin, end = bisect_left(parts, low), bisect_right(parts, high)
        if begin < end:
            yield definition.key_of(parts[begin]), definition.key_of(parts[end - 1])


def _find_job(words: Sequence[str]) -> str | None:
    job, key = _find_value(words, "--job"), _find_value(words, "--partition")
    return job if job is None or key is None else f"{job}@{key}"


def _find_value(words: Sequence[str], option: str) -> str | None:
    for word, following in pairwise((*words, "")):
        if word == option:
            return following
        if word.startswith(f"{option}="):
            return word.partition("=")[2]
    return None


def _split(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        return []
