"""dagster.yaml: its limits become pools; of the rest, what each setting has for a counterpart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assetmake.migrating.decision import Decision
from assetmake.migrating.yaml_file import YamlFile, read_yaml

INSTANCE_FILE = "dagster.yaml"

_NO_SERVER = "leave it out: there is no server and no daemon"
_STATE = "leave it out: state is the file that [state] path names, and runs and logs are kept under .assetmake/"
_ADVICE = {
    "storage": _STATE,
    "run_storage": _STATE,
    "event_log_storage": _STATE,
    "schedule_storage": _STATE,
    "local_artifact_storage": "where outputs go is [storage] root",
    "compute_logs": "leave it out: what an asset prints is kept, assetmake log shows it",
    "python_logs": "context.log is a logger of the logging module: its level is set there",
    "run_launcher": "leave it out: assets run in worker processes of this machine",
    "run_retries": "give the assets a RetryPolicy; assetmake retry tries again what failed",
    "run_monitoring": "leave it out: a worker that dies fails its own asset; timeout= limits how long one may take",
    "schedules": _NO_SERVER,
    "sensors": _NO_SERVER,
    "code_servers": _NO_SERVER,
    "auto_materialize": _NO_SERVER,
    "backfills": "leave it out: assetmake build --from --to is a backfill, in the foreground",
    "retention": "leave it out: assetmake gc removes what is no longer needed",
    "telemetry": "leave it out: there is none",
    "nux": _NO_SERVER,
    "secrets": "secrets come from the environment: EnvVar",
    "scheduler": _NO_SERVER,
}


@dataclass(slots=True)
class InstanceSettings:
    """What was found.

    Args:
        limits: Pools and how many may run at once.
        default_limit: For a pool that has no limit of its own.
        decisions: What is left to a person.
    """

    limits: dict[str, int] = field(default_factory=dict)
    default_limit: int | None = None
    decisions: list[Decision] = field(default_factory=list)


def read_instance_settings(root: Path, *, file: str = INSTANCE_FILE) -> InstanceSettings:
    """Read the settings in a project's root; none where there is no such file.

    Raises:
        UsageError: the file is there and cannot be read.
    """
    found = InstanceSettings()
    if not (root / file).is_file():
        return found
    document = read_yaml(root / file)
    for name, value in document.content.items():
        if name == "concurrency":
            _read_concurrency(value, document, found, file=file)
        elif name == "run_coordinator":
            config = value.get("config") if isinstance(value, dict) else None
            _read_runs(config, ("run_coordinator", "config"), document, found, file=file)
        else:
            advice = _ADVICE.get(name, "there is nothing like it here")
            found.decisions.append(Decision(file, (document.lines[name,],), name, advice))
    return found


def _read_concurrency(value: Any, document: YamlFile, found: InstanceSettings, *, file: str) -> None:
    concurrency = value if isinstance(value, dict) else {}
    pools = concurrency.get("pools")
    limit = pools.get("default_limit") if isinstance(pools, dict) else concurrency.get("default_op_concurrency_limit")
    if _is_limit(limit):
        found.default_limit = limit
    _read_runs(concurrency.get("runs"), ("concurrency", "runs"), document, found, file=file)


def _read_runs(value: Any, path: tuple[str, ...], document: YamlFile, found: InstanceSettings, *, file: str) -> None:
    settings = value if isinstance(value, dict) else {}
    if "max_concurrent_runs" in settings:
        advice = "how many assets run at once is [build] jobs, or -j"
        found.decisions.append(
            Decision(file, (document.lines[*path, "max_concurrent_runs"],), "max_concurrent_runs", advice)
        )
    for position, pool, limit in _list_tag_limits(settings.get("tag_concurrency_limits")):
        line = document.lines[*path, "tag_concurrency_limits", position]
        if not _is_limit(limit):
            advice = "a pool has a limit of 1 or more: write it under [pools]"
        else:
            found.limits[pool] = limit
            advice = f'it is a pool now: give the assets that it was for pool="{pool}"'
        found.decisions.append(Decision(file, (line,), f"tag_concurrency_limits {pool}", advice))


def _list_tag_limits(limits: Any) -> Iterator[tuple[int, str, Any]]:
    for position, entry in enumerate(limits if isinstance(limits, list) else ()):
        if isinstance(entry, dict) and isinstance(entry.get("key"), str):
            value = entry.get("value")
            yield position, value if isinstance(value, str) else entry["key"], entry.get("limit")


def _is_limit(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1
