"""build_init_resource_context: what a resource's function is called with in a test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from assetmake.definitions.configuring.init_context import InitResourceContext
from assetmake.definitions.configuring.opening import HeldResources
from assetmake.definitions.configuring.resources import Resources


@dataclass(slots=True, kw_only=True)
class BuiltInitResourceContext(InitResourceContext):
    """An InitResourceContext outside of a run; `with` closes the resources that it was given."""

    held: HeldResources

    @property
    def resources(self) -> Resources:
        """The resources that it was given.

        Raises:
            InvariantError: one of them has to be closed, and no `with` will do it.
        """
        return self.held.get()

    def __enter__(self) -> Self:
        self.held.enter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.held.close()


def build_init_resource_context(
    config: Mapping[str, Any] | None = None, resources: Mapping[str, Any] | None = None, instance: Any = None
) -> BuiltInitResourceContext:
    """Return a context to call a resource's function with in a test.

    Args:
        config: The resource's config.
        resources: What the resource needs: resources, or plain objects.
        instance: What it is told of the instance.

    Example:
        >>> build_init_resource_context(config={"port": 80}).resource_config
        {'port': 80}
    """
    held = HeldResources(resources, instance=instance, written="build_init_resource_context(...)")
    return BuiltInitResourceContext(
        resource_config=dict(config or {}),
        instance=instance,
        all_resource_defs=dict(resources or {}),
        held=held,
    )
