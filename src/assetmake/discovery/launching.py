"""Config from outside of the code, put together: tables of assets.toml, a file, and words on the command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assetmake.definitions.configuring.overriding import (
    Configurable,
    configure_resources,
    merge_configs,
    read_overrides,
)
from assetmake.discovery.launch import Launch, make_plain
from assetmake.errors import RunConfigError

Stage = tuple[str, Mapping[str, Any]]
"""Where config was given, for people, and the run config that it stands for."""


def list_stages(tables: Mapping[str, Any], launch: Launch, configurable: Configurable) -> list[Stage]:
    """Return what was given, in the order in which one is laid over the other.

    Args:
        tables: The [resources.NAME] tables of the project file.
        launch: What the command was given.
        configurable: What config can be given to.

    Raises:
        RunConfigError: something is given in a form that no run config has.
    """
    stages: list[Stage] = []
    if tables:
        stages.append(("", configure_resources(tables)))
    if launch.job_config:
        stages.append((launch.job, _read(launch.job, launch.job_config)))
    if launch.file or launch.config:
        stages.append((launch.file, _read(launch.file, launch.config)))
    stages += [(f"-c {hide_value(text)}", make_plain(read_overrides([text], configurable))) for text in launch.texts]
    return stages


def merge_given(tables: Mapping[str, Any], launched: Mapping[str, Any]) -> dict[str, Any]:
    """Return the run config of a build: what a command was given laid over the tables of the project file."""
    return merge_configs(configure_resources(tables), launched)


def hide_value(text: str) -> str:
    """Return the words `orders.limit=3` without the value, which may be nobody else's business."""
    return text.partition("=")[0]


def _read(file: str, config: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return merge_configs(config)
    except RunConfigError as error:
        raise RunConfigError(f"{file}: {error.message}", hint=error.hint) from None
