"""Reads an asset's config: by its Config class, by a plain annotation, or by a schema."""

from __future__ import annotations

from typing import Any

from assetmake.definitions.configuring.annotations import is_kind
from assetmake.definitions.configuring.kinds import ConfigModel
from assetmake.definitions.configuring.schema_reading import read_by_schema
from assetmake.definitions.configuring.schema_types import Missing
from assetmake.errors import RunConfigError


def read_config(schema: Any, given: Any = Missing, *, node: str) -> Any:
    """Return what an asset's function is given as `config`, or finds as `context.op_config`.

    Args:
        schema: A Config class, or what `config_schema=` takes.
        given: The `config` of the node in the run config, or an object of the class; Missing where there is none.
        node: The node's name.

    Raises:
        RunConfigError: an entry is missing, unknown or of the wrong type; the message has its path.
    """
    path = f"root:ops:{node}:config"
    if not is_kind(schema, ConfigModel):
        return read_by_schema(schema, given, path=path, about=f"op {node}")
    if isinstance(given, schema):
        return given
    try:
        return schema.__assetmake_read__({} if given is Missing or given is None else given, path=path)
    except RunConfigError as error:
        raise RunConfigError(f"Error in config for op {node}: {error.message}", hint=error.hint) from None
