"""ConfigurableIOManager: an IO manager that is a model of its own config."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from assetmake.definitions.configuring.init_context import InitResourceContext
from assetmake.definitions.configuring.plain_values import make_plain
from assetmake.definitions.configuring.resource import ConfigurableResourceFactory, T
from assetmake.definitions.keeping.io_manager import IOManager
from assetmake.definitions.keeping.io_manager_definition import IOManagerDefinition


class ConfigurableIOManagerFactory(ConfigurableResourceFactory[T]):
    """A model of config that makes an IO manager of another class, in `create_io_manager`."""

    @abstractmethod
    def create_io_manager(self, context: InitResourceContext) -> T:
        """Return the IO manager."""

    def create_resource(self, context: InitResourceContext) -> T:
        return self.create_io_manager(context)

    @classmethod
    def input_config_schema(cls) -> Any:
        """Return what config an input may have; for subclasses."""
        return None

    @classmethod
    def output_config_schema(cls) -> Any:
        """Return what config an output may have; for subclasses."""
        return None


class ConfigurableIOManager(ConfigurableIOManagerFactory[Any], IOManager):
    """An IO manager that is a model of its config: subclass it with fields, `handle_output` and `load_input`.

    Example:
        >>> class Rows(ConfigurableIOManager):
        ...     folder: str
        ...     def handle_output(self, context, obj) -> None: ...
        ...     def load_input(self, context):
        ...         return self.folder
        >>> Rows(folder="rows").load_input(None)
        'rows'
    """

    def create_io_manager(self, context: InitResourceContext) -> Any:  # noqa: ARG002 - subclasses use it
        """Return the IO manager: this object."""
        return self


class ConfigurableLegacyIOManagerAdapter(ConfigurableIOManagerFactory[Any]):
    """A model of config for an IO manager that an @io_manager function makes."""

    @property
    @abstractmethod
    def wrapped_io_manager(self) -> IOManagerDefinition:
        """The @io_manager function, which gets this model's config."""

    def create_io_manager(self, context: InitResourceContext) -> Any:
        return self.wrapped_io_manager(context.replace_config(make_plain(self)))
