"""compare_details(): what of an asset's declaration and environment is not as it was, in words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from assetmake.definitions.assets.keeping import ORDERED
from assetmake.discovery.conditions import VARIABLE_MARK

_CADENCES = {"0 * * * *": "hourly", "0 0 * * *": "daily", "0 0 * * 0": "weekly", "0 0 1 * *": "monthly"}


def compare_details(old: str, new: str) -> list[str]:
    """Return the differences between two fingerprints' details, in words.

    Args:
        old, new: As `Fingerprint.details` has them; where one is empty, nothing can be told.
    """
    if not old or not new:
        return []
    before, after = json.loads(old), json.loads(new)
    return [
        *_compare_config(before.get("config", {}), after.get("config", {})),
        *_compare_io(before.get("io", ""), after.get("io", "")),
        *_compare_managers(before.get("managers", {}), after.get("managers", {})),
        *_compare_environment(before.get("environment", {}), after.get("environment", {})),
    ]


def _compare_config(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    if old.get("partitions") != new.get("partitions"):
        yield f"partitions: {' -> '.join(_name_partitions(old.get('partitions'), new.get('partitions')))}"
    yield from _compare_parameters(old.get("parameters", []), new.get("parameters", []))
    if old.get("unloaded", []) != new.get("unloaded", []):
        yield "a mapping in deps changed"
    if old.get("stores") != new.get("stores"):
        yield "its result is stored now" if new.get("stores") else "its result is no longer stored"
    if old.get("takes_context") != new.get("takes_context"):
        yield "it takes the context now" if new.get("takes_context") else "it no longer takes the context"
    rows = old.get("hash_rows", ORDERED), new.get("hash_rows", ORDERED)
    if rows[0] != rows[1]:
        yield f"hash_rows {' -> '.join(rows)}"
    yield from _compare_values("config", old.get("config"), new.get("config"))
    yield from _compare_named("resource", old.get("resources", {}), new.get("resources", {}))


def _compare_parameters(old: Iterable[tuple[str, str | None]], new: Iterable[tuple[str, str | None]]) -> Iterator[str]:
    before, after = dict(old), dict(new)
    yield from (f"parameter {name} was added" for name in after if name not in before)
    yield from (f"parameter {name} was removed" for name in before if name not in after)
    both = [name for name in after if name in before]
    yield from (f"mapping of {name} changed" for name in both if before[name] != after[name])
    if both != [name for name in before if name in after]:
        yield "the order of its parameters changed"


def _compare_io(old: str, new: str) -> Iterator[str]:
    if old != new:
        yield f"IO manager {old} -> {new}"


def _compare_managers(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for use in [*new, *(use for use in old if use not in new)]:
        who = f"the IO manager that loads {use}" if use else "its IO manager"
        if use not in old or use not in new:
            yield f"{who} is one of the project's {'now' if use in new else 'no longer'}"
            continue
        yield from _compare_named("IO manager", old[use]["config"], new[use]["config"])
        if old[use].get("told") != new[use].get("told"):
            yield f"the metadata that {who} is told changed"


def _compare_named(noun: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"{noun} {name} is used now" for name in new if name not in old)
    yield from (f"{noun} {name} is no longer used" for name in old if name not in new)
    for name in new:
        if name in old:
            yield from _compare_values(f"{noun} {name}", old[name], new[name])


def _compare_values(what: str, old: Any, new: Any) -> Iterator[str]:
    """Say down to the entry what of a config changed; what is secret is in neither."""
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping) and not _is_value(old) and not _is_value(new):
        for name in [*new, *(name for name in old if name not in new)]:
            yield from _compare_values(f"{what}.{name}", old.get(name), new.get(name))
        return
    yield f"{what} {_show(old)} -> {_show(new)}"


def _is_value(described: Mapping[str, Any]) -> bool:
    """Tell whether `describe_config` writes a single value so."""
    return len(described) == 1 and not isinstance(next(iter(described.values())), Mapping | list)


def _show(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, Mapping) and len(value) == 1:
        ((kind, inner),) = value.items()
        if kind == "env":
            return f"the variable {inner}"
        if kind == "secret":
            return "***"
        return str(inner)
    return json.dumps(value, ensure_ascii=False)


def _compare_environment(old: Mapping[str, str | None], new: Mapping[str, str | None]) -> Iterator[str]:
    for name in sorted(old.keys() | new.keys()):
        variable = name.removeprefix(VARIABLE_MARK) if name.startswith(VARIABLE_MARK) else ""
        what = f"environment variable {variable}" if variable else name
        if name not in old:
            yield f"{what} is declared now"
        elif name not in new:
            yield f"{what} is no longer declared"
        elif old[name] != new[name]:
            yield f"{what} {_tell_move(old[name], new[name])}" if variable else f"{what} {old[name]} -> {new[name]}"


def _tell_move(old: str | None, new: str | None) -> str:
    """Say what became of a variable's value; the hashes of values would tell a person nothing."""
    if old is None:
        return "was set"
    return "was unset" if new is None else "changed"


def _name_partitions(old: str | None, new: str | None) -> tuple[str, str]:
    """Name two kinds of partitions, with their zone and format only where the rest is the same."""
    before, after = _split_identity(old), _split_identity(new)
    for depth in range(1, 4):
        names = ", ".join(before[:depth]), ", ".join(after[:depth])
        if names[0] != names[1]:
            return names
    return old or "none", new or "none"


def _split_identity(identity: str | None) -> list[str]:
    """Return what a `PartitionsDefinition.identity` is made of, the part that says most first."""
    if identity is None:
        return ["none"]
    kind, _, rest = identity.partition(":")
    if kind != "time":
        return [identity]
    cron, zone, form = rest.split(";", 2)
    return [_CADENCES.get(cron, f"by cron {cron}"), zone, f"keys as {form}"]
