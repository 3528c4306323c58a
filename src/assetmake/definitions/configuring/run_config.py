"""RunConfig: what a run is configured with, and the plain form of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from assetmake.definitions.configuring.kinds import ConfigModel
from assetmake.definitions.configuring.plain_values import write_run_config
from assetmake.errors import RunConfigError

_SECTIONS = ("ops", "resources", "loggers", "execution")
_OTHER_NAMES = {"solids": "ops", "assets": "ops"}


@dataclass(slots=True)
class RunConfig:
    """Configures the assets and resources of a run.

    Args:
        ops: Config by the name of an asset's node (`a/b` is `a__b`): an object of Config, or {"config": {...}}.
        resources: Config by the name of a resource: an object of its class, or {"config": {...}}.
        loggers, execution: Accepted for compatibility, and shown again; they configure nothing here.
        tags: Tags of the run.

    Example:
        >>> RunConfig(ops={"orders": {"config": {"limit": 3}}}).to_config_dict()["ops"]
        {'orders': {'config': {'limit': 3}}}
    """

    ops: dict[str, Any] = field(default_factory=dict)
    resources: dict[str, Any] = field(default_factory=dict)
    loggers: dict[str, Any] = field(default_factory=dict)
    execution: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in (*_SECTIONS, "tags"):
            value = getattr(self, name)
            if value is not None and not isinstance(value, Mapping):
                raise RunConfigError(f"RunConfig({name}=...) is a dict, got {type(value).__name__}")
            setattr(self, name, dict(value or {}))

    def to_config_dict(self) -> dict[str, Any]:
        """Return it as plain dicts, objects of Config written out."""
        return {
            "loggers": self.loggers,
            "resources": _write_objects(self.resources),
            "ops": _write_objects(self.ops),
            "execution": self.execution,
        }

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RunConfig) and self.to_config_dict() == other.to_config_dict()

    __hash__ = None  # type: ignore[assignment]  # its dicts may change


def _write_objects(entries: Any) -> Any:
    if isinstance(entries, ConfigModel):
        return {"config": write_run_config(entries)}
    if isinstance(entries, Mapping):
        return {name: _write_objects(each) for name, each in entries.items()}
    return entries


@dataclass(frozen=True, slots=True)
class GivenConfig:
    """The config of a run by what it is for, in plain form.

    Attributes:
        ops: The `config` of each node that has one.
        resources: The `config` of each resource that has one.
    """

    ops: Mapping[str, Any] = field(default_factory=dict)
    resources: Mapping[str, Any] = field(default_factory=dict)


def read_run_config(given: RunConfig | Mapping[str, Any] | None) -> GivenConfig:
    """Return the config of a run, given as a RunConfig, a dict or nothing.

    Raises:
        RunConfigError: the dict has sections or entries that no run config has.
    """
    plain = given.to_config_dict() if isinstance(given, RunConfig) else dict(given or {})
    sections: dict[str, Any] = {}
    for name, value in plain.items():
        if name not in _SECTIONS and name not in _OTHER_NAMES:
            raise RunConfigError(
                f'Error in config: Received unexpected config entry "{name}" at path root. '
                f"Expected: {', '.join(_SECTIONS)}"
            )
        sections[_OTHER_NAMES.get(name, name)] = value
    return GivenConfig(_read_section(sections, "ops"), _read_section(sections, "resources"))


def _read_section(sections: Mapping[str, Any], name: str) -> dict[str, Any]:
    section = _write_objects(sections.get(name) or {})
    if not isinstance(section, Mapping):
        raise RunConfigError(f"Error in config: Value at path root:{name} must be dict, got {type(section).__name__}")
    found = {}
    for key, entry in section.items():
        if entry is None or entry == {}:
            continue
        if not isinstance(entry, Mapping):
            raise RunConfigError(
                f"Error in config: Value at path root:{name}:{key} must be dict, got {type(entry).__name__}",
                hint=f'write {{"{name}": {{"{key}": {{"config": ...}}}}}}',
            )
        unknown = entry.keys() - {"config", "inputs", "outputs", "ops"}
        if unknown:
            raise RunConfigError(
                f'Error in config: Received unexpected config entry "{min(map(str, unknown))}" at path '
                f"root:{name}:{key}. Expected: config"
            )
        if "config" in entry:
            found[str(key)] = entry["config"]
    return found
