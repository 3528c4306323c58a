"""When memory is short, and what then still runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from workshop import HeldExecutor, Workshop

from assetmake import AssetExecutionContext, AssetKey, StaticPartitionsDefinition, asset
from assetmake.execution.executors.frugal import Frugal
from assetmake.execution.memory import watch_memory
from assetmake.execution.work import Node, Work

MIB = 1 << 20
LETTERS = StaticPartitionsDefinition(["a", "b", "c", "d"])


class Machine:
    """Files as Linux shows them, below a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.now = 0.0
        self.show(total=16_000 * MIB, available=8_000 * MIB)

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def show(self, *, total: int, available: int) -> None:
        self.write(
            "proc/meminfo", f"MemTotal: {total // 1024} kB\nMemAvailable: {available // 1024} kB\nHugePages: 0\n"
        )

    def watch(self) -> Watch:
        return Watch(self)


class Watch:
    """Looks again whenever it is asked."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.is_short = watch_memory(machine.root, lambda: machine.now)

    def __bool__(self) -> bool:
        self.machine.now += 10
        return self.is_short()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "machine")


def test_a_machine_with_little_left_is_short(machine: Machine) -> None:
    watch = machine.watch()
    assert not watch

    machine.show(total=16_000 * MIB, available=700 * MIB)
    assert watch

    machine.show(total=16_000 * MIB, available=900 * MIB)
    assert not watch


def test_of_a_large_machine_a_gibibyte_is_enough(machine: Machine) -> None:
    machine.show(total=500_000 * MIB, available=1_100 * MIB)
    watch = machine.watch()
    assert not watch

    machine.show(total=500_000 * MIB, available=1_000 * MIB)
    assert watch


def test_it_is_not_looked_at_for_every_node(machine: Machine) -> None:
    watch = machine.watch()
    assert not watch.is_short()

    machine.show(total=16_000 * MIB, available=MIB)
    assert not watch.is_short()
    machine.now += 0.3
    assert watch.is_short()


@pytest.mark.parametrize("path", ["/build/job", "/elsewhere/on/the/host"])
def test_the_limit_of_a_control_group_counts(machine: Machine, path: str) -> None:
    """The group of a container is found where it is mounted, also under a name that only its host knows."""
    machine.write("proc/self/cgroup", f"0::{path}\n")
    group = "sys/fs/cgroup/build/job" if path == "/build/job" else "sys/fs/cgroup"
    machine.write(f"{group}/memory.max", f"{1_000 * MIB}\n")
    machine.write(f"{group}/memory.current", f"{990 * MIB}\n")
    machine.write(f"{group}/memory.stat", f"anon 5\ninactive_file {100 * MIB}\n")
    watch = machine.watch()
    assert not watch

    machine.write(f"{group}/memory.stat", f"anon 5\ninactive_file {10 * MIB}\n")
    assert watch


def test_so_does_that_of_the_first_version_and_of_a_group_above(machine: Machine) -> None:
    machine.write("proc/self/cgroup", "9:cpu:/x\n4:memory:/build/job\n0::/\n")
    machine.write("sys/fs/cgroup/memory/build/job/memory.limit_in_bytes", "9223372036854771712\n")
    machine.write("sys/fs/cgroup/memory/build/memory.limit_in_bytes", f"{1_000 * MIB}\n")
    machine.write("sys/fs/cgroup/memory/build/memory.usage_in_bytes", f"{500 * MIB}\n")
    machine.write("sys/fs/cgroup/memory/build/memory.stat", "total_inactive_file 0\n")
    watch = machine.watch()
    assert not watch

    machine.write("sys/fs/cgroup/memory/build/memory.usage_in_bytes", f"{980 * MIB}\n")
    assert watch


def test_a_group_without_a_limit_is_none(machine: Machine) -> None:
    machine.write("proc/self/cgroup", "0::/\n")
    machine.write("sys/fs/cgroup/memory.max", "max\n")
    machine.write("sys/fs/cgroup/memory.current", f"{15_990 * MIB}\n")

    assert not machine.watch()


def test_where_linux_tells_nothing_nobody_is_short(tmp_path: Path) -> None:
    assert not watch_memory(tmp_path)()


def build(workshop: Workshop, short: list[bool]) -> None:
    """Build with an executor that is told, each time it asks, whether memory is short; at last it is."""

    @asset(partitions_def=LETTERS)
    def letters(context: AssetExecutionContext) -> str:
        return context.partition_key

    @asset
    def report(letters: dict[str, str]) -> str:
        return "".join(letters.values())

    workshop.wrap = lambda executor: Frugal(executor, lambda: short.pop(0) if short else True)
    finished = workshop.build([letters, report])
    assert finished.built == 5


def test_while_memory_is_short_one_node_runs_at_a_time(workshop: Workshop) -> None:
    workshop.slots = 3
    build(workshop, short=[])

    assert [len(held) for held in workshop.held()] == [1] * 5


def test_when_there_is_enough_again_more_is_started(workshop: Workshop) -> None:
    workshop.slots = 3
    build(workshop, short=[True, False, False, False])

    assert [len(held) for held in workshop.held()][:2] == [1, 3]


def test_what_was_stopped_does_not_run(tmp_path: Path) -> None:
    executor = Frugal(HeldExecutor(find=lambda work: pytest.fail("nothing is to run")), lambda: True)
    node = Node(1, 0, None, (), tmp_path / "out", tmp_path / "log")
    executor.submit(Work("run", AssetKey("a"), "assets", "", "io_manager", None, (node,)))
    assert executor.free_slots() == 0

    executor.stop(grace=0.0)

    assert executor.free_slots() == 2
