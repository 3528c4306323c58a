"""A build with nothing to do answers from memory: at once, with the same line, and only while nothing has moved."""

from __future__ import annotations

import json
import marshal
import os
import subprocess
import sys
import zlib
from array import array
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assetmake import __version__
from assetmake.cli import shortcut
from assetmake.cli.commands import assetmake
from assetmake.cli.context import ARGUMENTS
from assetmake.cli.remembering import find_rememberable
from assetmake.cli.shortcut import answer_at_once
from assetmake.discovery.recall.inputs import stamp_of
from assetmake.storage.standing import ANSWERS_FOLDER, find_answer, keep_answer
from restoring import keep_times, restored
from ticks import wait_for_tick

ASSETS = """
from pathlib import Path

from assetmake import DailyPartitionsDefinition, FileSource, StaticPartitionsDefinition, asset

raw = FileSource("raw", "raw/a.csv")
later = FileSource("later", "later/{partition_key}.csv", partitions_def=StaticPartitionsDefinition(["x", "y"]))
several = FileSource("several", "several/**/*.csv")
days = FileSource("days", "days/{partition_key}.csv")


@asset
def size(raw: Path) -> int:
    return len(raw.read_text())


@asset
def total(several: list[Path]) -> int:
    return len(several)


@asset(deps=[later])
def dated() -> int:
    return 1


@asset(partitions_def=days.partitions_def)
def of_day(days: Path) -> int:
    return len(days.read_text())


@asset(partitions_def=DailyPartitionsDefinition("2026-01-01", end_offset=-300))
def daily() -> int:
    return 1
"""
FILES = {
    "assets.toml": "",
    "assets.py": ASSETS,
    "raw/a.csv": "a",
    "several/deep/a.csv": "a",
    "days/x.csv": "a",
    "later/x.csv": "a",
}
RUN = """
import json, sys, time
from assetmake import clock
from datetime import timedelta
read, read_now = time.time_ns, clock.now
time.time_ns = lambda: read() + 3600 * 10**9
clock.now = lambda: read_now() + timedelta(hours=1)
from assetmake.discovery.recall import discover
discover._CHILD = "later_child"
from assetmake.cli import main
codes = []
for words in json.loads(sys.argv[1]):
    sys.argv[1:] = words
    codes.append(main(words))
sys.exit(max(codes))
"""
CHILD = """
import sys
from assetmake import clock
read = clock.now_ns
clock.now_ns = lambda: read() + 3600 * 10**9
from assetmake.discovery.recall.child import main
main(sys.argv[1:])
"""


class Shop:
    """A project that was built, in commands for which it is an hour later; what had just changed is not remembered."""

    def __init__(self, root: Path, library: Path) -> None:
        self.root = root
        self.path = os.pathsep.join(filter(None, [str(library), os.environ.get("PYTHONPATH", "")]))

    def run(self, *commands: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run commands, one after another, in one process."""
        return subprocess.run(
            [sys.executable, "-c", RUN, json.dumps([command.split() for command in commands])],
            cwd=self.root,
            env=self.environment(env),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def find(self, *words: str, now: datetime | None = None, env: Mapping[str, str] | None = None) -> object:
        moment = (now or datetime.now(UTC)).timestamp() + 3600
        return find_answer(str(self.root), words, environment=self.environment(env), now=int(moment * 10**9))

    def environment(self, changed: Mapping[str, str] | None = None) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if name != "ASSETMAKE_ENV"}
        return {**ours, "PYTHONPATH": self.path, **(changed or {})}

    def look_again(self) -> None:
        """Have the answers rest on what is there now, as if builds had just planned."""
        for file in (self.root / ANSWERS_FOLDER).iterdir():
            kept = list(marshal.loads(file.read_bytes()[4:]))
            seen = [os.stat(path) for path in kept[11].split(b"\0")]
            numbers = [number for each in seen for number in stamp_of(each)]
            body = marshal.dumps((*kept[:12], array("q", numbers).tobytes()))
            file.write_bytes(zlib.crc32(body).to_bytes(4, "big") + body)

    def write(self, name: str, text: str = "b") -> None:
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    folder = tmp_path_factory.mktemp("shop").resolve()
    library = folder / "site-packages"
    library.mkdir()
    (library / "later_child.py").write_text(CHILD)
    shop = Shop(folder / "project", library)
    for name, text in FILES.items():
        shop.write(name, text)
    done = shop.run("build", "build", "build", "build -q", "build size total")
    assert done.returncode == 0, done.stderr
    assert shop.find("build") is not None, done.stdout
    return shop


def test_the_answer_is_the_same_line_without_a_plan(shop: Shop) -> None:
    code = """
import sys, time
read = time.time_ns
time.time_ns = lambda: read() + 3600 * 10**9
before = set(sys.modules)
from assetmake.cli import main
status = main(["build"])
print(status, sorted({name.partition(".")[0] for name in set(sys.modules) - before}))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=shop.root,
        env=shop.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    line, told = done.stdout.splitlines()
    assert told.startswith("0 ")
    heavy = {
        "click",
        "duckdb",
        "pyarrow",
        "typing",
        "dataclasses",
        "pathlib",
        "re",
        "enum",
        "inspect",
        "json",
        "pickle",
    }
    assert [name for name in heavy if f"'{name}'" in told] == []
    assert line.partition(" (")[0] == shop.run("build -j 1").stdout.partition(" (")[0]


# ---------------------------------------------------------------------- what it rests on


def delete(name: str) -> Callable[[Shop], object]:
    return lambda shop: (shop.root / name).unlink()


def rewrite(name: str, text: str) -> Callable[[Shop], object]:
    return lambda shop: keep_times(shop.root / name, text)


def replace(name: str) -> Callable[[Shop], object]:
    def edit(shop: Shop) -> None:
        (shop.root / "copy").write_bytes((shop.root / name).read_bytes())
        os.replace(shop.root / "copy", shop.root / name)

    return edit


EDITS: dict[str, Callable[[Shop], object]] = {
    "output edited, same size and time": rewrite("data/size.json", "9"),
    "output edited": lambda shop: shop.write("data/size.json", "99"),
    "output deleted": delete("data/size.json"),
    "output of a partition deleted": delete("data/of_day/x.json"),
    "output replaced": replace("data/size.json"),
    "source touched": lambda shop: os.utime(shop.root / "raw/a.csv"),
    "source edited, same size and time": rewrite("raw/a.csv", "b"),
    "source deleted": delete("raw/a.csv"),
    "missing source created": lambda shop: shop.write("later/y.csv"),
    "file in a folder of a glob": lambda shop: shop.write("several/new.csv"),
    "file in a nested folder of a glob": lambda shop: shop.write("several/deep/new.csv"),
    "file in a new folder of a glob": lambda shop: shop.write("several/other/deeper/new.csv"),
    "file of a template": lambda shop: shop.write("days/y.csv"),
    "file of a template deleted": delete("days/x.csv"),
    "configuration": lambda shop: shop.write("assets.toml", "# comment\n"),
    "configuration of the same size and time": rewrite("assets.toml", ""),
    "module": lambda shop: shop.write("assets.py", ASSETS + "\n"),
    "new module": lambda shop: shop.write("assets/more.py", ""),
    "state replaced by a copy": replace(".assetmake/state.duckdb"),
    "state deleted": delete(".assetmake/state.duckdb"),
    "log of the state": lambda shop: shop.write(".assetmake/state.duckdb.wal"),
}


@pytest.mark.parametrize("name", EDITS)
def test_whatever_it_rests_on_is_seen_to_move(shop: Shop, name: str) -> None:
    wait_for_tick(shop.root.parent)
    with restored(shop.root):
        EDITS[name](shop)
        assert shop.find("build") is None
    shop.look_again()
    assert shop.find("build") is not None


@pytest.mark.parametrize("name", ["days/notes", "data/daily/notes"])
def test_a_file_beside_moves_it_only_where_a_folder_was_searched(shop: Shop, name: str) -> None:
    wait_for_tick(shop.root.parent)
    with restored(shop.root):
        shop.write(name)
        assert (shop.find("build") is None) == name.startswith("days")
    shop.look_again()


def test_it_stands_until_a_window_ends(shop: Shop) -> None:
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    if midnight - datetime.now(UTC) < timedelta(hours=1, minutes=1):  # an hour later it is tomorrow
        midnight += timedelta(days=1)
    assert shop.find("build", now=midnight - timedelta(hours=1, seconds=1)) is not None
    assert shop.find("build", now=midnight - timedelta(hours=1)) is None
    assert shop.find("build", now=datetime.now(UTC) - timedelta(days=1)) is None


def test_what_has_no_windows_stands_for_ever(shop: Shop) -> None:
    assert shop.find("build", "size", "total", now=datetime(2100, 1, 1, tzinfo=UTC)) is not None


@pytest.mark.parametrize(
    "variable", ["ASSETMAKE_ENV", "PYTHONPATH", "PYTHONOPTIMIZE", "PYTHONUTF8", "PYTHONNOUSERSITE", "TZ"]
)
def test_variables_that_choose_what_is_configured_or_imported_move_it(shop: Shop, variable: str) -> None:
    assert shop.find("build") is not None
    assert shop.find("build", env={variable: "Asia/Tokyo"}) is None


@pytest.mark.parametrize(
    "words", ["build -f", "build --json", "build -n", "build --check", "build total", "plan", "-q build"]
)
def test_other_words_have_no_answer(shop: Shop, words: str) -> None:
    assert shop.find(*words.split()) is None


def test_quiet_is_silent(shop: Shop) -> None:
    assert shop.find("build", "-q") is not None
    done = shop.run("build -q")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_writer_of_the_state_leaves_no_answer(shop: Shop) -> None:
    for command in ("invalidate size --reason x", "accept size --reason x", "build -f dated"):
        with restored(shop.root):
            shop.look_again()
            assert shop.find("build") is not None
            assert shop.run(command).returncode == 0
            assert shop.find("build") is None
            assert shop.find("build", "-q") is None
            assert list((shop.root / ANSWERS_FOLDER).iterdir()) == []
    shop.look_again()
    assert shop.find("build") is not None


# ---------------------------------------------------------------------- which command lines


@pytest.mark.parametrize(
    ("words", "rememberable"),
    [
        ("build", True),
        ("build -q", True),
        ("build size total", True),
        ("build -s +total --exclude size -j 2 -k", True),
        ("build --only size", True),
        ("build --partition 2026-01-01 daily", True),
        ("build daily@latest", True),
        ("build --job nightly", True),
        ("build --verify none", True),
        ("--project . build", True),
        ("build --env prod", True),
        ("build -v", True),
        ("build -f", False),
        ("build --force", False),
        ("build --json", False),
        ("build -n", False),
        ("build --dry-run", False),
        ("build --check", False),
        ("build --no-cache", False),
        ("--no-cache build", False),
        ("build -c size.limit=3", False),
        ("build --config run.json", False),
        ("build @terms.txt", False),
        ("build @./terms", False),
        ("build -s @a/b", False),
    ],
)
def test_only_what_rests_on_the_plan_alone_is_remembered(words: str, rememberable: bool) -> None:
    found: list[tuple[str, ...] | None] = []
    given = tuple(words.split())
    with assetmake.make_context("assetmake", list(given)) as group:
        group.meta[ARGUMENTS] = given
        name, command, rest = assetmake.resolve_command(group, [*group._protected_args, *group.args])
        assert command is not None
        with command.make_context(name, rest, parent=group) as ctx:
            found.append(find_rememberable(ctx))
    assert found == [given if rememberable else None]


def test_each_option_of_build_was_thought_of() -> None:
    """A new one decides more than the plan until somebody says that it does not: then it is not remembered."""
    from assetmake.cli.build import build
    from assetmake.cli.remembering import _HARMLESS

    names = {parameter.name for parameter in (*build.params, *assetmake.params)}
    assert names >= _HARMLESS
    assert names - _HARMLESS == {
        "dry_run",
        "check",
        "force",
        "as_json",
        "max_partitions",
        "time_budget",
        "shard",
        "plan_file",
        "junit",
        "github",
        "summary_md",
        "no_cache",
        "version",
        "overrides",
        "config_file",
    }


# ---------------------------------------------------------------------- answering


@pytest.fixture
def known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project whose `build` and `build -q` have answers, and stand in it."""
    root = tmp_path.resolve() / "project"
    (root / "below").mkdir(parents=True)
    (root / "assets.toml").write_text("")
    for words, is_told in ((("build",), True), (("build", "-q"), False), (("--project", str(root), "build"), True)):
        keep_answer(
            str(root),
            words,
            (2, 1234, is_told),
            made_at=0,
            until=None,
            salt="",
            variables={},
            absent=[],
            present={},
            links={},
            stamps={},
        )
    monkeypatch.chdir(root)
    monkeypatch.setattr(shortcut, "seconds_since_start", lambda: 0.18)
    return root


LINE = "up to date: 2 assets, 1,234 partitions (0.18s)\n"


def test_the_line_is_said(known: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert answer_at_once(["build"]) == 0
    assert answer_at_once(["build", "-q"]) == 0
    assert capsys.readouterr() == (LINE, "")


def test_it_is_said_in_a_folder_below_and_from_elsewhere(
    known: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(known / "below")
    assert answer_at_once(["build"]) == 0
    monkeypatch.chdir("/")
    assert answer_at_once(["build"]) is None
    assert answer_at_once(["--project", str(known), "build"]) == 0
    assert answer_at_once([f"--project={known}", "build"]) is None
    assert capsys.readouterr().out == LINE * 2


def test_by_a_link_it_is_the_same_project(
    known: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (known.parent / "link").symlink_to(known)
    monkeypatch.chdir(known.parent / "link")
    assert answer_at_once(["build"]) == 0
    assert capsys.readouterr().out == LINE


@pytest.mark.parametrize(
    "arguments",
    [[], ["plan"], ["build", "-n"], ["--project", "nowhere", "build"], ["build", "--project"], ["--project=", "build"]],
)
def test_other_commands_take_the_long_way(known: Path, arguments: list[str]) -> None:
    assert known.exists()
    assert answer_at_once(arguments) is None


def test_a_nearer_project_is_another(known: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (known / "below/assets.toml").write_text("")
    monkeypatch.chdir(known / "below")
    assert answer_at_once(["build"]) is None


def test_without_its_configuration_there_is_no_project(known: Path) -> None:
    (known / "assets.toml").unlink()
    assert answer_at_once(["build"]) is None


def test_from_a_folder_that_is_gone_it_takes_the_long_way(known: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (known / "below/gone").mkdir()
    monkeypatch.chdir(known / "below/gone")
    (known / "below/gone").rmdir()
    assert answer_at_once(["build"]) is None


def test_the_version_is_told_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert answer_at_once(["--version"]) == 0
    assert capsys.readouterr().out == f"assetmake {__version__}\n"
    assert answer_at_once(["--version", "build"]) is None


class Closed:
    """A stream that nobody reads any more."""

    def write(self, _: str) -> int:
        raise BrokenPipeError

    def flush(self) -> None:
        raise BrokenPipeError


def test_where_nobody_reads_the_long_way_has_a_word_for_it(known: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert known.exists()
    monkeypatch.setattr(sys, "stdout", Closed())
    assert answer_at_once(["build"]) is None
    monkeypatch.setattr(sys, "stdout", None)
    assert answer_at_once(["build"]) is None
