"""A process that has imported what every command needs, and becomes commands: a fork of it is a fresh process.

It has imported nothing of anybody's project, nor has a fork. The processes that a command starts, to import a project,
to ask its sensors and to run assets, are forks of the command then, which has not imported it either. What is loaded is
all that differs from processes that start from nothing.

Run as `python fork_server.py SOCKET [LIBRARY..]`; it ends when its stdin does. Libraries that it loads too cost a
project nothing that imports them.
"""

from __future__ import annotations

import _strptime  # noqa: F401 - for the forks, as are the others
import functools
import gc
import importlib
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from json import loads
from types import ModuleType, SimpleNamespace
from typing import Any

import duckdb
import pyarrow.parquet  # noqa: F401

import assetmake.cli.build
import assetmake.cli.plan
import assetmake.definitions.calendars
import assetmake.discovery.fingerprint
import assetmake.project
from assetmake import cli
from assetmake.cli import entry, stopwatch  # noqa: F401
from assetmake.cli.commands import COMMANDS
from assetmake.discovery.recall import child as importing
from assetmake.discovery.recall import discover
from assetmake.execution import child as working
from assetmake.execution.executors import processes, worker_process  # noqa: F401
from assetmake.storage import state
from assetmake.storage.migrations import create_schema
from assetmake.ticking import asking
from assetmake.ticking import child as answering

_CHILDREN: dict[str, ModuleType] = {module.__name__: module for module in (importing, working, answering)}
_told = ""
_Popen = subprocess.Popen
_open_database = state.open_database
_THREADS = {"threads": 1, "async_threads": 0}  # the first is the one that asks
_first: duckdb.DuckDBPyConnection | None = None
"""An empty database without threads, until a command takes it: opening one is a third of the work of a small plan."""


def open_first() -> duckdb.DuckDBPyConnection:
    """Return an empty database that was used, and has no threads, which a fork would not have."""
    database = _open_database()
    for name, count in _THREADS.items():
        database.execute(f"set {name} = {count}")
    database.execute("attach ':memory:' as state")
    create_schema(database)
    database.execute("detach state")
    return database


def take_database() -> duckdb.DuckDBPyConnection:
    """Return an empty database: first the one that is there, then new ones."""
    global _first
    taken, _first = _first, None
    if taken is None:
        return _open_database()
    for name in _THREADS:
        taken.execute(f"reset {name}")
    return taken


def start_forked(command: Sequence[str], *, env: Mapping[str, str], pass_fds: Sequence[int], **how: Any) -> Any:
    """Start what `python -P -m MODULE ...` starts, as a fork of this process."""
    assert list(command[1:3]) == ["-P", "-m"], command
    module, arguments = _CHILDREN[command[3]], command[4:]
    if module is importing and _told:
        open(_told, "w").close()

    def become() -> None:
        end_with(partial(_run_child, module, arguments, env, pass_fds))

    return _Popen(command, env=env, pass_fds=pass_fds, preexec_fn=become, **how)


def _run_child(module: ModuleType, arguments: list[str], env: Mapping[str, str], pass_fds: Sequence[int]) -> int:
    state.open_database = _open_database  # what is open here was opened by another process
    close_all_but(*pass_fds)  # that of Popen too, which waits for its end
    forget_signals()
    open_streams()
    replace_environment(env)
    del sys.path[0]
    sys.argv = [str(module.__file__), *arguments]
    module.main(arguments)
    return 0


discover.subprocess = processes.subprocess = asking.subprocess = SimpleNamespace(  # type: ignore[attr-defined]
    Popen=start_forked, DEVNULL=subprocess.DEVNULL, TimeoutExpired=subprocess.TimeoutExpired
)


def open_streams() -> None:
    """Open the standard streams as Python does when it starts."""
    sys.stdin = sys.__stdin__ = open(0, closefd=False)  # noqa: SIM115
    sys.stdout = sys.__stdout__ = open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = sys.__stderr__ = open(2, "w", buffering=1, closefd=False, errors="backslashreplace")  # noqa: SIM115


def close_all_but(*kept: int) -> None:
    first = 3
    for each in sorted(kept):
        os.closerange(first, each)
        first = each + 1
    os.closerange(first, os.sysconf("SC_OPEN_MAX") if hasattr(os, "sysconf") else 1024)


def forget_signals() -> None:
    """Handle signals as Python does when it starts."""
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)


def replace_environment(env: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(env)
    time.tzset()


def end_with(run: Callable[[], object]) -> None:
    """Run something, and end this process with the code that it returns."""
    code: object = 70
    try:
        try:
            code = run()
        except SystemExit as end:
            code = end.code
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
    finally:
        os._exit(code if isinstance(code, int) else 0 if code is None else 1)


def run_command(asked: dict[str, Any], streams: Sequence[int]) -> int:
    """Be the command that was asked for, or Python."""
    global _told
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    close_all_but()
    forget_signals()
    open_streams()
    for name, value in asked["constants"].items():
        module, _, constant = name.rpartition(".")
        replaced = importlib.import_module(module)
        assert hasattr(replaced, constant), name
        setattr(replaced, constant, value)
    if asked["processors"] is not None:
        os.sched_setaffinity(0, asked["processors"])
    os.chdir(asked["folder"])
    replace_environment(asked["environment"])
    _told = asked["told"]
    for number in asked["closed"]:
        os.close(number)
        setattr(sys, ("stdin", "stdout", "stderr")[number], None)
    sys.path[0] = os.getcwd()
    if asked["python"]:
        return run_python(asked["arguments"])
    sys.argv = [os.path.join(os.path.dirname(cli.__path__[0]), "__main__.py"), *asked["arguments"]]
    if asked["traced"]:
        await_tracer()
    stopwatch._STARTED = time.monotonic()
    return cli.main()


def await_tracer() -> None:
    while "TracerPid:\t0\n" in open("/proc/self/status").read():  # noqa: SIM115
        time.sleep(0.002)


def run_python(arguments: list[str]) -> int:
    """Run what `python` runs: a script, or what `-m` or `-c` name."""
    match arguments:
        case ["-m", module, *_]:
            sys.argv = arguments[1:]
            if module == "pytest":  # what is loaded already it cannot rewrite, and says so
                os.environ["PYTEST_ADDOPTS"] = "-W ignore::pytest.PytestAssertRewriteWarning"
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        case ["-c", text, *rest]:
            sys.argv = ["-c", *rest]
            exec(compile(text, "<string>", "exec"), {"__name__": "__main__"})
        case [script, *_]:
            sys.argv = arguments
            sys.path[0] = os.path.dirname(os.path.abspath(script))
            runpy.run_path(script, run_name="__main__")
    return 0


def take(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Return what is asked for, and the streams that came with it."""
    head, streams, _, _ = socket.recv_fds(connection, 4, 3)
    length, text = int.from_bytes(head, "big"), b""
    while len(text) < length:
        more = connection.recv(length - len(text))
        assert more, "whoever asked has died"
        text += more
    return loads(text), streams


def serve(path: str) -> None:
    """Fork for every connection; tell which process that is, and at its end how the command ended."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    woken, wake = os.pipe()
    for end in (woken, wake):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    asking: dict[int, socket.socket] = {}
    gc.freeze()  # else every fork that looks for garbage gets all of this as pages of its own
    print("ready", flush=True)
    while True:
        ready, _, _ = select.select([listener, woken, 0], [], [])
        if 0 in ready:
            return
        if woken in ready:
            os.read(woken, 4096)
        for pid in [pid for pid in asking if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)]:
            with asking.pop(pid) as connection, suppress(OSError):  # nobody may be waiting any more
                connection.sendall(str(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])).encode())
        if listener in ready:
            connection, _ = listener.accept()
            asked, streams = take(connection)
            pid = os.fork()
            if pid == 0:
                if asked["leading"]:
                    os.setsid()
                end_with(partial(run_command, asked, streams))
            connection.sendall(f"{pid}\n".encode())
            asking[pid] = connection
            for stream in streams:
                os.close(stream)


def load_all_of_ours() -> None:
    """Load every command, and every name that a project may import."""
    for each in COMMANDS.values():
        importlib.import_module(each.path.partition(":")[0])
    for name in assetmake.__all__:
        getattr(assetmake, name)


if __name__ == "__main__":
    load_all_of_ours()
    for library in sys.argv[2:]:
        importlib.import_module(library)
    discover.describe_own_code = functools.cache(discover.describe_own_code)
    discover.describe_own_code()
    state.open_database = take_database
    with suppress(duckdb.Error):  # an older DuckDB has no word for some of its threads
        _first = open_first()
    serve(sys.argv[1])
