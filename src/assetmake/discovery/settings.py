"""The tables and keys that assets.toml may hold, and what each value must be."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any

from assetmake.discovery.duration import parse_duration
from assetmake.discovery.notify_settings import read_command, read_occasions, read_variable_name, read_webhook
from assetmake.errors import ConfigError, UsageError

Reader = Callable[[Any], Any]
"""Returns a setting as it is used; raises UsageError saying what is expected."""


class OutputCheck(Enum):
    """How outputs are verified when a plan is made."""

    NONE = "none"
    STAT = "stat"
    HASH = "hash"


def _read_text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise UsageError("expected a non-empty string")
    return value


def _read_texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(entry, str) and entry.strip() for entry in value):
        raise UsageError('expected a list of strings, as in ["a", "b"]')
    return tuple(value)


def _read_count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise UsageError("expected a whole number from 1")
    return value


def _read_flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise UsageError("expected true or false")
    return value


def _read_duration(value: Any) -> float:
    try:
        return parse_duration(value)
    except UsageError:
        raise UsageError('expected a duration, as in "30s", "50m", "2h" or "1h30m"') from None


def _read_output_check(value: Any) -> OutputCheck:
    known = {check.value: check for check in OutputCheck}
    if not isinstance(value, str) or value not in known:
        raise UsageError(f"expected one of {', '.join(known)}")
    return known[value]


def _read_storage_root(value: Any) -> str:
    text = _read_text(value)
    if "://" in text:
        raise UsageError("remote storage is not supported yet; expected a folder")
    return text


def _read_config(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UsageError("expected a table with the fields of the resource")
    return value


_SECTIONS: dict[str, dict[str, Reader]] = {
    "project": {"name": _read_text, "modules": _read_texts, "python_path": _read_texts},
    "build": {
        "jobs": _read_count,
        "lock_timeout": _read_duration,
        "strict": _read_flag,
        "observe_timeout": _read_duration,
    },
    "storage": {"root": _read_storage_root},
    "state": {"path": _read_text},
    "staleness": {"outputs": _read_output_check, "environment": _read_texts},
    "notify": {
        "command": read_command,
        "webhook": read_webhook,
        "webhook_env": read_variable_name,
        "on": read_occasions,
        "timeout": _read_duration,
        "repeat": _read_flag,
    },
}
_FREE_SECTIONS: dict[str, Reader] = {"pools": _read_count, "resources": _read_config, "selectors": _read_text}
"""Sections whose keys are the user's names."""
_NESTED_SECTIONS = {"resources"}
"""Sections that hold a table for each of the user's names: an environment changes single entries of it."""
_UNSHOWN = ("notify.webhook", "notify.webhook_env")
"""Where people write secrets, though they should not."""


def check_settings(document: Mapping[str, Any], *, file: Path) -> None:
    """Check every table, key and value, those of environments that are not chosen too.

    Raises:
        ConfigError: naming the key; of unknown ones all, each with the nearest one.
    """
    environments = _read_table(document.get("env", {}), "env", file=file)
    places = {f"env.{env}.": _read_table(sections, f"env.{env}", file=file) for env, sections in environments.items()}
    unknown = [*_list_unknown(document, also=["env"])]
    unknown += [each for table, sections in places.items() for each in _list_unknown(sections, table=table)]
    if unknown:
        raise _report_unknown(unknown, file=file)
    for table, sections in places.items():
        read_settings(sections, file=file, table=table)
    read_settings(document, file=file)


def _list_unknown(
    document: Mapping[str, Any], *, table: str = "", also: Sequence[str] = ()
) -> Iterator[tuple[str, str]]:
    """Yield each key that means nothing, and a hint for it."""
    known = [*_SECTIONS, *_FREE_SECTIONS, *also]
    for section, content in document.items():
        if section not in known:
            yield f"{table}{section}", suggest_nearest(section, known, prefix=table)
        elif section in _SECTIONS and isinstance(content, dict):
            path = f"{table}{section}."
            readers = _SECTIONS[section]
            yield from (
                (f"{path}{key}", suggest_nearest(key, readers, prefix=path)) for key in content if key not in readers
            )


def read_settings(document: Mapping[str, Any], *, file: Path, table: str = "") -> dict[str, dict[str, Any]]:
    """Return section -> key -> value as it is used, of what is written; defaults are not filled in."""
    settings = {}
    for section, content in document.items():
        if section == "env":
            continue
        path = f"{table}{section}"
        readers = _SECTIONS.get(section)
        settings[section] = {
            key: _read_value(value, _FREE_SECTIONS[section] if readers is None else readers[key], f"{path}.{key}", file)
            for key, value in _read_table(content, path, file=file).items()
        }
    return settings


def overlay_environment(
    document: Mapping[str, Any], *, env: str | None, by_variable: bool, file: Path
) -> dict[str, Any]:
    """Return the document with the tables of `[env.NAME]` laid over its own.

    Raises:
        ConfigError: the document has no such environment.
    """
    merged = {name: content for name, content in document.items() if name != "env"}
    if env is None:
        return merged
    environments = document.get("env", {})
    if env not in environments:
        origin = "ASSETMAKE_ENV names" if by_variable else "--env names"
        raise ConfigError(
            f"{origin} the environment {env!r}, which {file} does not have",
            hint=f"it has {', '.join(environments)}" if environments else f"write an [env.{env}.storage] table",
        )
    for name, content in environments[env].items():
        known = merged.get(name, {})
        if name in _NESTED_SECTIONS:
            merged[name] = {**known, **{each: {**known.get(each, {}), **entries} for each, entries in content.items()}}
        else:
            merged[name] = {**known, **content}
    return merged


def suggest_nearest(name: str, known: Iterable[str], *, prefix: str = "") -> str:
    """Return a hint that names the nearest known name, or else all of them."""
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    return f"did you mean {prefix}{near[0]}?" if near else f"known: {', '.join(names)}"


def _read_table(value: Any, path: str, *, file: Path) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(f"{file}: {path} is {value!r}", hint=f"expected a table: [{path}]")
    return value


def _read_value(value: Any, reader: Reader, path: str, file: Path) -> Any:
    try:
        return reader(value)
    except UsageError as error:
        shown = "" if path.endswith(_UNSHOWN) else f" = {value!r}"
        raise ConfigError(f"{file}: {path}{shown}: {error.message}") from None


def _report_unknown(unknown: Sequence[tuple[str, str]], *, file: Path) -> ConfigError:
    if len(unknown) == 1:
        return ConfigError(f"{file}: unknown key {unknown[0][0]}", hint=unknown[0][1])
    names = ", ".join(name for name, _ in unknown)
    return ConfigError(
        f"{file}: unknown keys {names}", hint="\n        ".join(f"{name}: {hint}" for name, hint in unknown)
    )
