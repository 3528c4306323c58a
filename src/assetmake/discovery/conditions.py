"""Conditions: what decides an asset's output besides code and data - its declaration, IO manager and environment.

Each is written down for people, so that a change can be told in words, and as a digest. The value of an environment
variable is in neither, only a hash of it with the project's key.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.assets.keeping import ORDERED
from assetmake.discovery.code.outline import digest

VARIABLE_MARK = "$"
"""Stands before the name of an environment variable, where those of distributions stand too."""
_SHOWN_DIGITS = 8


@cache
def make_passing_key() -> bytes:
    """Return a key that lives as long as this process, for assets without a folder to keep one in."""
    return secrets.token_bytes(32)


@dataclass(frozen=True)
class Surroundings:
    """What assets may declare that they depend on, as it is now.

    Attributes:
        distributions: Names of installed packages whose version counts for every asset.
        variables: The environment, of which an asset sees what it declares.
        find_key: Returns the key that values are hashed with; asked only where an asset declares a variable.
    """

    distributions: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    find_key: Callable[[], bytes] = make_passing_key

    @cached_property
    def versions(self) -> Mapping[str, str]:
        """The installed version of each declared distribution; `absent` where there is none."""
        return {name: _find_version(name) for name in sorted(set(self.distributions))}

    @cached_property
    def key(self) -> bytes:
        return self.find_key()

    def hash_variables(self, names: Iterable[str]) -> dict[str, str | None]:
        """Return a keyed hash of each variable's value, None for one that is not set."""
        return {VARIABLE_MARK + name: self._hash_variable(name) for name in sorted(set(names))}

    def _hash_variable(self, name: str) -> str | None:
        value = self.variables.get(name)
        if value is None:
            return None
        # With its name, so that nobody sees which variables have the same value.
        text = f"{name}={value}".encode("utf-8", "surrogateescape")
        return hmac.new(self.key, text, hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Conditions:
    """The parts of an asset's fingerprint that are not its code, each as a hex digest.

    Attributes:
        config: What its declaration says of how it runs.
        io: How its result is kept.
        environment: The declared distributions and environment variables.
        details: All three as one JSON object, for people.
    """

    config: str
    io: str
    environment: str
    details: str


@dataclass(frozen=True, slots=True)
class Settings:
    """What an asset is configured with, as far as it is; everything as `describe_config` has it, read back.

    Attributes:
        config: Its own config.
        resources: That of each resource.
        managers: The IO managers of the user's: under "" what stores its result, under a parameter's name what loads
            that. Each has `config`, by the names of all that it needs, `code`, a digest, `members`, the names of
            what that is of, and `told`, the metadata that it is told, where there is any.
        variables: Environment variables in all of this whose values count.
    """

    config: Any = None
    resources: Mapping[str, Any] = field(default_factory=dict)
    managers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    variables: frozenset[str] = frozenset()


def describe_conditions(
    definition: AssetsDefinition, surroundings: Surroundings, settings: Settings | None = None
) -> Conditions:
    """Return the conditions under which an asset runs.

    Raises:
        StorageError: the asset declares environment variables, and there is no key to hash them with.
    """
    settings = settings or Settings()
    config = _describe_config(definition)
    # Each only where there is some, so that the fingerprints of all others are what they were.
    if settings.config is not None:
        config["config"] = settings.config
    if settings.resources:
        config["resources"] = dict(settings.resources)
    operation = definition.operation
    if operation is not None and operation.asks is not None:
        config["terms"] = operation.asks.terms
    variables = surroundings.hash_variables({*definition.env_vars, *settings.variables})
    shown = {name: None if value is None else value[:_SHOWN_DIGITS] for name, value in variables.items()}
    details = {
        "config": config,
        "io": definition.io_manager_key,
        "environment": {**surroundings.versions, **shown},
    }
    if settings.managers:
        details["managers"] = {
            use: {name: value for name, value in each.items() if name != "code"}
            for use, each in settings.managers.items()
        }
    return Conditions(
        config=digest(_dump(config)),
        io=digest_keeping(definition.io_manager_key, settings.managers),
        environment=digest(json.dumps({**surroundings.versions, **variables})),
        details=_dump(details),
    )


def digest_keeping(name: str, managers: Mapping[str, Any]) -> str:
    """Return the io part: the name of an IO manager, and what those of the user's are made of."""
    if not managers:
        return digest(name)
    # What they are told only where it is something, so that the fingerprints of all others are what they were.
    counted = {
        use: [each["config"], each["code"], *([each["told"]] if each.get("told") else [])]
        for use, each in managers.items()
    }
    return digest(_dump({"name": name, "managers": counted}))


def _describe_config(definition: AssetsDefinition) -> dict[str, Any]:
    partitions, dependencies = definition.partitions_def, definition.dependencies
    identities = [
        (dependency.parameter, dependency.mapping.identity() if dependency.mapping else None)
        for dependency in dependencies
    ]
    config: dict[str, Any] = {
        "partitions": partitions.identity() if partitions is not None else None,
        "parameters": [[parameter, mapping] for parameter, mapping in identities if parameter is not None],
        "unloaded": sorted(mapping for parameter, mapping in identities if parameter is None and mapping),
        "stores": definition.stores,
        "takes_context": definition.takes_context,
    }
    # Only where it is not the default, so that what was recorded before there was a choice stays fresh.
    if definition.hash_rows != ORDERED:
        config["hash_rows"] = definition.hash_rows
    return config


def _find_version(distribution: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(distribution)
    except (PackageNotFoundError, ValueError):
        return "absent"


def _dump(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
