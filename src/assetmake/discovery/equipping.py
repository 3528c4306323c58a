"""Equipping: each asset with its config, its resources and IO managers, as a build with the given config has them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.configuring.applying import describe_asset_config, describe_resource
from assetmake.definitions.configuring.describing import list_variables_told
from assetmake.definitions.configuring.overriding import Configurable, merge_configs
from assetmake.definitions.configuring.schema_types import Missing
from assetmake.definitions.naming import find_nearest, suggest
from assetmake.discovery.launching import Stage
from assetmake.discovery.supply import Needs, Supplied, Supply
from assetmake.errors import ConfigError, RunConfigError

_PROJECT_FILE = "assets.toml"
_MISSING = "Missing required config entry"
_UNEXPECTED = re.compile(r'unexpected config entry "(.+)" at path .*Expected: (.+)')


@dataclass(frozen=True, slots=True)
class Equipment:
    """What one asset runs with.

    Attributes:
        needs: Its resources and IO managers.
        config: Its own config as `describe_config` has it, read back; None where it has none.
        resources: The config of each resource, in the same form.
        managers: The same of the IO managers of the user's that store its result (under "") and load its inputs (under
            the parameter's name), each by the names of all that it needs.
        unconfigured: In words, which config is missing for it to run.
    """

    needs: Needs = field(default_factory=Needs)
    config: Any = None
    resources: Mapping[str, Any] = field(default_factory=dict)
    managers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    unconfigured: str = ""

    @property
    def variables(self) -> frozenset[str]:
        """The environment variables in all that is described whose values count."""
        return list_variables_told([self.config, dict(self.resources), *map(dict, self.managers.values())])

    @property
    def keeping(self) -> dict[str, tuple[Supplied, ...]]:
        """What `managers` describes."""
        return {use: found for use, found in {"": self.needs.keeper, **self.needs.loaders}.items() if found}


class Equipper:
    """Equips assets.

    Args:
        supply: Finds what they get.
        stages: The config that is given.
        is_whole: Every module was imported, so a name that nothing has is wrong.
    """

    def __init__(self, supply: Supply, stages: Sequence[Stage], *, is_whole: bool = True) -> None:
        self._supply = supply
        self._stages = stages
        self._merged = merge_configs(*(config for _, config in stages))
        self._is_whole = is_whole
        self._described: dict[tuple[str, int], Any] = {}

    def check_names(self, definitions: Iterable[AssetsDefinition]) -> None:
        """Check that all that config is given for is there, and that it fits resources that no asset uses, too.

        Raises:
            ConfigError: assets.toml names something else, or something that does not fit.
            RunConfigError: what the command was given does.
        """
        resources = self._supply.list_all()
        nodes = {each.node_def.name for each in definitions if each.operation is not None}
        for origin, config in self._stages:
            if not origin and not self._is_whole:
                continue
            for section, known, noun in (("resources", resources, "resource"), ("ops", nodes, "asset")):
                for name in config.get(section, {}):
                    if name not in known:
                        raise _refuse_name(origin, section, noun, name, sorted(known))
        for name in self._merged["resources"]:
            for value in resources.get(name, ()):
                self._describe_resource(name, value)

    def equip(self, definition: AssetsDefinition, *, with_deps: bool = False) -> Equipment:
        """Return what one asset runs with; `with_deps`: it may load what is under `deps=`, too.

        Raises:
            ConfigError: a table of assets.toml does not fit.
            RunConfigError: what the command was given does not fit.
        """
        needs = self._supply.find_needs(definition, with_deps=with_deps)
        missing: list[str] = []
        config = self._describe_asset(definition, missing)
        resources = self.describe_all(needs.resources.values(), missing)
        managers = {use: self.describe_all(found, missing) for use, found in Equipment(needs).keeping.items()}
        return Equipment(needs, config, resources, managers, "; ".join(dict.fromkeys(missing)))

    def describe_all(self, several: Iterable[Supplied], missing: list[str] | None = None) -> dict[str, Any]:
        """Return the config of each by its name; `missing` gathers what nobody has given."""
        return {each.name: self._describe(each, [] if missing is None else missing) for each in several}

    def _describe_asset(self, definition: AssetsDefinition, missing: list[str]) -> Any:
        operation = definition.operation
        if operation is None:
            return None
        given = self._find_given("ops", operation.name)
        if operation.parameters.takes_config:
            schema = operation.parameters.config
        elif operation.config_schema is not None:
            schema = operation.config_schema
        elif given is Missing:
            return None
        elif operation.parameters.takes_context:
            schema = dict
        else:
            raise RunConfigError(
                f"{self._find_origin('ops', operation.name)}: the asset {definition.title} ({definition.place}) takes "
                "no config",
                hint="give its function a parameter `config` with a subclass of Config",
            )

        def describe(value: Any) -> str:
            return describe_asset_config(schema, value, node=operation.name)

        return self._read(describe, "ops", operation.name, missing)

    def _describe(self, supplied: Supplied, missing: list[str]) -> Any:
        described = self._describe_resource(supplied.name, supplied.value)
        if isinstance(described, _Missing):
            missing.append(described.text)
            return {"missing": described.text}
        return described

    def _describe_resource(self, name: str, value: Any) -> Any:
        known = (name, id(value))
        if known not in self._described:
            missing: list[str] = []

            def describe(given: Any) -> str:
                return describe_resource(value, given, name=name)

            found = self._read(describe, "resources", name, missing)
            self._described[known] = _Missing(missing[0]) if missing else found
        return self._described[known]

    def _read(self, describe: Any, section: str, name: str, missing: list[str]) -> Any:
        """Describe with what is given; a value that nobody has given yet is noted, one that does not fit is raised."""
        try:
            return json.loads(describe(self._find_given(section, name)))
        except RunConfigError as error:
            wrong = [line for line in _list_lines(error) if not line.startswith(_MISSING)]
            if not wrong or self._find_given(section, name) is Missing:
                missing.append("; ".join(wrong or _list_lines(error)))
                return {"missing": missing[-1]}
            raise self._blame(describe, section, name, wrong) from None

    def _find_given(self, section: str, name: str) -> Any:
        return self._merged[section].get(name, {}).get("config", Missing)

    def _find_origin(self, section: str, name: str) -> str:
        return next((origin for origin, config in self._stages if name in config.get(section, {})), "")

    def _blame(self, describe: Any, section: str, name: str, wrong: Sequence[str]) -> Exception:
        """Return the error that says where what does not fit was given: where it first shows."""
        message = "\n    ".join(wrong)
        for number, (origin, config) in enumerate(self._stages, start=1):
            merged = merge_configs(*(each for _, each in self._stages[:number]))
            if name not in config.get(section, {}):
                continue
            try:
                describe(merged[section][name]["config"])
            except RunConfigError as error:
                if set(wrong) & set(_list_lines(error)):
                    owner = _show_owner(origin, section, name)
                    return _make_error(origin, f"{owner}: {message}", _suggest_entry(wrong))
        return RunConfigError(message)


@dataclass(frozen=True, slots=True)
class _Missing:
    text: str


def describe_configurable(supply: Supply, definitions: Iterable[AssetsDefinition]) -> Configurable:
    """Return what config can be given to by words on the command line."""
    assets: dict[AssetKey, Any] = {}
    nodes: dict[AssetKey, str] = {}
    for definition in definitions:
        operation = definition.operation
        if operation is None:
            continue
        takes = operation.parameters.takes_config
        for key in sorted(definition.entire.keys):
            assets[key] = operation.parameters.config if takes else operation.config_schema
            nodes[key] = operation.name
    return Configurable(assets, {name: values[0] for name, values in supply.list_all().items()}, nodes)


def _list_lines(error: RunConfigError) -> list[str]:
    lines = [line.strip() for line in error.message.splitlines()]
    return [line for line in lines if not line.startswith("Error in config")] or lines


def _refuse_name(origin: str, section: str, noun: str, name: str, known: Sequence[str]) -> Exception:
    near = suggest(find_nearest(name, known))
    what = "gives" if section == "resources" else "is"
    text = (
        f"{_show_owner(origin, section, name)}: nothing gives a resource {name}"
        if what == "gives"
        else f"{_show_owner(origin, section, name)}: there is no {noun} {name}"
    )
    return _make_error(origin, text, near or (f"there are {', '.join(known)}" if known else f"there is no {noun}"))


def _suggest_entry(lines: Iterable[str]) -> str:
    """Return what an entry that is not expected may have been meant to be."""
    found = (_UNEXPECTED.search(line) for line in lines)
    near = [suggest(find_nearest(each[1], each[2].split(", "))) for each in found if each is not None]
    return next(filter(None, near), "")


def _show_owner(origin: str, section: str, name: str) -> str:
    return origin or f"{_PROJECT_FILE}: [{section}.{name}]"


def _make_error(origin: str, message: str, hint: str = "") -> Exception:
    return RunConfigError(message, hint=hint) if origin else ConfigError(message, hint=hint)
