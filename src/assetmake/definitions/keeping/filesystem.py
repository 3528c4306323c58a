"""Keeps values as pickles in the file system, one file for each asset or partition."""

from __future__ import annotations

import pickle
import tempfile
from typing import Any

from assetmake.definitions.configuring.init_context import InitResourceContext
from assetmake.definitions.configuring.schema_types import Field, StringSource
from assetmake.definitions.keeping.input_context import InputContext
from assetmake.definitions.keeping.io_manager_definition import io_manager
from assetmake.definitions.keeping.output_context import OutputContext
from assetmake.definitions.keeping.path_io_manager import (
    UPathIOManager,
    escape_leading_slash,
    escape_upward,
    open_path,
)
from assetmake.errors import InvariantError

_PROTOCOL = 4


class PickledObjectFilesystemIOManager(UPathIOManager):
    """Keeps values as pickles: `<base>/<asset's key>[/<partition>]`, without a suffix."""

    extension: str | None = ""

    def __init__(self, base_dir: str | None = None, **options: Any) -> None:
        self.base_dir = base_dir
        super().__init__(base_path=open_path(*([] if base_dir is None else [base_dir]), **options))

    def make_safe_partition_path(self, base_path: Any, partition: str) -> Any:
        """Return a path below the base, whatever the key holds."""
        return base_path / escape_upward(escape_leading_slash(partition))

    def dump_to_path(self, context: OutputContext, obj: Any, path: Any) -> None:  # noqa: ARG002
        """Write a pickle.

        Raises:
            InvariantError: the value is none that can be pickled.
        """
        try:
            content = pickle.dumps(obj, _PROTOCOL)
        except (AttributeError, ImportError, TypeError, RecursionError, pickle.PicklingError) as error:
            deep = isinstance(error, RecursionError)
            what = f"{type(obj)} exceeds recursion limit and" if deep else str(obj)
            raise InvariantError(
                f"Object {what} is not picklable. The IO manager that keeps files cannot keep it.",
                hint="return something that can be pickled, or give the asset another IO manager",
            ) from error
        path.write_bytes(content)

    def load_from_path(self, context: InputContext, path: Any) -> Any:  # noqa: ARG002
        """Read a pickle."""
        with path.open("rb") as file:
            return pickle.load(file)


def choose_base_dir(base_dir: str | None, context: InitResourceContext) -> str:
    """Return where files are kept: where that is not said, in the instance's storage, else in a temporary folder."""
    if base_dir:
        return base_dir
    if context.instance is not None:
        return str(context.instance.storage_directory())
    return tempfile.mkdtemp(prefix="assetmake-")


@io_manager(config_schema={"base_dir": Field(StringSource, is_required=False)})
def fs_io_manager(context: InitResourceContext) -> PickledObjectFilesystemIOManager:
    """Keep values as pickles below `base_dir`."""
    return PickledObjectFilesystemIOManager(choose_base_dir(context.resource_config.get("base_dir"), context))
