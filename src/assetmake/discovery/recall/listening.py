"""Listening: functions of Python's own are told of before they are called, where no audit event tells of them."""

from __future__ import annotations

import os
import threading
from importlib.abc import MetaPathFinder
from typing import Any


class Unfound(MetaPathFinder):
    """Stands last among the finders: what it is asked for was not found."""

    def __init__(self, tell: Any) -> None:
        self._tell = tell

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> None:  # noqa: ARG002
        self._tell(fullname, None if path is None else list(path))


def listen_to_environment(tell: Any) -> None:
    """Have `tell` called before a variable is read through `os.environ`, `os.getenv` or the like."""
    kind: Any = type(os.environ)
    read, walk = kind.__getitem__, kind.__iter__

    def get_item(self: Any, key: Any) -> Any:
        tell(os.fsdecode(key) if isinstance(key, str | bytes) else str(key))
        return read(self, key)

    def iterate(self: Any) -> Any:
        tell(None)
        return walk(self)

    kind.__getitem__, kind.__iter__ = get_item, iterate


def listen_to_looks(tell: Any, tell_open: Any) -> None:
    """Have `tell` called before Python asks the system what is at a path, `tell_open` before `os.open`."""
    for name in ("stat", "lstat", "access", "readlink"):
        _tell_before(name, getattr(os, name), tell)
    _tell_before("open", os.open, tell_open)


def listen_to_threads(tell: Any) -> None:
    """Have `tell` called with each thread before it is started."""
    kind: Any = threading.Thread
    begin = kind.start

    def start(self: Any) -> None:
        tell(self)
        begin(self)

    kind.start = start


def _tell_before(name: str, look: Any, tell: Any) -> None:
    def told(path: Any, *arguments: Any, **options: Any) -> Any:
        tell(path, options.get("dir_fd"))
        return look(path, *arguments, **options)

    for able in (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks):
        if look in able:
            able.add(told)
    setattr(os, name, told)
