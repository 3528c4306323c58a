"""What config comes to before a run: what is declared with what is given laid over it, and no variable read."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from assetmake.definitions.configuring.describing import describe_config
from assetmake.definitions.configuring.env_var import keeping_variables
from assetmake.definitions.configuring.reading import read_config
from assetmake.definitions.configuring.schema_types import Missing
from assetmake.errors import RunConfigError


@singledispatch
def apply_config(resource: Any, given: Any, *, path: str) -> Any:
    """Return what of a resource counts once its run config is given.

    A plain object is all of it. Each kind of resource registers its way where it is defined.

    Args:
        resource: What was declared.
        given: Its run config; Missing where there is none.
        path: Where that stands in the run config.

    Raises:
        RunConfigError: the config does not fit.
    """
    if given is not Missing:
        raise RunConfigError(f"Error in config: the resource at path {path} is a plain object, which takes no config")
    return resource


def describe_resource(resource: Any, given: Any = Missing, *, name: str) -> str:
    """Return `describe_config` of a resource as it is in a run that is given this config.

    Raises:
        RunConfigError: the config does not fit, or there is less than the resource needs.
    """
    with keeping_variables():
        return describe_config(apply_config(resource, given, path=f"root:resources:{name}:config"))


def describe_asset_config(schema: Any, given: Any = Missing, *, node: str) -> str:
    """Return `describe_config` of what an asset's function is given as config, defaults among it.

    Args:
        schema: What `read_config` reads it by.
        given: What the run config has for it; Missing where there is none.
        node: Its name there.

    Raises:
        RunConfigError: the config does not fit, or there is less than the function needs.
    """
    with keeping_variables():
        return describe_config(read_config(schema, given, node=node))
