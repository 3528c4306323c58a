"""Resources: the objects that a run's resources have given, by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from assetmake.definitions.configuring.kinds import IAttachDifferentObjectToOpContext
from assetmake.errors import UnknownResourceError


class Resources:
    """What `context.resources` shows: an attribute for each resource that was asked for."""

    __slots__ = ("_by_name",)

    def __init__(self, by_name: Mapping[str, Any] | None = None) -> None:
        self._by_name = dict(by_name or {})

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "_by_name":
            raise AttributeError(name)
        if name not in self._by_name:
            raise UnknownResourceError(
                f"Unknown resource `{name}`. Specify `{name}` as a required resource on the function that accessed it.",
                hint=f"add required_resource_keys={{{name!r}}}, or a parameter {name} with the resource's type",
            )
        value = self._by_name[name]
        if isinstance(value, IAttachDifferentObjectToOpContext):
            return value.get_object_to_set_on_execution_context()
        return value

    def __dir__(self) -> list[str]:
        return sorted(self._by_name)

    def _asdict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self._by_name}


def list_objects(resources: Resources) -> dict[str, Any]:
    """Return the objects that parameters are given, by name; `context.resources` may show others."""
    return dict(resources._by_name)  # noqa: SLF001 - any public name would hide a resource of that name


def restrict_resources(resources: Resources, names: Iterable[str]) -> Resources:
    """Return only some of the resources."""
    wanted = set(names)
    return Resources({name: value for name, value in list_objects(resources).items() if name in wanted})
