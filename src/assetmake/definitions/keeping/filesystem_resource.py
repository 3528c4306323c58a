"""FilesystemIOManager: keeps values as pickles, as a resource with fields."""

from __future__ import annotations

from pydantic import Field

from assetmake.definitions.configuring.init_context import InitResourceContext
from assetmake.definitions.configuring.io_manager_resources import ConfigurableIOManagerFactory
from assetmake.definitions.keeping.filesystem import PickledObjectFilesystemIOManager, choose_base_dir


class FilesystemIOManager(ConfigurableIOManagerFactory[PickledObjectFilesystemIOManager]):
    """Keeps values as pickles: `<base_dir>/<asset's key>[/<partition>]`.

    Example:
        >>> FilesystemIOManager(base_dir="data").base_dir
        'data'
    """

    base_dir: str | None = Field(default=None, description="The folder; default: the instance's storage.")

    def create_io_manager(self, context: InitResourceContext) -> PickledObjectFilesystemIOManager:
        """Return the IO manager."""
        return PickledObjectFilesystemIOManager(choose_base_dir(self.base_dir, context))
