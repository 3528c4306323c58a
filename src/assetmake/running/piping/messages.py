"""What a program tells while it runs: results, checks, lines of a log."""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.checking.keys import AssetCheckSeverity
from assetmake.definitions.checking.specs import AssetCheckResult
from assetmake.definitions.metadata import MetadataValue
from assetmake.definitions.results import DataVersion, MaterializeResult
from assetmake.errors import InvariantError
from assetmake.running.piping.injecting import Params

_SECONDS = 0.05
"""How often a file is looked at: a log of a program that runs for long is seen as it goes."""
_SAME_NAME = ("text", "url", "path", "notebook", "json", "md", "float", "int", "bool", "timestamp", "asset", "table")
PipesExecutionResult = MaterializeResult[Any] | AssetCheckResult


def read_metadata(given: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return metadata as a program told it, as it is here."""
    return {name: _read_value(each) for name, each in (given or {}).items()}


def _read_value(told: Any) -> Any:
    if not isinstance(told, Mapping) or "raw_value" not in told:
        return told
    kind, value = told.get("type"), told["raw_value"]
    if kind == "null":
        return MetadataValue.null()
    if kind == "asset":
        return MetadataValue.asset(AssetKey.from_escaped_user_string(value))
    if kind == "dagster_run":
        return MetadataValue.dagster_run(value)
    if kind == "table":
        return MetadataValue.table(**value)
    return getattr(MetadataValue, kind)(value) if kind in _SAME_NAME else value


class PipesMessageHandler:
    """Takes what a program tells.

    Args:
        context: The context of the function that started it.
        message_reader: Where it is read.
    """

    def __init__(self, context: Any, message_reader: PipesMessageReader) -> None:
        self._context = context
        self._reader = message_reader
        self._results: list[PipesExecutionResult] = []
        self._custom: list[Any] = []
        self.received_opened_message = False
        self.received_closed_message = False

    @contextmanager
    def handle_messages(self) -> Iterator[Params]:
        """Take messages in a `with` block."""
        with self._reader.read_messages(self) as params:
            yield params

    def get_reported_results(self) -> Sequence[PipesExecutionResult]:
        return tuple(self._results)

    def get_custom_messages(self) -> Sequence[Any]:
        return tuple(self._custom)

    def handle_message(self, message: Mapping[str, Any]) -> None:
        """Take one message.

        Raises:
            InvariantError: it is of no known kind.
        """
        params = message.get("params") or {}
        takers: dict[str, Callable[..., None]] = {
            "opened": self._open,
            "closed": self._close,
            "report_asset_materialization": self._take_materialization,
            "report_asset_check": self._take_check,
            "log": self._log,
            "log_external_stream": self._show,
            "report_custom_message": self._take_custom,
        }
        if message["method"] not in takers:
            raise InvariantError(f"Unknown message method: {message['method']}")
        takers[message["method"]](**params)

    def _open(self, **_payload: Any) -> None:
        self.received_opened_message = True
        self._context.log.info("[pipes] external process successfully opened dagster pipes.")

    def _close(self, **payload: Any) -> None:
        self.received_closed_message = True
        error = payload.get("exception")
        if error:
            self._context.log.error(f"[pipes] external process closed with {error.get('name')}: {error.get('message')}")

    def _take_materialization(self, asset_key: str, metadata: Any = None, data_version: str | None = None) -> None:
        self._results.append(
            MaterializeResult(
                AssetKey.from_escaped_user_string(asset_key),
                metadata=read_metadata(metadata),
                data_version=None if data_version is None else DataVersion(data_version),
            )
        )

    def _take_check(self, asset_key: str, check_name: str, passed: bool, severity: str, metadata: Any = None) -> None:
        self._results.append(
            AssetCheckResult(
                passed=passed,
                asset_key=AssetKey.from_escaped_user_string(asset_key),
                check_name=check_name,
                severity=AssetCheckSeverity(severity),
                metadata=read_metadata(metadata),
            )
        )

    def _take_custom(self, payload: Any) -> None:
        self._custom.append(payload)

    def _log(self, message: str, level: str = "info") -> None:
        self._context.log.log(getattr(logging, level.upper(), logging.INFO), message)

    def _show(self, stream: str, text: str, extras: Any = None) -> None:
        del extras
        (sys.stderr if stream == "stderr" else sys.stdout).write(text)


class PipesMessageReader(ABC):
    """Reads what a program tells."""

    @abstractmethod
    def read_messages(self, handler: PipesMessageHandler) -> Any:
        """Return a context manager that gives the parameters which say where the program is to tell."""

    def no_messages_debug_text(self) -> str:
        """Return what to look at where the program told nothing."""
        return f"Attempted to read messages using {type(self).__name__}."


class PipesFileMessageReader(PipesMessageReader):
    """Reads a file as the program writes it.

    Args:
        path: Where.
        include_stdio_in_messages: What the program prints is told, too, and printed here.
        cleanup_file: Remove the file at the end.
    """

    def __init__(self, path: str, include_stdio_in_messages: bool = False, cleanup_file: bool = True) -> None:
        self._path = path
        self._with_stdio = include_stdio_in_messages
        self._removes = cleanup_file

    @contextmanager
    def read_messages(self, handler: PipesMessageHandler) -> Iterator[Params]:
        """Read until the program has ended, and then what is left."""
        with open(self._path, "w", encoding="utf-8"):
            pass
        ended = threading.Event()
        failed: list[Exception] = []
        reading = threading.Thread(target=self._follow, args=(handler, ended, failed), daemon=True)
        reading.start()
        try:
            yield {"path": self._path, "include_stdio_in_messages": self._with_stdio}
        finally:
            ended.set()
            reading.join()
            if self._removes and os.path.exists(self._path):
                os.remove(self._path)
        if failed:
            raise failed[0]

    def _follow(self, handler: PipesMessageHandler, ended: threading.Event, failed: list[Exception]) -> None:
        with open(self._path, encoding="utf-8") as stream:
            pending = ""
            while True:
                is_last = ended.is_set()
                pending += stream.read()
                *lines, pending = pending.split("\n")
                try:
                    for line in filter(None, lines):
                        handler.handle_message(json.loads(line))
                except Exception as error:  # noqa: BLE001 - raised where the program was waited for
                    failed.append(error)
                    return
                if is_last:
                    return
                ended.wait(_SECONDS)


class PipesTempFileMessageReader(PipesMessageReader):
    """Reads a file in a temporary folder.

    Args:
        include_stdio_in_messages: What the program prints is told, too, and printed here.
    """

    def __init__(self, include_stdio_in_messages: bool = False) -> None:
        self._with_stdio = include_stdio_in_messages

    @contextmanager
    def read_messages(self, handler: PipesMessageHandler) -> Iterator[Params]:
        """Read until the program has ended, and then what is left."""
        with tempfile.TemporaryDirectory() as folder:
            inner = PipesFileMessageReader(os.path.join(folder, "messages"), self._with_stdio)
            with inner.read_messages(handler) as params:
                yield params
