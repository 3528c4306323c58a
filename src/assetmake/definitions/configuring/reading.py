"""Reads an asset's config: by its Config class, by a plain annotation, or by a schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from assetmake.definitions.configuring.annotations import is_kind
from assetmake.definitions.configuring.kinds import ConfigModel
from assetmake.definitions.configuring.run_config import RunConfig, read_run_config
from assetmake.definitions.configuring.schema_reading import read_by_schema
from assetmake.definitions.configuring.schema_types import Field, Missing
from assetmake.definitions.naming import find_nearest, suggest
from assetmake.errors import RunConfigError


def read_configs(
    schemas: Mapping[str, Any], run_config: RunConfig | Mapping[str, Any] | None, *, nodes: Iterable[str]
) -> dict[str, Any]:
    """Return the config of every node that has some, before any of them runs; without a schema, anything is config.

    Args:
        schemas: What the config of a node is read by, for each node that says so.
        run_config: The config of the run.
        nodes: The names of all nodes of the run.

    Raises:
        RunConfigError: there is config for a node that is not there, or it does not fit.
    """
    given = dict(read_run_config(run_config).ops)
    known = set(nodes)
    for node in given:
        if node not in known:
            expected = ", ".join(sorted(known)) or "no entries"
            raise RunConfigError(
                f'Error in config: Received unexpected config entry "{node}" at path root:ops. Expected: {expected}',
                hint=suggest(find_nearest(node, sorted(known))),
            )
    return given | {node: read_config(schema, given.get(node, Missing), node=node) for node, schema in schemas.items()}


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
    kind = schema.config_type if isinstance(schema, Field) else schema
    if not is_kind(kind, ConfigModel):
        return read_by_schema(schema, given, path=path, about=f"op {node}")
    if given is Missing or given is None:
        given = schema.default_value if isinstance(schema, Field) and schema.default_provided else {}
    try:
        return kind.__assetmake_read__(given, path=path)
    except RunConfigError as error:
        raise RunConfigError(f"Error in config for op {node}: {error.message}", hint=error.hint) from None
