"""Builds that are killed, stopped, starved and run at once: what stands is right, and the next build goes on."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from breaking import Command, Project, await_condition, find_processes, tmpfs

from thoroughness import times

KILLS = times(4)
KEYS = [f"k{number:02}" for number in range(24)]
PARTITIONED = """
source = FileSource("source", "source.txt")
keys = StaticPartitionsDefinition([f"k{number:02}" for number in range(24)])

@asset(partitions_def=keys)
def words(context, source: Path) -> str:
    note(context.partition_key)
    (context.output_path.with_name("notes")).write_text("to be removed")
    time.sleep(0.01)
    return context.partition_key + source.read_text() * 1000
"""
HANGING = """
@asset
def quick() -> int:
    note("quick")
    return 1

@asset
def hanging(context, quick: int) -> int:
    note("hanging")
    if (HERE / "fast").exists():
        return 2
    subprocess.Popen(["sh", "-c", "sleep 1000; true", str(HERE)])
    subprocess.Popen(["sh", "-c", "sleep 1000; true", str(HERE)], start_new_session=True)
    context.output_path.write_text("half")
    if (HERE / "stubborn").exists():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    (HERE / "started").touch()
    time.sleep(1000)
"""


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    made = Project(tmp_path / "project")
    yield made
    for pid in made.processes():
        os.kill(pid, signal.SIGKILL)


def check_words(project: Project, source: str) -> None:
    for key in KEYS:
        assert project.output(f"words/{key}.json").strip() == f'"{key}{source * 1000}"', key


def check_torn(project: Project, *sources: str) -> None:
    """Whatever stands under a final name is the whole of one build's output."""
    for path in (project.root / "data/words").glob("[!.]*"):
        assert path.read_text().strip() in {f'"{path.stem}{source * 1000}"' for source in sources}, path


def test_a_build_killed_at_any_moment_goes_on_where_it_was(project: Project) -> None:
    chance = random.Random(os.environ.get("ASSETMAKE_SEED"))
    project.write(PARTITIONED)
    (project.root / "source.txt").write_text("0")
    project.run("build")
    for kill in range(1, KILLS + 1):
        (project.root / "source.txt").write_text(str(kill % 10))
        build = project.start_real("build") if kill == 1 else project.start("build")
        kill_at_random(project, build, chance)

        check_torn(project, str((kill - 1) % 10), str(kill % 10))
        stale, before_resuming = project.stale(), project.ran()
        project.run("build")

        assert project.ran() - before_resuming == stale, "what was recorded ran again, or something was left out"
        check_words(project, str(kill % 10))
        assert project.leftovers() == []
        assert not project.stale()


def kill_at_random(project: Project, build: Command, chance: random.Random) -> None:
    """Kill a build that was started somewhere between its start and its end."""
    goal = project.ran().total() + chance.randint(0, len(KEYS))
    await_condition(lambda: project.ran().total() >= goal or not build.is_running(), f"{goal} runs")
    time.sleep(chance.choice([0.0, 0.005, 0.02, 0.2]))  # makes the moment of the kill a random one
    build.kill()
    project.await_end_of_processes()


def test_a_forced_build_that_was_killed_leaves_nothing_after_the_next_one(project: Project) -> None:
    project.write(HANGING)
    (project.root / "fast").touch()
    project.run("build")
    (project.root / "fast").unlink()
    build = project.start("build", "--force")
    project.await_file("started")
    build.kill()
    project.await_end_of_processes()
    assert project.leftovers()

    assert "up to date" in project.run("build")

    assert project.leftovers() == []


def test_a_killed_worker_fails_its_node_only(project: Project) -> None:
    project.write(
        """
keys = StaticPartitionsDefinition([f"k{number:02}" for number in range(24)])

@asset(partitions_def=keys)
def words(context) -> str:
    note(context.partition_key)
    if context.partition_key == "k03" and not (HERE / "fast").exists():
        (HERE / "started").write_text(str(os.getpid()))
        time.sleep(1000)
    return context.partition_key
"""
    )
    build = project.start("build")
    await_condition(lambda: (project.root / "started").exists() and (project.root / "started").read_text() != "", "k03")
    os.kill(int((project.root / "started").read_text()), signal.SIGKILL)
    printed = build.finish(expect=1)

    assert "killed by signal 9" in printed
    assert project.stale() == Counter(["k03"])
    ran = project.ran()
    assert set(ran) == set(KEYS), (
        "what the worker had done and not delivered, and what it had not begun, runs elsewhere"
    )
    assert ran["k03"] == 1
    assert project.leftovers() == []
    (project.root / "fast").touch()
    project.run("build")
    assert project.ran() - ran == Counter(["k03"])


def test_failing_fast_nothing_starts_that_stood_behind_the_node_that_failed(project: Project) -> None:
    project.write(
        """
keys = StaticPartitionsDefinition([f"k{number:02}" for number in range(24)])

@asset(partitions_def=keys)
def words(context) -> str:
    note(context.partition_key)
    time.sleep(0.7)
    raise ValueError(context.partition_key)
""",
        jobs=1,
    )
    printed = project.run("build", "--fail-fast", expect=1)

    assert project.ran() == Counter(["k00"])
    assert "FAILED=1 SKIPPED=23" in printed


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("to", ["process", "group"])
def test_a_signal_is_died_of_and_leaves_nothing_behind(project: Project, number: signal.Signals, to: str) -> None:
    project.write(HANGING)
    build = project.start("build")
    project.await_file("started")

    (os.kill if to == "process" else os.killpg)(build.pid, number)

    assert build.wait() == -number
    check_recovery(project)


def test_a_worker_that_ignores_sigterm_is_ended_too(project: Project) -> None:
    project.write(HANGING)
    (project.root / "stubborn").touch()
    build = project.start("build", constants={"assetmake.execution.scheduler.STOP_SECONDS": 0.5})
    project.await_file("started")

    build.send_signal(signal.SIGTERM)

    assert build.wait() == -signal.SIGTERM
    check_recovery(project)


def test_a_second_signal_ends_at_once(project: Project) -> None:
    project.write(HANGING)
    (project.root / "stubborn").touch()
    build = project.start("build")
    project.await_file("started")

    build.send_signal(signal.SIGINT)
    build.await_errors("stopping")
    build.send_signal(signal.SIGINT)

    assert build.wait() == -signal.SIGINT
    await_condition(lambda: not processes_of_workers(project), "the end of the workers", every=0.02)


def processes_of_workers(project: Project) -> list[int]:
    """Return what runs in the project's folder, without what the nodes have started."""
    return [pid for pid in project.processes() if not command_of(pid).startswith(("sh", "sleep"))]


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def check_recovery(project: Project) -> None:
    """After a stop: nothing runs, nothing is left, what was done stands, and the next build does the rest."""
    assert project.processes() == []
    assert project.leftovers() == []
    assert not (project.root / "data/hanging.json").exists()
    (project.root / "fast").touch()
    project.run("build")
    assert project.output("hanging.json").strip() == "2"
    assert project.ran() == Counter({"quick": 1, "hanging": 2})


SHARED = """
keys = StaticPartitionsDefinition([f"k{number:02}" for number in range(24)])

@asset(partitions_def=keys)
def words(context) -> str:
    note(context.partition_key)
    time.sleep(0.02)
    return context.partition_key

@asset
def all_words(words: dict[str, str]) -> int:
    note("all")
    return len(words)
"""


@pytest.mark.parametrize("_round", range(times(1)))
def test_two_builds_at_once_share_the_work(project: Project, _round: int) -> None:
    project.write(SHARED)
    builds = [project.start("build") for _ in range(3)]
    looks = 0
    while any(build.is_running() for build in builds):
        project.run("status")
        looks += 1

    for build in builds:
        build.finish()
    assert looks
    assert project.ran() == Counter([*KEYS, "all"])
    assert "up to date" in project.run("build")
    assert project.output("all_words.json").strip() == "24"
    assert project.leftovers() == []


@pytest.mark.parametrize("_round", range(times(1)))
def test_two_builds_of_other_partitions_run_at_the_same_time(project: Project, _round: int) -> None:
    """Each of the two waits for the other to have started, so they end only if they run at once."""
    project.write(
        """
keys = StaticPartitionsDefinition([f"k{number:02}" for number in range(24)])

@asset(partitions_def=keys)
def words(context) -> str:
    note(context.partition_key)
    if context.partition_key in ("k00", "k12"):
        (HERE / f"{context.partition_key}.started").touch()
        wait_for("k12.started")
        wait_for("k00.started")
    return context.partition_key
"""
    )
    builds = [project.start("build", f"words@{keys}") for keys in ("k00..k11", "k12..k23")]

    for build in builds:
        build.finish()
    assert project.ran() == Counter(KEYS)
    assert "up to date" in project.run("build")


def test_overlapping_builds_run_each_node_once(project: Project) -> None:
    project.write(SHARED)
    builds = [project.start("build", f"words@{keys}") for keys in ("k00..k15", "k08..k23")]

    for build in builds:
        build.finish()
    assert project.ran() == Counter(KEYS)


def test_a_dead_builds_claims_do_not_make_two_waiting_builds_wait_for_each_other(project: Project) -> None:
    project.write(
        """
@asset
def first() -> int:
    note("first")
    if not (HERE / "go").exists():
        (HERE / "started").touch()
        time.sleep(1000)
    return 1

@asset
def second(first: int) -> int:
    note("second")
    return 2

@asset
def third(second: int) -> int:
    note("third")
    return 3
"""
    )
    holder = project.start("build", "first")
    project.await_file("started")
    waiting = [project.start("build") for _ in range(3)]
    for build in waiting:
        build.await_errors("wait")
    (project.root / "go").touch()
    holder.kill()

    for build in waiting:
        build.finish()
    assert project.ran() == Counter({"first": 2, "second": 1, "third": 1})


def test_without_waiting_the_holder_is_named(project: Project) -> None:
    project.write(HANGING)
    holder = project.start("build", "hanging")
    project.await_file("started")

    refused = project.run("build", "--no-wait", expect=4)
    impatient = project.run("build", "--lock-timeout", "1s", expect=4)

    for printed in (refused, impatient):
        assert str(holder.pid) in printed
        assert os.uname().nodename in printed
        assert f"build hanging --project {project.root}" in printed
        assert "since 2" in printed
    holder.kill()
    project.await_end_of_processes()
    (project.root / "fast").touch()
    project.run("build", "--no-wait")


@pytest.mark.system
def test_a_full_disk_fails_the_node_that_filled_it(project: Project) -> None:
    project.write(DISK.replace("SIZE", "10"))
    with tmpfs(project.root / "data", size="1m") as mounted:
        if not mounted:
            pytest.skip("mounting a tmpfs is refused here")
        project.run("build")
        project.write(DISK.replace("SIZE", "3_000_000"))
        (project.root / "source.txt").write_text("2")

        printed = project.run("build", expect=1)

        assert "no space left on device" in printed
        assert str(project.root / "data") in printed
        assert len(project.output("big.json").strip()) == 12, "the old output stands"
        assert project.output("other.json").strip() == '"2"', "others went on"
        assert project.leftovers() == []


DISK = """
source = FileSource("source", "source.txt")
(HERE / "source.txt").exists() or (HERE / "source.txt").write_text("1")

@asset
def big() -> str:
    return "x" * SIZE

@asset
def other(source: Path) -> str:
    return source.read_text()
"""


def skip_without_strace() -> None:
    if shutil.which("strace") is None:
        pytest.skip("there is no strace")
    if subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, check=False).returncode:
        pytest.skip("tracing processes is refused here")


@pytest.mark.system
@pytest.mark.parametrize("call", ["rename", "fsync", "fdatasync"])
def test_killed_at_every_call_and_the_input_put_back_nothing_wrong_is_fresh(project: Project, call: str) -> None:
    skip_without_strace()
    project.write(
        """
source = FileSource("source", "source.txt")

@asset
def one(source: Path) -> str:
    return source.read_text()

@asset
def two(one: str) -> str:
    return one * 2

@asset
def three(two: str) -> str:
    return two * 2
"""
    )
    (project.root / "source.txt").write_text("a")
    project.run("build")
    for number in range(1, 100):
        (project.root / "source.txt").write_text("b")
        traced = project.start("build", traced=True)
        inject = f"inject={call}:signal=KILL:when={number}"
        watching = ["strace", "-qq", "-o", os.devnull, "-e", f"trace={call}", "-e", inject, "-p", str(traced.pid)]
        with subprocess.Popen(watching):
            traced.wait()
        project.await_end_of_processes()
        (project.root / "source.txt").write_text("a")
        project.run("build")

        assert [project.output(f"{name}.json").strip() for name in ("one", "two", "three")] == ['"a"', '"aa"', '"aaaa"']
        assert project.leftovers() == []
        if traced.returncode == 0:
            break
    assert number > 1 or call == "fdatasync", "the build was never killed"


TRACED = re.compile(
    r"(?P<pid>\d+) +(?:<\.\.\. (?P<resumed>\w+) resumed>|(?P<call>\w+)\((?P<what>[^)]*?)(?: <unfinished|\)))(?P<end>.*)"
)


def list_steps(trace: Path) -> Iterator[tuple[str, str]]:
    """Return call and arguments, of fsync and fdatasync when they are done, of rename when it begins."""
    begun: dict[str, tuple[str, str]] = {}
    for line in trace.read_text().splitlines():
        found = TRACED.match(line)
        if found is None:
            continue
        call, pid = found["call"], found["pid"]
        if call == "rename":
            yield call, found["what"]
        elif call is not None and "<unfinished" in line:
            begun[pid] = call, found["what"]
        elif call is not None and found["end"].strip() == "= 0":
            yield call, found["what"]
        elif found["resumed"] is not None and pid in begun and line.endswith("= 0"):
            yield begun.pop(pid)


@pytest.mark.system
def test_every_file_of_a_batch_is_durable_before_it_is_renamed_and_named_before_it_is_recorded(
    project: Project, tmp_path: Path
) -> None:
    skip_without_strace()
    project.write(
        """
keys = StaticPartitionsDefinition([f"k{number:02}" for number in range(24)])

@asset(partitions_def=keys)
def words(context) -> str:
    return context.partition_key

@asset
def one(words: dict[str, str]) -> int:
    return len(words)

@asset
def two(words: dict[str, str]) -> int:
    return len(words)
"""
    )
    trace = tmp_path / "trace"
    traced = ("strace", "-f", "-y", "-s", "999", "-o", str(trace), "-e", "trace=fsync,fdatasync,rename")
    project.start_real("build", under=traced).finish()

    durable: set[str] = set()
    renamed: list[str] = []
    unsure: set[str] = set()
    commits = 0
    for call, what in list_steps(trace):
        if call == "rename":
            temporary, final = re.findall(r'"([^"]*)"', what)
            if "/data/" in final:
                assert temporary in durable, f"{final} was not durable when it got its name"
                renamed.append(final)
                unsure.add(os.path.dirname(final))
            continue
        path = what.partition("<")[2].rstrip(">").removesuffix("(deleted)")
        durable.add(path)
        unsure.discard(path)
        if "state.duckdb" in path:
            commits += 1
            assert not unsure, f"recorded before the names in {unsure} were durable"
    assert len(renamed) == 26
    assert commits >= 3


HOSTILE = [
    "../../x",
    "/abs",
    "a/b",
    "..",
    ".hidden",
    "A",
    "a",
    "v1.2",
    "v1",
    "é",
    "x" * 300,
    "x" * 299 + "y",
    "'; drop table traces; --",
    "100%",
    "con",
    " ",
    "$(touch pwned)",
]


def test_hostile_partition_keys_stay_under_the_root(project: Project) -> None:
    project.write(
        f"""
KEYS = {HOSTILE!r}

@asset(partitions_def=StaticPartitionsDefinition(KEYS))
def words(context) -> str:
    note("run")
    return context.partition_key

@asset
def back(words: dict[str, str]) -> bool:
    return words == {{key: key for key in KEYS}}
"""
    )
    project.root.parent.joinpath("fence").mkdir()
    outside = snapshot(project.root.parent)
    project.run("build")

    assert project.ran() == Counter({"run": len(HOSTILE)})
    assert project.output("back.json").strip() == "true"
    assert len([*(project.root / "data/words").iterdir()]) == len(HOSTILE)
    assert snapshot(project.root.parent) == outside
    assert not Path("/abs").exists()
    assert "up to date" in project.run("build")


def snapshot(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} | {path.name for path in folder.parent.iterdir()}


@pytest.mark.parametrize("key", ["a\nb", "a\0b", "\x1b[31m", "e\u0301"])
def test_control_characters_and_second_spellings_in_keys_are_refused(project: Project, key: str) -> None:
    project.write(f"@asset(partitions_def=StaticPartitionsDefinition([{key!r}]))\ndef words() -> int:\n    return 1\n")

    project.run("build", expect=2)

    assert not (project.root / "data").exists()


def test_no_process_of_any_test_is_left(project: Project) -> None:
    project.write(PARTITIONED)
    (project.root / "source.txt").write_text("0")
    project.start_real("build").finish()

    assert find_processes(project.root) == []
