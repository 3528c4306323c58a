"""What every executor keeps. An implementation joins by one line in IMPLEMENTATIONS."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import pytest

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.discovery.code.outline import digest
from assetmake.discovery.fingerprint import fingerprint_code
from assetmake.discovery.importer import find_asset
from assetmake.execution.channel import PromptChannel
from assetmake.execution.executors import EXECUTORS, Executor, processes
from assetmake.execution.executors.frugal import Frugal
from assetmake.execution.executors.inline import Inline
from assetmake.execution.executors.processes import Processes
from assetmake.execution.work import Failure, Node, Outcome, Success, Work

PATIENCE = 20.0
SMALL_BUFFER = 4_096
LARGE = 60 * SMALL_BUFFER


@dataclass
class Project:
    """A folder with assets.py, and works of them."""

    root: Path

    def write(self, source: str) -> None:
        self.root.mkdir(exist_ok=True)
        header = """
            import os, sys, signal, subprocess, time
            from assetmake import BackfillPolicy, StaticPartitionsDefinition, asset

            KEYS = StaticPartitionsDefinition(["x", "y", "z"])

            """
        (self.root / "assets.py").write_text(textwrap.dedent(header) + textwrap.dedent(source))

    def find(self, name: str) -> AssetsDefinition:
        sys.modules.pop("assets", None)
        return find_asset("assets", AssetKey((name,)))

    def work(self, name: str, *keys: str, timeout: float | None = None, start: int = 1) -> Work:
        """Return a work with a node for each key; without keys one node of an asset that has no partitions."""
        nodes = tuple(
            Node(
                number=number,
                part=number,
                key=key,
                inputs=(),
                temporary=str(self.root / f"out/.am-run-{number}.tmp"),
                log=str(self.root / f"logs/{number}.log"),
            )
            for number, key in enumerate(keys or (None,), start=start)
        )
        code = fingerprint_code(self.find(name), root=self.root.resolve())
        return Work("run", AssetKey((name,)), "assets", code, "io_manager", timeout, nodes)

    def range(self, name: str, *keys: str, start: int = 1) -> Work:
        """Return a work that one call makes."""
        return replace(self.work(name, *keys, start=start), inputs=())


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    made = Project(tmp_path / "project")
    monkeypatch.syspath_prepend(str(made.root))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield made
    sys.modules.pop("assets", None)


def open_inline(project: Project) -> Executor:
    def find(work: Work) -> AssetsDefinition:
        module: ModuleType | None = sys.modules.get("assets")
        return project.find(work.asset.path[-1]) if module is None else find_asset("assets", work.asset)

    return Inline(find)


def open_processes(project: Project, jobs: int = 1, texts: Mapping[str, str] | None = None) -> Executor:
    return Processes(jobs, root=project.root, python_path=["."], folder=project.root / "workers", texts=texts)


def open_frugal(project: Project) -> Executor:
    return Frugal(open_inline(project), lambda: True)


IMPLEMENTATIONS = [
    pytest.param(open_frugal, id="frugal"),
    pytest.param(open_inline, id="inline"),
    pytest.param(open_processes, id="processes"),
]
Open = Callable[[Project], Executor]


def run(executor: Executor, *works: Work) -> list[Outcome]:
    """Run works to their end; return the outcomes as they came."""
    waiting, outcomes = list(works), []
    due = sum(len(work.nodes) for work in works)
    deadline = time.monotonic() + 3 * PATIENCE
    try:
        while len(outcomes) < due:
            while waiting and executor.free_slots() > 0:
                executor.submit(waiting.pop(0))
            outcomes += executor.wait(1.0)
            assert time.monotonic() < deadline, f"only {len(outcomes)} of {due} outcomes came"
    finally:
        executor.stop(grace=1.0)
    return outcomes


def take(executor: Executor, count: int) -> list[Outcome]:
    """Wait for outcomes of works that were submitted."""
    outcomes: list[Outcome] = []
    deadline = time.monotonic() + 3 * PATIENCE
    while len(outcomes) < count:
        outcomes += executor.wait(1.0)
        assert time.monotonic() < deadline, f"only {len(outcomes)} of {count} outcomes came"
    return outcomes


def fails(outcome: Outcome) -> str:
    assert isinstance(outcome.result, Failure), outcome
    return outcome.result.message


@contextmanager
def ended_by(seconds: float) -> Iterator[None]:
    """Have a block that does not come to its end raise, even out of a system call that waits."""

    def give_up(number: int, frame: FrameType | None) -> None:
        pytest.fail(f"it is still in {frame}")  # no OSError: those are taken for a worker's death

    former = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not path.exists():
        assert time.monotonic() < deadline, f"{path.name} did not come"
        time.sleep(0.01)


@pytest.fixture
def small_buffers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sockets that take a few thousand bytes, as on other systems."""
    make_pair = socket.socketpair

    def make_small_pair() -> tuple[socket.socket, socket.socket]:
        pair = make_pair()
        for end in pair:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL_BUFFER)
            end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        return pair

    monkeypatch.setattr(socket, "socketpair", make_small_pair)


def marked_processes(marker: str) -> list[int]:
    """Return the living processes with a marker in their command line."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                command = Path(f"/proc/{entry}/cmdline").read_bytes()
            except OSError:
                continue
            if marker.encode() in command:
                found.append(int(entry))
    return found


def await_marked_process(marker: str) -> int:
    """Return the one process with a marker; one that has just been started may have no command line yet."""
    with ended_by(PATIENCE):
        while not (found := marked_processes(marker)):
            os.sched_yield()
    (process,) = found
    return process


def test_every_executor_in_the_table_is_held_to_the_contract() -> None:
    assert {parameter.id for parameter in IMPLEMENTATIONS} == set(EXECUTORS)


@pytest.mark.parametrize("opened", IMPLEMENTATIONS)
class TestEveryExecutor:
    def test_runs_the_nodes_of_a_chunk_in_order(self, project: Project, opened: Open) -> None:
        project.write("@asset\ndef a(context) -> str:\n    return context.run_id")
        outcomes = run(opened(project), project.work("a", "x", "y", "z"))

        assert [outcome.number for outcome in outcomes] == [1, 2, 3]
        for number, outcome in enumerate(outcomes, start=1):
            assert isinstance(outcome.result, Success)
            written = (project.root / f"out/.am-run-{number}.tmp").stat()
            seen = outcome.result
            assert (seen.size, seen.mtime, seen.inode) == (written.st_size, written.st_mtime_ns, written.st_ino)

    def test_a_range_is_one_call_with_an_outcome_for_each_node(self, project: Project, opened: Open) -> None:
        project.write(
            """
            @asset(partitions_def=KEYS, backfill_policy=BackfillPolicy.single_run())
            def a(context) -> dict:
                return {key: context.partition_keys for key in context.partition_keys}
            """
        )
        works = [project.range("a", "x", "y"), project.range("a", "z", "u", "v", start=3)]

        outcomes = run(opened(project), *works)

        assert [outcome.number for outcome in outcomes] == [1, 2, 3, 4, 5]
        for number, keys in enumerate(["xy", "xy", "zuv", "zuv", "zuv"], start=1):
            assert isinstance(outcomes[number - 1].result, Success)
            assert json.loads((project.root / f"out/.am-run-{number}.tmp").read_text()) == list(keys)

    def test_a_range_that_raises_fails_all_its_nodes_and_no_other(self, project: Project, opened: Open) -> None:
        project.write(
            """
            @asset(partitions_def=KEYS, backfill_policy=BackfillPolicy.single_run())
            def a(context) -> None:
                if "bad" in context.partition_keys:
                    raise ValueError("no rows")
            """
        )
        works = [project.range("a", "x", "bad"), project.range("a", "y", "z", start=3)]

        outcomes = run(opened(project), *works)

        assert [fails(outcome) for outcome in outcomes[:2]] == ["ValueError: no rows"] * 2
        assert all(isinstance(outcome.result, Success) for outcome in outcomes[2:])

    def test_runs_several_works(self, project: Project, opened: Open) -> None:
        project.write("@asset\ndef a() -> int:\n    return 1\n\n@asset\ndef b() -> int:\n    return 2")
        works = [project.work(name, start=number) for number, name in enumerate("abab", start=1)]

        outcomes = run(opened(project), *works)

        assert {outcome.number for outcome in outcomes if isinstance(outcome.result, Success)} == {1, 2, 3, 4}

    def test_has_no_outcome_before_a_work(self, project: Project, opened: Open) -> None:
        executor = opened(project)

        assert executor.free_slots() > 0
        assert executor.wait(0.0) == []
        executor.stop(grace=0.0)

    def test_a_failure_is_plain_data(self, project: Project, opened: Open) -> None:
        project.write(
            """
            @asset
            def a(context) -> int:
                if context.partition_key == "bad":
                    raise ValueError("no rows")
                return 1
            """.replace("context.partition_key", "context.partition_keys[0]")
        )
        good, bad, after = run(opened(project), project.work("a", "good", "bad", "after"))

        assert isinstance(good.result, Success)
        assert isinstance(after.result, Success)
        assert isinstance(bad.result, Failure)
        assert bad.result.message == "ValueError: no rows"
        assert bad.result.file.endswith("assets.py")
        assert bad.result.line > 0
        assert "raise ValueError" in bad.result.traceback
        assert "assetmake/execution" not in bad.result.traceback

    @pytest.mark.parametrize(
        "statement",
        [
            "sys.exit(3)",
            "raise KeyboardInterrupt",
            "raise Unpicklable",
            "raise Unprintable",
            "raise RecursionError",
            "raise BaseExceptionGroup('several', [SystemExit(1)])",
        ],
    )
    def test_whatever_is_raised_fails_that_node_only(self, project: Project, opened: Open, statement: str) -> None:
        project.write(
            f"""
            class Unpicklable(Exception):
                def __init__(self):
                    self.lock = lambda: None

            class Unprintable(Exception):
                def __str__(self):
                    raise ValueError("cannot say")

            @asset
            def a(context) -> int:
                if context.partition_keys[0] == "bad":
                    {statement}
                return 1
            """
        )
        bad, good = run(opened(project), project.work("a", "bad", "good"))

        assert fails(bad)
        assert isinstance(good.result, Success)

    def test_folder_environment_and_umask_are_restored(self, project: Project, opened: Open) -> None:
        project.write(
            """
            import tempfile

            def surroundings():
                umask = os.umask(0o022)
                os.umask(umask)
                return [os.getcwd(), sorted(os.environ.items()), umask]

            @asset
            def a(context) -> list:
                found = surroundings()
                os.environ["ADDED"] = "1"
                os.environ.pop("PATH", None)
                os.umask(0o777)
                with tempfile.TemporaryDirectory() as folder:
                    os.chdir(folder)
                return found
            """
        )
        first, second, third = run(opened(project), project.work("a", "x", "y", "z"))

        assert isinstance(first.result, Success)
        assert isinstance(second.result, Success)
        assert isinstance(third.result, Success)
        assert first.result.digest == second.result.digest == third.result.digest

    def test_scratch_folders_are_removed(self, project: Project, opened: Open) -> None:
        project.write(
            """
            @asset
            def a(context) -> int:
                context.output_path.with_name("notes").write_text("left")
                if context.partition_keys[0] == "bad":
                    raise ValueError
                return 1
            """
        )
        run(opened(project), project.work("a", "bad", "good"))

        assert [path.name for path in (project.root / "out").iterdir()] == [".am-run-2.tmp"]

    def test_a_module_that_does_not_import_fails_the_nodes(self, project: Project, opened: Open) -> None:
        project.write("@asset\ndef a() -> int:\n    return 1")
        works = [project.work("a"), project.work("a", start=2)]
        sys.modules.pop("assets")
        (project.root / "assets.py").write_text("raise ImportError('no such thing')")

        outcomes = run(opened(project), *works)

        assert all("no such thing" in fails(outcome) for outcome in outcomes)

    def test_has_an_idle_slot_until_it_has_a_work(self, project: Project, opened: Open) -> None:
        project.write("@asset\ndef a() -> int:\n    return 1")
        executor = opened(project)
        assert executor.has_idle_slot()

        executor.submit(project.work("a"))

        assert not executor.has_idle_slot()
        executor.stop(grace=1.0)

    def test_what_no_worker_holds_is_recalled(self, project: Project, opened: Open) -> None:
        project.write("@asset\ndef a() -> int:\n    return 1")
        executor = opened(project)
        executor.submit(project.work("a"))

        assert executor.recall() == [1]
        assert executor.wait(0.0) == []
        assert executor.recall() == []
        assert [outcome.number for outcome in run(executor, project.work("a", start=2))] == [2]

    def test_stops_what_waits(self, project: Project, opened: Open) -> None:
        project.write("@asset\ndef a() -> int:\n    return 1")
        executor = opened(project)
        executor.submit(project.work("a"))

        executor.stop(grace=0.0)

        assert executor.wait(0.0) == []


class TestProcesses:
    """What only processes of their own can keep."""

    @pytest.mark.parametrize(
        ("statement", "told"),
        [
            ("os.kill(os.getpid(), signal.SIGKILL)", "killed by signal 9 (SIGKILL)"),
            ("time.sleep(1000)", "timeout: it ran for more than 2 s"),
        ],
    )
    def test_a_range_dies_as_one_and_others_go_on(self, project: Project, statement: str, told: str) -> None:
        project.write(
            f"""
            @asset(partitions_def=KEYS, backfill_policy=BackfillPolicy.single_run())
            def a(context) -> dict:
                if "bad" in context.partition_keys:
                    print("last words", flush=True)
                    {statement}
                return dict.fromkeys(context.partition_keys, 1)
            """
        )
        before, bad = project.range("a", "x", "y"), project.range("a", "z", "bad", "u", start=3)
        behind, last = project.range("a", "v", "w", start=6), project.work("a", "q", start=8)
        works = [replace(work, seconds=0.0, timeout=2.0) for work in (before, bad, behind, last)]
        executor = open_processes(project)
        for work in works:
            executor.submit(work)
        by_number = {outcome.number: outcome for outcome in take(executor, 8)}
        executor.stop(grace=0.0)

        assert all(told in fails(by_number.pop(number)) for number in (3, 4, 5))
        assert len(by_number) == 5
        assert all(isinstance(outcome.result, Success) for outcome in by_number.values())
        logs = [(project.root / f"logs/{number}.log").read_text() for number in (3, 4, 5)]
        assert "last words" in logs[0]
        assert logs[0] == logs[1] == logs[2]

    def test_a_range_that_prints_or_fails_has_its_log_under_the_name_of_each_node(self, project: Project) -> None:
        project.write(
            """
            @asset(partitions_def=KEYS, backfill_policy=BackfillPolicy.single_run())
            def a(context) -> None:
                print("heard")
                if "bad" in context.partition_keys:
                    raise ValueError("no rows")
            """
        )
        outcomes = run(open_processes(project), project.range("a", "x", "y"), project.range("a", "z", "bad", start=3))

        assert all(outcome.logged for outcome in outcomes)
        for number, end in enumerate(["heard", "heard", "ValueError: no rows", "ValueError: no rows"], start=1):
            assert (project.root / f"logs/{number}.log").read_text().rstrip().endswith(end)

    def test_a_range_of_more_keys_than_a_process_has_files(self, project: Project) -> None:
        project.write(
            """
            import resource

            @asset(partitions_def=KEYS, backfill_policy=BackfillPolicy.single_run())
            def a(context) -> dict:
                resource.setrlimit(resource.RLIMIT_NOFILE, (100, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
                return dict.fromkeys(context.partition_keys, 1)
            """
        )
        outcomes = run(open_processes(project), project.range("a", *map(str, range(300))))

        assert len(outcomes) == 300
        for outcome in outcomes:
            assert isinstance(outcome.result, Success), outcome
            seen, written = outcome.result, (project.root / f"out/.am-run-{outcome.number}.tmp").stat()
            assert (seen.size, seen.mtime, seen.inode) == (written.st_size, written.st_mtime_ns, written.st_ino)

    def test_a_range_that_waits_behind_a_long_node_is_given_back_as_one(self, project: Project) -> None:
        project.write(
            """
            @asset
            def long() -> int:
                while not os.path.exists("xyz"):
                    time.sleep(0.01)
                return 1

            @asset(partitions_def=KEYS, backfill_policy=BackfillPolicy.single_run())
            def a(context) -> None:
                open("".join(context.partition_keys), "w").close()

            @asset
            def other() -> int:
                return 1
            """
        )
        executor = open_processes(project, jobs=2)
        works = [project.work("long"), project.work("other", start=2), project.range("a", "x", "y", "z", start=3)]
        for work in works:
            executor.submit(replace(work, seconds=0.0))

        outcomes = take(executor, 5)
        executor.stop(grace=0.0)

        assert all(isinstance(outcome.result, Success) for outcome in outcomes)

    @pytest.mark.parametrize(
        ("statement", "told"),
        [
            ("os.kill(os.getpid(), signal.SIGKILL)", "killed by signal 9 (SIGKILL)"),
            ("os._exit(0)", "exited with code 0 without a result"),
            ("__import__('ctypes').string_at(0)", "killed by signal 11 (SIGSEGV)"),
        ],
    )
    def test_a_node_that_kills_its_worker_fails_only_itself(self, project: Project, statement: str, told: str) -> None:
        project.write(
            f"""
            @asset
            def a(context) -> int:
                if context.partition_keys[0] == "bad":
                    print("last words", flush=True)
                    {statement}
                return 1
            """
        )
        outcomes = run(open_processes(project), project.work("a", "x", "bad", "y", "z"))
        by_number = {outcome.number: outcome for outcome in outcomes}

        assert told in fails(by_number.pop(2))
        assert all(isinstance(outcome.result, Success) for outcome in by_number.values())
        assert len(by_number) == 3
        assert "last words" in (project.root / "logs/2.log").read_text()

    def test_a_timeout_ends_one_node(self, project: Project) -> None:
        project.write(
            """
            @asset
            def a(context) -> int:
                if context.partition_keys[0] == "slow":
                    signal.signal(signal.SIGTERM, signal.SIG_IGN)
                    time.sleep(1000)
                return 1
            """
        )
        outcomes = run(open_processes(project), project.work("a", "x", "slow", "y", timeout=2.0))
        by_number = {outcome.number: outcome for outcome in outcomes}

        assert "timeout: it ran for more than 2 s" in fails(by_number.pop(2))
        assert all(isinstance(outcome.result, Success) for outcome in by_number.values())

    def test_output_is_captured_in_order_also_of_children_and_of_bytes(self, project: Project) -> None:
        project.write(
            r"""
            @asset
            def a() -> int:
                print("one \udcff")
                os.write(1, b"two \xff\n")
                subprocess.run(["sh", "-c", "echo three; echo four >&2"])
                sys.stderr.write("five\n")
                return 1
            """
        )
        (outcome,) = run(open_processes(project), project.work("a"))

        assert outcome.logged
        lines = (project.root / "logs/1.log").read_text(encoding="utf-8").splitlines()
        assert lines == ["one \\udcff", "two \\xff", "three", "four", "five"]

    def test_a_node_that_closes_its_streams_takes_them_from_nobody_else(self, project: Project) -> None:
        project.write(
            """
            @asset
            def a(context) -> int:
                if context.partition_keys[0] == "rude":
                    sys.stdout.close()
                    sys.stderr = None
                    os.close(1)
                print("heard")
                return 1
            """
        )
        rude, polite = run(open_processes(project), project.work("a", "rude", "polite"))

        assert "closed file" in fails(rude)
        assert isinstance(polite.result, Success)
        assert (project.root / "logs/2.log").read_text() == "heard\n"

    def test_children_left_behind_are_ended(self, project: Project) -> None:
        marker = f"left-behind-{os.getpid()}"
        project.write(
            f"""
            import threading

            def start(**options):
                grandchild = 'sh -c "sleep 1000; true" {marker} & wait'
                subprocess.Popen(["sh", "-c", grandchild], **options)

            @asset
            def a(context) -> int:
                start()
                start(start_new_session=True)
                thread = threading.Thread(target=start)
                thread.start()
                thread.join()
                if context.partition_keys[0] == "dies":
                    os._exit(0)
                return 1

            @asset
            def b() -> list:
                listing = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
                return [line for line in listing.splitlines() if "{marker}" in line]
            """
        )
        outcomes = run(open_processes(project), project.work("a", "x"), project.work("b", start=2))

        assert isinstance(outcomes[1].result, Success)
        assert (project.root / "out/.am-run-2.tmp").read_text().strip() == "[]"
        assert marked_processes(marker) == []

    def test_a_stop_ends_what_runs_and_its_children(self, project: Project) -> None:
        marker = f"stopped-{os.getpid()}"
        project.write(
            f"""
            @asset
            def a() -> int:
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                subprocess.Popen(["sh", "-c", "sleep 1000; true", "{marker}"], start_new_session=True)
                open("started", "w").close()
                time.sleep(1000)
            """
        )
        executor = open_processes(project)
        executor.submit(project.work("a"))
        deadline = time.monotonic() + PATIENCE
        while not (project.root / "started").exists():
            executor.wait(0.05)
            assert time.monotonic() < deadline
        assert marked_processes(marker)

        executor.stop(grace=0.2)

        assert marked_processes(marker) == []
        assert marked_processes(str(project.root)) == []

    def test_an_idle_worker_that_is_killed_fails_nothing(self, project: Project) -> None:
        project.write("@asset\ndef a() -> int:\n    return os.getpid()")
        executor = open_processes(project)
        executor.submit(project.work("a"))
        while not executor.wait(PATIENCE):
            pass
        worker = int((project.root / "out/.am-run-1.tmp").read_text())
        os.kill(worker, signal.SIGKILL)
        os.waitid(os.P_PID, worker, os.WEXITED | os.WNOWAIT)

        (outcome,) = run(executor, project.work("a", start=2))

        assert isinstance(outcome.result, Success)

    def test_code_changed_since_the_plan_is_not_run(self, project: Project) -> None:
        project.write("@asset\ndef a() -> int:\n    return 1")
        work = replace(project.work("a"), code="of another time")

        (outcome,) = run(open_processes(project), work)

        assert "the code of a changed while the build ran" in fails(outcome)
        assert isinstance(outcome.result, Failure)
        assert not outcome.result.retryable

    def test_files_as_they_were_planned_vouch_for_the_code(self, project: Project) -> None:
        project.write("@asset\ndef a() -> int:\n    return 1")
        texts = {str(file): digest(file.read_text()) for file in project.root.glob("*.py")}
        work = replace(project.work("a"), code="not looked at")

        (outcome,) = run(open_processes(project, texts=texts), work)

        assert isinstance(outcome.result, Success)

    def test_a_helper_edited_since_the_plan_is_noticed(self, project: Project) -> None:
        project.write("from rules import limit\n@asset\ndef a() -> int:\n    return limit()")
        rules = project.root / "rules.py"
        rules.write_text("def limit():\n    return 1\n")
        texts = {str(file): digest(file.read_text()) for file in project.root.glob("*.py")}
        work = project.work("a")
        sys.modules.pop("rules")
        rules.write_text("def limit():\n    return 2\n")

        (outcome,) = run(open_processes(project, texts=texts), work)

        assert "the code of a changed while the build ran" in fails(outcome)

    def test_a_comment_added_to_a_helper_since_the_plan_changes_nothing(self, project: Project) -> None:
        project.write("from rules import limit\n@asset\ndef a() -> int:\n    return limit()")
        rules = project.root / "rules.py"
        rules.write_text("def limit():\n    return 1\n")
        texts = {str(file): digest(file.read_text()) for file in project.root.glob("*.py")}
        work = project.work("a")
        sys.modules.pop("rules")
        rules.write_text("# one\ndef limit():\n    return 1\n")

        (outcome,) = run(open_processes(project, texts=texts), work)

        assert isinstance(outcome.result, Success)

    def test_a_large_work_does_not_wait_for_a_worker_that_does_not_read(self, project: Project) -> None:
        project.write(
            """
            @asset
            def a() -> int:
                open("started", "w").close()
                while not os.path.exists("go"):
                    time.sleep(0.01)
                return 1
            """
        )
        executor = open_processes(project)
        executor.submit(replace(project.work("a"), seconds=0.0))
        deadline = time.monotonic() + PATIENCE
        while not (project.root / "started").exists():
            executor.wait(0.05)
            assert time.monotonic() < deadline
        large = project.work("a", *(f"key-{number}" for number in range(20_000)), start=2)

        executor.submit(large)
        assert executor.wait(0.05) == []
        (project.root / "go").touch()

        outcomes = list(executor.wait(PATIENCE))
        executor.stop(grace=0.0)
        assert outcomes[0].number == 1

    def test_what_is_done_is_told_of_while_a_long_node_runs(self, project: Project) -> None:
        project.write(
            """
            @asset
            def a(context) -> int:
                while context.partition_keys[0] == "long" and not os.path.exists("go"):
                    time.sleep(0.01)
                return 1
            """
        )
        executor = open_processes(project)
        executor.submit(project.work("a", "x", "y", "long"))
        early = take(executor, 2)
        (project.root / "go").touch()
        late = take(executor, 1)
        executor.stop(grace=0.0)

        assert [outcome.number for outcome in early + late] == [1, 2, 3]
        for number in (1, 2, 3):
            assert (project.root / f"out/.am-run-{number}.tmp").exists()

    def test_what_stands_behind_a_long_node_is_run_by_another_worker(self, project: Project) -> None:
        project.write(
            """
            @asset
            def a(context) -> int:
                if context.partition_keys[0] == "long":
                    while not (os.path.exists("y") and os.path.exists("z") and os.path.exists("b")):
                        time.sleep(0.01)
                else:
                    open(context.partition_keys[0], "w").close()
                return os.getpid()

            @asset
            def b() -> int:
                open("b", "w").close()
                return os.getpid()
            """
        )
        executor = open_processes(project, jobs=2)
        executor.submit(project.work("a", "long", "y", "z"))
        executor.submit(project.work("b", start=4))

        outcomes = take(executor, 4)
        executor.stop(grace=0.0)

        assert sorted(outcome.number for outcome in outcomes) == [1, 2, 3, 4]
        assert all(isinstance(outcome.result, Success) for outcome in outcomes)

    def test_nodes_that_must_not_run_at_the_same_time_do_not(self, project: Project) -> None:
        project.write(
            """
            @asset
            def a(context) -> int:
                os.close(os.open("running", os.O_CREAT | os.O_EXCL))
                time.sleep(0.7 if context.partition_keys[0] == "long" else 0.0)
                os.unlink("running")
                return os.getpid()
            """
        )
        work = replace(project.work("a", "long", "x", "y", "z"), together=True)

        outcomes = run(open_processes(project, jobs=2), work)

        assert [outcome.number for outcome in outcomes] == [1, 2, 3, 4]
        assert all(isinstance(outcome.result, Success) for outcome in outcomes)

    def test_works_that_travel_together_die_one_by_one(self, project: Project) -> None:
        project.write(
            """
            @asset
            def a() -> int:
                return 1

            @asset
            def b() -> int:
                os._exit(0)

            @asset
            def c() -> int:
                return 1
            """
        )
        works = [replace(project.work(name, start=number), seconds=0.0) for number, name in enumerate("abc", start=1)]
        executor = open_processes(project)
        for work in works:
            executor.submit(work)
        by_number = {outcome.number: outcome for outcome in take(executor, 3)}
        executor.stop(grace=0.0)

        assert "exited with code 0 without a result" in fails(by_number.pop(2))
        assert all(isinstance(outcome.result, Success) for outcome in by_number.values())

    def test_a_result_that_cannot_be_made_durable_fails_its_node_only(self, project: Project) -> None:
        project.write(
            """
            real = os.fsync

            def fsync(descriptor):
                if ".am-run-2.tmp" in os.readlink(f"/proc/self/fd/{descriptor}"):
                    raise OSError(28, "No space left on device")
                real(descriptor)

            @asset
            def a(context) -> int:
                os.fsync = fsync  # in the worker, and nowhere else
                return 1
            """
        )
        outcomes = run(open_processes(project), project.work("a", "x", "y", "z"))

        assert [isinstance(outcome.result, Success) for outcome in outcomes] == [True, False, True]
        assert "no space left on device" in fails(outcomes[1])
        assert sorted(path.name for path in (project.root / "out").iterdir()) == [".am-run-1.tmp", ".am-run-3.tmp"]

    def test_a_worker_loads_nothing_heavy_before_a_node_needs_it(self, project: Project) -> None:
        project.write("@asset\ndef a() -> list:\n    return sorted(sys.modules)")

        run(open_processes(project), project.work("a"))

        loaded = set(json.loads((project.root / "out/.am-run-1.tmp").read_text()))
        heavy = {"pyarrow", "duckdb", "pandas", "numpy", "asyncio", "multiprocessing.connection", "assetmake.planning"}
        assert loaded.isdisjoint(heavy)

    def test_what_a_dead_worker_printed_holds_no_secret_of_a_resource(
        self, project: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DB_TOKEN", "s3cret-token")
        project.write(
            """
            from assetmake import ConfigurableResource, Definitions, EnvVar

            class Db(ConfigurableResource):
                token: str

            @asset
            def a(db: Db) -> int:
                print("using", db.token, flush=True)
                os._exit(3)

            definitions = Definitions(assets=[a], resources={"db": Db(token=EnvVar("DB_TOKEN"))})
            """
        )
        work = replace(project.work("a"), resources=(("db", "assets"),), code="")
        (outcome,) = run(open_processes(project), work)

        assert "exited with code 3" in fails(outcome)
        log = (project.root / "logs/1.log").read_text()
        assert log.startswith("using ***\n")

    def test_nothing_is_put_behind_a_long_work(self, project: Project) -> None:
        project.write("@asset\ndef a() -> int:\n    return 1")
        executor = open_processes(project, jobs=1)

        executor.submit(replace(project.work("a"), seconds=0.001))
        assert executor.free_slots() == 1
        executor.stop(grace=0.0)
        executor.submit(replace(project.work("a"), seconds=100.0))
        assert executor.free_slots() == 0
        executor.stop(grace=0.0)

    def test_a_full_disk_under_the_logs_changes_no_result(self, project: Project) -> None:
        project.write("@asset\ndef a() -> int:\n    print('something')\n    return 1")
        (project.root / "logs").write_text("a file, so that no folder can be made")

        (outcome,) = run(open_processes(project), project.work("a"))

        assert isinstance(outcome.result, Success)
        assert not outcome.logged


def test_a_worker_without_any_is_sent_works_before_anybody_waits(project: Project) -> None:
    project.write("@asset\ndef a() -> int:\n    open('begun', 'a').close()\n    return 1")
    executor = open_processes(project)
    for number in range(1, 6):
        executor.submit(project.work("a", start=number))

    deadline = time.monotonic() + PATIENCE
    while not (project.root / "begun").exists():
        assert time.monotonic() < deadline, "nothing was begun"
        time.sleep(0.01)
    assert len(take(executor, 5)) == 5
    executor.stop(grace=1.0)


WAITS = """
    @asset
    def a() -> int:
        open("started", "w").close()
        while not os.path.exists("go"):
            time.sleep(0.01)
        return 1
    """


def fill_socket(executor: Executor, project: Project) -> Callable[[], None]:
    """Submit 11 works, of which a worker's socket does not take all; return what has the worker run them."""
    project.write(WAITS)
    executor.submit(replace(project.work("a"), seconds=0.0))
    assert executor.wait(0.0) == []
    wait_for(project.root / "started")
    worker = await_marked_process(str(project.root))
    os.kill(worker, signal.SIGSTOP)
    for number in range(2, 12):
        executor.submit(replace(project.work("a", "k" * SMALL_BUFFER, start=number), seconds=0.0))
        assert executor.wait(0.0) == []

    def go_on() -> None:
        (project.root / "go").touch()
        os.kill(worker, signal.SIGCONT)

    return go_on


@pytest.mark.usefixtures("small_buffers")
class TestProcessesWithSmallBuffers:
    """Neither end may wait for the other to read while that one waits for it."""

    def test_a_worker_that_writes_and_does_not_read_is_read_from(self, project: Project) -> None:
        project.write(
            f"""
            @asset
            def a(context) -> int:
                open("started-" + context.partition_keys[0][:5], "w").close()
                raise ValueError("x" * {LARGE})
            """
        )
        executor = open_processes(project)
        with ended_by(PATIENCE):
            executor.submit(replace(project.work("a", "first"), seconds=0.0))
            assert executor.wait(0.0) == []
            wait_for(project.root / "started-first")  # it tells of what is done before it reads what comes
            executor.submit(replace(project.work("a", "other" + "k" * 6 * SMALL_BUFFER, start=2), seconds=0.0))
            outcomes = take(executor, 2)
            executor.stop(grace=0.0)

        assert [outcome.number for outcome in outcomes] == [1, 2]
        assert all(len(fails(outcome)) > LARGE for outcome in outcomes)

    def test_works_and_outcomes_that_do_not_fit_all_arrive(self, project: Project) -> None:
        project.write(
            """
            @asset
            def a(context) -> int:
                (key,) = context.partition_keys
                raise ValueError(key[:10] + "x" * int(key[10:]))
            """
        )
        sizes = [0, 10, 500, SMALL_BUFFER, 3 * SMALL_BUFFER, LARGE, 7]
        names = [f"key-{number:06}" for number in range(1, 401)]
        keys = [name + str(sizes[number % len(sizes)]).zfill(1_000) for number, name in enumerate(names)]
        works = [
            replace(project.work("a", *keys[start : start + 5], start=start + 1), seconds=0.0)
            for start in range(0, len(keys), 5)
        ]
        executor = open_processes(project, jobs=2)
        outcomes: list[Outcome] = []
        with ended_by(2 * PATIENCE):
            for work in works:
                executor.submit(work)
                outcomes += executor.wait(0.0)
            outcomes += take(executor, len(keys) - len(outcomes))
            executor.stop(grace=0.0)

        told = {outcome.number: fails(outcome) for outcome in outcomes}
        assert sorted(told) == list(range(1, 401))
        for number, name in enumerate(names):
            assert told[number + 1] == f"ValueError: {name}{'x' * sizes[number % len(sizes)]}"

    def test_what_a_full_socket_did_not_take_is_recalled(self, project: Project) -> None:
        executor = open_processes(project)
        with ended_by(PATIENCE):
            go_on = fill_socket(executor, project)
            recalled = executor.recall()
            go_on()
            outcomes = take(executor, 11 - len(recalled))
            executor.stop(grace=0.0)

        assert recalled
        assert sorted([*recalled, *(outcome.number for outcome in outcomes)]) == list(range(1, 12))

    def test_a_worker_that_was_stopped_holds_up_neither_others_nor_the_end(self, project: Project) -> None:
        project.write("@asset\ndef a() -> int:\n    return 1")
        executor = open_processes(project, jobs=2)
        executor.submit(replace(project.work("a", "k" * LARGE), seconds=1.0))
        stopped = await_marked_process(str(project.root))
        with ended_by(PATIENCE):
            os.kill(stopped, signal.SIGSTOP)
            executor.submit(project.work("a", "k" * LARGE, start=2))
            outcomes = take(executor, 1)
            executor.stop(grace=0.1)

        assert [outcome.number for outcome in outcomes] == [2]
        assert marked_processes(str(project.root)) == []

    def test_a_worker_that_could_be_sent_nothing_is_sent_it_when_it_has_nothing_else(
        self, project: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        messages: list[bytes] = []
        heard: list[int] = []

        class FullOnce(PromptChannel):
            def send(self, packed: bytes) -> bool:
                messages.append(packed)
                if len(messages) != 2:
                    return super().send(packed)
                self.is_full = True
                return False

        def hear_outcomes_first(*asked: Any) -> dict[int, int]:
            ready = wait(*asked)
            if heard:
                return ready
            heard.extend(end for end, event in ready.items() if event & select.POLLIN)
            return dict.fromkeys(heard, select.POLLIN)

        wait = processes._wait
        monkeypatch.setattr(processes, "PromptChannel", FullOnce)
        monkeypatch.setattr(processes, "_wait", hear_outcomes_first)
        project.write(WAITS)
        executor = open_processes(project)
        with ended_by(PATIENCE):
            for number in (1, 2):
                executor.submit(replace(project.work("a", start=number), seconds=0.0))
                assert executor.wait(0.0) == []
            (project.root / "go").touch()
            outcomes = take(executor, 2)
            executor.stop(grace=0.0)

        assert len(messages) == 3
        assert [outcome.number for outcome in outcomes] == [1, 2]
