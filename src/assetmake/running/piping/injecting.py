"""What a program that is started is told, and where it finds it."""

from __future__ import annotations

import base64
import json
import os
import tempfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.errors import AssetmakeError

Params = Mapping[str, Any]
CONTEXT_VARIABLE, MESSAGES_VARIABLE = "DAGSTER_PIPES_CONTEXT", "DAGSTER_PIPES_MESSAGES"
"""The names that programs look for: those of a published protocol, for which many languages have a library."""


def encode_params(params: Params) -> str:
    """Return parameters as the text of an environment variable."""
    return base64.b64encode(zlib.compress(json.dumps(params).encode())).decode()


class PipesContextInjector(ABC):
    """Puts what a program is told where it finds it."""

    @abstractmethod
    def inject_context(self, context_data: Mapping[str, Any]) -> Any:
        """Return a context manager that gives the parameters which say where; after it, what was put is gone."""

    def no_messages_debug_text(self) -> str:
        """Return what to look at where the program told nothing."""
        return f"Attempted to inject context using {type(self).__name__}."


class PipesFileContextInjector(PipesContextInjector):
    """Writes a file.

    Args:
        path: Where.
    """

    def __init__(self, path: str) -> None:
        self._path = path

    @contextmanager
    def inject_context(self, context_data: Mapping[str, Any]) -> Iterator[Params]:
        """Write the file, and remove it at the end."""
        with open(self._path, "w", encoding="utf-8") as stream:
            json.dump(context_data, stream)
        try:
            yield {"path": self._path}
        finally:
            if os.path.exists(self._path):
                os.remove(self._path)


class PipesTempFileContextInjector(PipesContextInjector):
    """Writes a file in a temporary folder."""

    @contextmanager
    def inject_context(self, context_data: Mapping[str, Any]) -> Iterator[Params]:
        """Write the file, and remove its folder at the end."""
        with tempfile.TemporaryDirectory() as folder:
            inner = PipesFileContextInjector(os.path.join(folder, "context"))
            with inner.inject_context(context_data) as params:
                yield params


class PipesEnvContextInjector(PipesContextInjector):
    """Puts everything into the environment variable; for little data."""

    @contextmanager
    def inject_context(self, context_data: Mapping[str, Any]) -> Iterator[Params]:
        """Give the data themselves as parameters."""
        yield {"data": context_data}


def describe_context(context: Any, extras: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what a program is told of the function that starts it.

    Args:
        context: The context of the function.
        extras: What the function adds.
    """
    definition = getattr(context, "assets_def", None)
    selected = getattr(context, "selected_asset_keys", None)
    keys = [context.asset_key] if selected is None else sorted(selected)
    key_range = context.partition_key_range if context.has_partition_key else None
    return {
        "asset_keys": [key.to_escaped_user_string() for key in keys],
        "code_version_by_asset_key": {key.to_escaped_user_string(): _find_version(definition, key) for key in keys},
        "provenance_by_asset_key": {key.to_escaped_user_string(): None for key in keys},
        "partition_key": str(context.partition_key) if context.has_partition_key else None,
        "partition_key_range": None if key_range is None else {"start": key_range.start, "end": key_range.end},
        "partition_time_window": _find_window(context),
        "run_id": context.run_id,
        "job_name": getattr(context, "job_name", None),
        "retry_number": getattr(context, "retry_number", 0),
        "extras": dict(extras or {}),
    }


def _find_version(definition: Any, key: AssetKey) -> str | None:
    version: str | None = None if definition is None else definition.code_versions_by_key.get(key)
    return version


def _find_window(context: Any) -> dict[str, str] | None:
    if not context.has_partition_key:
        return None
    try:
        window = context.partition_time_window
    except AssetmakeError:  # its partitions are no windows
        return None
    return {"start": window.start.isoformat(), "end": window.end.isoformat()}
