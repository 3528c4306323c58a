"""Plans in files: what is to be done, and all that it was decided by, so that it is done only while that stands.

A file names nodes by their keys, in ranges, and what decided them by digests: it means the same on another machine that
has the same code, sources, records and outputs, wherever its project lies.
"""

from __future__ import annotations

import hashlib
import json
from array import array
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.partitions import PartitionsDefinition, Ranges
from assetmake.errors import UnknownPartitionError, UsageError
from assetmake.graph.asset_graph import AssetGraph, inspected
from assetmake.planning.plan import Parts, Plan, Reason, Verdict, Verdicts, decode, encode
from assetmake.planning.shaping import Aim
from assetmake.planning.view import View
from assetmake.planning.work_graph import read_averages
from assetmake.planning.world import World
from assetmake.storage.ledger import SourceRow
from assetmake.storage.rows import fetch_row, join_halves, split_halves

FORMAT = 1
KIND = "plan"
_PARTS = ("code", "config", "io", "environment")
_MOST_SHOWN = 12
_MOST_FILES = 1_000
"""Of a source with more files only a digest is kept, and they are not told apart."""

Document = dict[str, Any]
Range = list[Any]
"""The first key, the last one, and how many they are with what is between them."""


def describe_aim(world: World, aim: Aim, plan: Plan, *, besides: Mapping[AssetKey, Parts] | None = None) -> Document:
    """Return a plan, and what decided it, as data; inside the block of the state in which it was made.

    Args:
        world: What was seen.
        aim: What the plan was made of.
        plan: The plan.
        besides: Nodes of which it does not count what is recorded; default: those that are to run.
    """
    graph, view = world.graph, world.view
    needed, _ = world.make_planner().needs.find(aim.targets)
    besides = {key: verdicts.parts for key, verdicts in plan.list_all()} if besides is None else besides
    assets = [
        {
            "asset": str(key),
            "targets": _write_parts(view, key, aim.targets[key]) if key in aim.targets else [],
            **_describe_nodes(graph, view, key, verdicts, needed[key], besides.get(key, ())),
        }
        for key, verdicts in plan.verdicts.items()
    ]
    checks = [
        {
            "check": str(key),
            **_describe_nodes(
                graph, view, key, verdicts, _find_checked(graph, view, key, needed), besides.get(key, ())
            ),
        }
        for key, verdicts in plan.checks.items()
    ]
    averages = read_averages(view, plan.busy)
    seconds = {str(key): averages[key] for key in plan.busy if key in averages}
    read = {edge.upstream for key, _ in plan.list_all() for edge in graph.upstream[key]}
    sources = [_describe_source(view, key, world.survey.seen) for key in graph.sources if key in read]
    looked_at = {str(key): list(_write_parts(view, key, parts)) for key, parts in aim.looked_at.items()}
    how = {"force": aim.forced, "only": aim.only, "seconds": seconds, "looked_at": looked_at}
    return {**how, "assets": assets, "checks": checks, "sources": sources}


def write_plan(document: Mapping[str, Any]) -> list[str]:
    """Return the lines of a document, with a digest of what it says: one for each asset."""
    said = {"assetmake": KIND, "format": FORMAT, **document}
    rows = []
    for name, value in {**said, "seal": _digest(said)}.items():
        if isinstance(value, list) and value:
            rows.append(f"{json.dumps(name)}: [\n" + ",\n".join(f"  {json.dumps(each)}" for each in value) + "\n]")
        else:
            rows.append(f"{json.dumps(name)}: {json.dumps(value)}")
    return ["{", ",\n".join(rows), "}"]


def read_plan(text: str, *, name: str) -> Document:
    """Return what `write_plan` has written.

    Args:
        text: What a file holds.
        name: Of the file, for messages.

    Raises:
        UsageError: it is damaged, newer, or something else.
    """
    hint = "make it again: assetmake plan -o F"
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise UsageError(f"the plan {name} is damaged: it is no JSON", hint=hint) from None
    if not isinstance(document, dict) or document.get("assetmake") != KIND:
        raise UsageError(f"{name} is no plan", hint="give a file of `assetmake plan -o F`")
    if document.get("format") != FORMAT:
        told = f"the plan {name} has format {document.get('format')}, this assetmake knows {FORMAT}"
        raise UsageError(told, hint="use the version that made it")
    if document.pop("seal", None) != _digest(document):
        raise UsageError(f"the plan {name} is damaged: it is not what was written", hint=hint)
    return document


def list_targets(document: Document) -> list[str]:
    """Return the names of the assets that were asked for, and of the sources."""
    return [*(each["asset"] for each in document["assets"] if each["targets"]), *document.get("looked_at", {})]


def find_aim(document: Document, world: World) -> Aim:
    """Return what a document asks for, in the partitions that there are now.

    Raises:
        UsageError: some of it is no longer there.
    """
    targets = {}
    for each in document["assets"]:
        key = AssetKey.from_user_string(each["asset"])
        if each["targets"]:
            targets[key] = _read_parts(world.view, key, each["targets"])
    looked_at = {AssetKey.from_user_string(name): each for name, each in document.get("looked_at", {}).items()}
    return Aim(
        targets,
        document["force"],
        document["only"],
        {key: _read_parts(world.view, key, written) for key, written in looked_at.items()},
    )


def read_work(document: Document, world: World, aim: Aim) -> Plan:
    """Return what was to run when a document was written."""
    found: dict[AssetKey, Verdicts] = {}
    for name, each in _by_name(document).items():
        key = AssetKey.from_user_string(name)
        parts, codes = array("q"), bytearray()
        for verdict, reason, *written in each["work"]:
            more = _read_parts(world.view, key, [written])
            parts.extend(more)
            codes.extend(bytes([encode(Verdict(verdict), Reason(reason))]) * len(more))
        found[key] = Verdicts(each["total"], parts, bytes(codes))
    checks = {key: found.pop(key) for key in list(found) if key in world.graph.checks}
    return Plan(found, frozenset(aim.targets), checks=checks)


def read_seconds(document: Document) -> dict[AssetKey, float]:
    """Return how long a node of each asset took, by what was known when a document was written."""
    return {AssetKey.from_user_string(name): seconds for name, seconds in document["seconds"].items()}


def refuse(moved: Sequence[str], *, name: str) -> None:
    """Raise a UsageError that says what a plan no longer rests on, if there is anything."""
    if moved:
        shown = [*moved[:_MOST_SHOWN], *([f"and {len(moved) - _MOST_SHOWN} more"] if len(moved) > _MOST_SHOWN else [])]
        raise UsageError(
            f"the plan {name} is not what a build would do now:\n" + "\n".join(f"  {line}" for line in shown),
            hint="make it again: assetmake plan -o F; nothing was started",
        )


def list_moved(then: Document, world: World, aim: Aim, plan: Plan) -> Iterator[str]:
    """Yield a line for each thing that decided a plan and is another one now.

    What was to run and is fresh by now has been done: a build that was stopped goes on where it was.
    """
    planned = {AssetKey.from_user_string(name): each for name, each in _by_name(then).items()}
    known = {key: each for key, each in planned.items() if key in world.view.scope.definitions}
    work = {key: _read_parts(world.view, key, [each[2:] for each in old["work"]]) for key, old in known.items()}
    now = describe_aim(world, aim, plan, besides=work)
    yield from _compare_sources(_by_source(then), _by_source(now))
    found = {AssetKey.from_user_string(name): each for name, each in _by_name(now).items()}
    yield from (f"{key}: it is not needed any more" for key in planned if key not in found)
    for key, new in found.items():
        if key in planned:
            yield from (f"{key}: {line}" for line in _compare_nodes(planned[key], new))
            yield from _tell_more_work(world.view, key, plan.find(key).parts, work[key])
        else:
            yield f"{key}: it is needed now, and was not"


def _by_name(document: Document) -> dict[str, Document]:
    return {
        **{each["asset"]: each for each in document["assets"]},
        **{each["check"]: each for each in document["checks"]},
    }


def _by_source(document: Document) -> dict[str, Document]:
    return {each["source"]: each for each in document["sources"]}


def _compare_nodes(old: Document, new: Document) -> Iterator[str]:
    changed = [part for part in _PARTS if old["fingerprint"][part] != new["fingerprint"][part]]
    yield from (f"its {part} has changed" for part in changed)
    if old["total"] != new["total"]:
        yield f"{new['total']:,} nodes of it are needed, and {old['total']:,} were"
    elif old["recorded"] != new["recorded"]:
        yield "what was not to run was built or marked since"


def _tell_more_work(view: View, key: AssetKey, now: Parts, then: Parts) -> Iterator[str]:
    known = frozenset(then)
    more = [part for part in now if part not in known]
    definition = view.scope.definitions[key]
    if more:
        named = str(key) if definition is None else f"{key}@{Ranges(definition, more).shorten()}"
        yield f"{named}: to run now, and was not"


def _compare_sources(before: Mapping[str, Document], after: Mapping[str, Document]) -> Iterator[str]:
    for name, old in before.items():
        new = after.get(name)
        if new is None:
            yield f"source {name}: it is not read any more"
        elif new["data"] != old["data"]:
            there, here = old["files"], new["files"]
            changed = [
                *(f"{path} has changed" for path in there if path in here and here[path] != there[path]),
                *(f"{path} is gone" for path in there if path not in here),
                *(f"{path} is new" for path in here if path not in there),
            ]
            yield from (f"source {name}: {line}" for line in changed or ["it has changed"])
    yield from (f"source {name}: it is read now, and was not" for name in after if name not in before)


def _describe_nodes(
    graph: AssetGraph, view: View, key: AssetKey, verdicts: Verdicts, needed: Parts, besides: Parts
) -> Document:
    found = graph.records[key].fingerprint
    return {
        "total": verdicts.total,
        "work": list(_list_work(view, key, verdicts)),
        "fingerprint": {part: getattr(found, part) for part in _PARTS},
        "recorded": _digest_recorded(view, key, needed, besides),
    }


def _find_checked(graph: AssetGraph, view: View, check: AssetKey, needed: Mapping[AssetKey, Parts]) -> Parts:
    asset = inspected(graph.checks[check]).asset
    is_alike = view.scope.definitions[check] == view.scope.definitions[asset]
    return needed[asset] if is_alike and asset in needed else view.scope.parts[check]


def _list_work(view: View, key: AssetKey, verdicts: Verdicts) -> Iterator[Range]:
    """Yield verdict, reason and range of nodes that are to run, in the order of the definition."""
    pairs = zip(verdicts.codes, verdicts.parts, strict=True)
    for code, several in groupby(pairs, key=lambda pair: pair[0]):
        verdict, reason = decode(code)
        for each in _write_parts(view, key, array("q", (part for _, part in several))):
            yield [verdict.value, reason.value, *each]


def _write_parts(view: View, key: AssetKey, parts: Parts) -> list[Range]:
    definition = view.scope.definitions[key]
    if definition is None:
        return [[None, None, 1]] if parts else []
    positions = _Positions(view.scope.parts[key])
    return [
        [definition.key_of(first), definition.key_of(last), positions.find(last) - positions.find(first) + 1]
        for first, last in definition.runs(parts)
    ]


def _read_parts(view: View, key: AssetKey, ranges: Sequence[Range]) -> Parts:
    definition = view.scope.definitions.get(key)
    if not ranges:
        return ()
    if definition is None:
        if ranges != [[None, None, 1]]:
            raise _explain_gone(key, ranges[0][0])
        return view.scope.parts[key]
    parts = view.scope.parts[key]
    positions = _Positions(parts)
    found: list[Parts] = []
    for first, last, count in ranges:
        start, end = (_find_position(definition, positions, key, each) for each in (first, last))
        if end - start + 1 != count:
            raise UsageError(
                f"the plan is not what a build would do now: {key} has other partitions from {first} to {last}",
                hint="make it again: assetmake plan -o F; nothing was started",
            )
        found.append(parts[start : end + 1])
    return found[0] if len(found) == 1 else array("q", (part for several in found for part in several))


def _find_position(definition: PartitionsDefinition, positions: _Positions, key: AssetKey, written: str) -> int:
    if written is None:
        raise _explain_gone(key, None)
    try:
        return positions.find(definition.part_of(written))
    except (UnknownPartitionError, KeyError, ValueError):
        raise _explain_gone(key, written) from None


def _explain_gone(key: AssetKey, written: str | None) -> UsageError:
    what = (
        f"{key} has partitions now, or none any more" if written is None else f"{key}@{written} is not there any more"
    )
    return UsageError(
        f"the plan is not what a build would do now: {what}",
        hint="make it again: assetmake plan -o F; nothing was started",
    )


class _Positions:
    """Where parts stand in the order of their definition."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._places = None if isinstance(parts, range) else {part: place for place, part in enumerate(parts)}

    def find(self, part: int) -> int:
        return self._parts.index(part) if self._places is None else self._places[part]


def _digest_recorded(view: View, key: AssetKey, parts: Parts, besides: Parts) -> str:
    """Return a digest of what is recorded of nodes but some, as far as it decides anything."""
    if not view.is_partitioned(key):
        recorded = view.singles.get(key)
        if recorded is None or besides:
            return ""
        told = (recorded.data, recorded.content, recorded.inputs, recorded.invalidated, recorded.verdict)
        return _digest(list(told))
    chosen = "" if len(parts) == len(view.scope.parts[key]) else f" semi join {view.relate(parts)} using (part)"
    chosen += f" anti join {view.relate(besides)} using (part)" if besides else ""
    told_columns = "part, data, content, inputs, invalidated, verdict"
    row = fetch_row(
        view.db,
        f"select {split_halves('digest')} from (select bit_xor(md5_number(({told_columns})::varchar)::uhugeint)"
        f" as digest from {view.traces(key)}{chosen}) where digest is not null",
    )
    view.forget()
    return f"{join_halves(*row):032x}" if row else ""


def _describe_source(view: View, key: AssetKey, seen: Mapping[str, SourceRow]) -> Document:
    source = view.scope.sources[key]
    paths = [path for several in source.paths.values() for path in several]
    contents = {path: f"{seen[path].content:032x}" for path in paths} if len(paths) <= _MOST_FILES else {}
    return {"source": str(key), "data": _digest(sorted(source.data.items())), "files": contents}


def _digest(document: object) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:32]
