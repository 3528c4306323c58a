"""InitResourceContext: what a resource knows of the run when it is opened."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from assetmake.definitions.configuring.resources import Resources

LOGGER = "assetmake.resources"


@dataclass(slots=True, kw_only=True)
class InitResourceContext:
    """Given to the function or the methods that open a resource.

    Attributes:
        resource_config: The resource's config, plain.
        opened: The resources that it needs.
        resource_def: What was declared.
        instance: Where runs are recorded, as far as there is such a thing.
        run: The run, None outside of one.
        log: A logger.
        all_resource_defs: Everything declared, by name.
    """

    resource_config: Any = None
    opened: Resources = field(default_factory=Resources)
    resource_def: Any = None
    instance: Any = None
    run: Any = None
    log: logging.Logger = field(default_factory=lambda: logging.getLogger(LOGGER))
    all_resource_defs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def resources(self) -> Resources:
        """The resources that it needs, as attributes."""
        return self.opened

    @property
    def dagster_run(self) -> Any:
        """Another name of `run`."""
        return self.run

    @property
    def run_id(self) -> str | None:
        return None if self.run is None else self.run.run_id

    @property
    def log_manager(self) -> logging.Logger:
        """Another name of `log`."""
        return self.log

    def replace_config(self, config: Any) -> Self:
        """Return a context with other config."""
        return replace(self, resource_config=config)
