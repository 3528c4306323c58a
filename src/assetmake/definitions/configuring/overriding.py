"""Config from several places put together: what is declared, the project file, a file and words on the command line."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.configuring.annotations import is_kind
from assetmake.definitions.configuring.kinds import ConfigModel
from assetmake.definitions.configuring.plain_values import list_fields, strip_optional
from assetmake.definitions.configuring.run_config import RunConfig, read_run_config
from assetmake.definitions.configuring.schema_types import Field
from assetmake.definitions.naming import find_nearest, suggest
from assetmake.errors import RunConfigError

_RESOURCES = "resources."


def merge_configs(*configs: RunConfig | Mapping[str, Any] | None) -> dict[str, Any]:
    """Return run configs as one, entry by entry; a later one wins.

    Raises:
        RunConfigError: one of them has sections that no run config has.

    Example:
        >>> merge_configs({"ops": {"a": {"config": {"x": 1, "y": 1}}}}, {"ops": {"a": {"config": {"y": 2}}}})["ops"]
        {'a': {'config': {'x': 1, 'y': 2}}}
    """
    merged: dict[str, dict[str, Any]] = {"ops": {}, "resources": {}}
    for config in configs:
        read = read_run_config(config)
        for section, given in (("ops", read.ops), ("resources", read.resources)):
            for name, value in given.items():
                before = merged[section].get(name, {}).get("config", {})
                merged[section][name] = {"config": _merge(before, value)}
    return merged


def _merge(before: Any, after: Any) -> Any:
    tables = isinstance(before, Mapping) and isinstance(after, Mapping)
    if not tables or {"env"} in (before.keys(), after.keys()):
        return after
    return {**before, **{key: _merge(before.get(key), value) for key, value in after.items()}}


def configure_resources(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the run config that the tables [resources.NAME] of a project file stand for."""
    return {"resources": {name: {"config": value} for name, value in given.items()}}


@dataclass(frozen=True, slots=True)
class Configurable:
    """What config can be given to, by the names that people write.

    Attributes:
        assets: What the config of an asset is read by; None where anything is.
        resources: The classes of the resources, or anything else that is declared.
        nodes: What the run config calls an asset, where that is not its key.
    """

    assets: Mapping[AssetKey, Any] = field(default_factory=dict)
    resources: Mapping[str, Any] = field(default_factory=dict)
    nodes: Mapping[AssetKey, str] = field(default_factory=dict)

    def list_names(self) -> dict[str, tuple[str, str, Any]]:
        """Return the section, the name there and the schema that each written name stands for."""
        found: dict[str, tuple[str, str, Any]] = {}
        for name, resource in self.resources.items():
            kind = getattr(resource, "resource_cls", None) or type(resource)
            found[name] = found[_RESOURCES + name] = ("resources", name, kind)
        for key, schema in self.assets.items():
            node = self.nodes.get(key) or key.to_python_identifier()
            found[node] = found[str(key)] = found[key.to_python_identifier()] = ("ops", node, schema)
        return found


def read_overrides(texts: Iterable[str], configurable: Configurable) -> dict[str, Any]:
    """Return the run config that words like `orders.limit=3` stand for.

    The first part names an asset, else a resource; `resources.db.host=x` names a resource
    whatever assets there are. Without a field the value is the whole config.
    The value is text where the field is text, else what it is in TOML: a number, true, a list, a table.

    Raises:
        RunConfigError: there is no such name, or the words are of another form.
    """
    names = configurable.list_names()
    return merge_configs(*(_read_override(text, names) for text in texts))


def _read_override(text: str, names: Mapping[str, tuple[str, str, Any]]) -> dict[str, Any]:
    path, equals, value = text.partition("=")
    owners = [name for name in names if path.startswith(f"{name}.") or (path == name and not _has_fields(names[name]))]
    if not equals or ("." not in path and not owners):
        raise RunConfigError(f"{text!r} is not of the form ASSET.FIELD=VALUE")
    if not owners:
        written = path.rpartition(".")[0]
        raise RunConfigError(
            f"{text!r}: nothing that takes config is called {written}",
            hint=suggest(find_nearest(written, sorted(names))),
        )
    owner = max(owners, key=len)
    section, name, schema = names[owner]
    fields = [each for each in path[len(owner) + 1 :].split(".") if each]
    config: Any = _read_value(_find_annotation(schema, fields), value)
    for each in reversed(fields):
        config = {each: config}
    return {section: {name: {"config": config}}}


def _has_fields(named: tuple[str, str, Any]) -> bool:
    schema = named[2]
    return is_kind(schema.config_type if isinstance(schema, Field) else schema, ConfigModel)


def _find_annotation(schema: Any, fields: Iterable[str]) -> Any:
    """Return the type of a field, as far as a model tells."""
    kind = schema.config_type if isinstance(schema, Field) else schema
    for name in fields:
        if not is_kind(kind, ConfigModel):
            return None
        known = list_fields(kind).get(name)
        kind = None if known is None else strip_optional(known.annotation)
    return kind


def _read_value(annotation: Any, text: str) -> Any:
    if annotation is str:
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
