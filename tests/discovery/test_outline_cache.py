"""What is read out of a project's files is kept by their text: an unchanged file is not parsed again."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path

import pytest

from assetmake.discovery import fingerprint
from assetmake.discovery.code import outline, scopes
from assetmake.discovery.code.outline import Outline
from assetmake.discovery.code.outline_cache import OutlineCache
from assetmake.discovery.manifest import Manifest
from fresh import run_command

Write = Callable[..., None]
Discover = Callable[[], Manifest]

ASSETS = """
    from assetmake import asset
    from tools.shapes import Shape, scaled
    from tools.values import LIMIT, pick

    @asset
    def plain() -> int:
        return LIMIT

    @asset
    def shaped(plain: int) -> int:
        import tools.later as later
        return Shape(scaled(plain)).area() + later.late(pick(plain))
"""
SHAPES = """
    import functools
    from tools.values import *

    def twice(function):
        @functools.wraps(function)
        def call(x):
            return function(function(x))
        return call

    @twice
    def scaled(x: "int", by: float = LIMIT) -> int:
        return x * by

    class Shape:
        def __init__(self, side):
            self.side = side

        def area(self):
            return self.side ** 2
"""
VALUES = """
    LIMIT = 3
    NAMES = {"a", "b"}
    HOOKS = []
    HOOKS.append(len)
    pick, other = (lambda x: x + LIMIT), (lambda x: x - LIMIT)
"""
LATER = """
    from tools.values import pick as chosen

    if chosen:
        def late(x): return chosen(x) + 1
    else:
        def late(x): return eval("x")
"""
PARSED_FILES = {"assets.py", "tools/shapes.py", "tools/values.py", "tools/later.py"}


class Parses:
    """Counts the texts that are parsed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.texts: list[str] = []
        parse = outline.parse_source

        def count(text: str) -> object:
            self.texts.append(text)
            return parse(text)

        monkeypatch.setattr(outline, "parse_source", count)

    def take(self, root: Path) -> set[str]:
        """Return the files that were parsed since this was last asked."""
        texts, self.texts = self.texts, []
        return {path.relative_to(root).as_posix() for path in root.rglob("*.py") if path.read_text() in texts}


@pytest.fixture
def parses(monkeypatch: pytest.MonkeyPatch) -> Parses:
    return Parses(monkeypatch)


@pytest.fixture
def project(root: Path, write: Write) -> Path:
    (root / "assets.toml").write_text('[project]\nmodules = ["assets"]\n')
    write("assets.py", ASSETS)
    write("tools/__init__.py")
    write("tools/shapes.py", SHAPES)
    write("tools/values.py", VALUES)
    write("tools/later.py", LATER)
    return root


def find_cache(root: Path) -> Path:
    return root / ".assetmake/cache/outlines.json"


def read(manifest: Manifest) -> object:
    """Return all that is known of the code."""
    assert manifest.failures == ()
    return [(str(each.key), each.fingerprint) for each in manifest.assets], manifest.code, manifest.texts


def test_what_is_unchanged_is_not_parsed_again(project: Path, discover: Discover, parses: Parses) -> None:
    first = discover()
    assert parses.take(project) == PARSED_FILES

    again = discover()
    assert parses.take(project) == set()
    assert parses.texts == []
    assert read(again) == read(first)


def test_only_the_file_that_is_edited_is_parsed(
    project: Path, write: Write, discover: Discover, parses: Parses
) -> None:
    first = discover()
    parses.take(project)
    write("tools/values.py", VALUES.replace("LIMIT = 3", "LIMIT = 4"))

    edited = discover()
    assert parses.take(project) == {"tools/values.py"}
    assert read(edited) != read(first)

    write("tools/values.py", VALUES)
    assert read(discover()) == read(first)
    assert parses.take(project) == {"tools/values.py"}, "only the texts of the last discovery are kept"


def test_an_edit_among_two_hundred_files_costs_one(
    root: Path, write: Write, discover: Discover, parses: Parses
) -> None:
    (root / "assets.toml").write_text('[project]\nmodules = ["assets"]\n')
    imports = "".join(f"from m{number} import f{number}\n" for number in range(200))
    calls = " + ".join(f"f{number}()" for number in range(200))
    (root / "assets.py").write_text(
        f"from assetmake import asset\n{imports}@asset\ndef a() -> int:\n    return {calls}\n"
    )
    for number in range(200):
        write(f"m{number}.py", f"def f{number}(): return {number}\n")
    discover()
    assert len(parses.take(root)) == 201

    write("m7.py", "def f7(): return 8\n")
    discover()
    assert parses.take(root) == {"m7.py"}


def test_a_new_process_reads_what_another_one_kept(project: Path, discover: Discover, parses: Parses) -> None:
    run_command(project, "plan")

    discover()
    assert parses.texts == []


def test_nothing_is_written_when_nothing_was_learned(project: Path, discover: Discover) -> None:
    discover()
    before = find_cache(project).stat()
    discover()
    after = find_cache(project).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


@pytest.mark.parametrize("eighth", range(8))
def test_a_cut_cache_changes_nothing_and_is_written_again(
    project: Path, discover: Discover, parses: Parses, eighth: int
) -> None:
    first = discover()
    file = find_cache(project)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) * eighth // 8])
    parses.take(project)

    assert read(discover()) == read(first)
    assert parses.take(project) == PARSED_FILES
    assert file.read_bytes() == whole


def test_a_digest_altered_in_the_cache_is_noticed(project: Path, discover: Discover) -> None:
    first = discover()
    file = find_cache(project)
    identity = Outline((project / "tools/shapes.py").read_text()).find_named("scaled")[0].body.identity
    assert identity.encode() in file.read_bytes()
    file.write_bytes(file.read_bytes().replace(identity.encode(), identity[::-1].encode()))

    assert read(discover()) == read(first)


def test_a_foreign_cache_changes_nothing(project: Path, discover: Discover) -> None:
    first = discover()
    find_cache(project).write_text('{"assetmake": [1, 2]}\n')
    assert read(discover()) == read(first)


def test_a_cache_of_another_scheme_is_not_used(
    project: Path, discover: Discover, parses: Parses, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = discover()
    parses.take(project)
    monkeypatch.setattr(fingerprint, "SCHEME", fingerprint.SCHEME + 1)

    assert read(discover()) == read(first)
    assert parses.take(project) == PARSED_FILES


def test_a_cache_of_another_python_is_not_used(
    project: Path, discover: Discover, parses: Parses, monkeypatch: pytest.MonkeyPatch
) -> None:
    discover()
    parses.take(project)
    monkeypatch.setattr(sys, "implementation", types.SimpleNamespace(**{**vars(sys.implementation), "cache_tag": "x"}))

    discover()
    assert parses.take(project) == PARSED_FILES


def test_a_folder_that_cannot_be_written_is_done_without(project: Path, discover: Discover) -> None:
    first = discover()
    find_cache(project).unlink()
    (project / ".assetmake/cache").rmdir()
    (project / ".assetmake/cache").write_text("in the way")  # what holds for root too, unlike a mode

    assert read(discover()) == read(first)


def test_files_that_are_gone_are_forgotten(project: Path, write: Write, discover: Discover) -> None:
    discover()
    size = find_cache(project).stat().st_size
    write("assets.py", "from assetmake import asset\n@asset\ndef plain() -> int: return 1\n")
    discover()
    assert find_cache(project).stat().st_size < size / 2


def test_processes_that_write_at_once_leave_a_whole_cache(project: Path, discover: Discover, parses: Parses) -> None:
    command = [sys.executable, "-m", "assetmake", "plan"]
    running = [subprocess.Popen(command, cwd=project, stdout=subprocess.DEVNULL) for _ in range(3)]
    assert [process.wait() for process in running] == [0, 0, 0]

    discover()
    assert parses.texts == []
    kinds = sorted(re.split(r"[-.]", name)[0] for name in os.listdir(project / ".assetmake/cache"))
    assert kinds == ["code", "manifest", *["names"] * 7, "outlines"]


def list_codes(code: types.CodeType) -> list[types.CodeType]:
    inner = [each for each in code.co_consts if isinstance(each, types.CodeType)]
    return [*inner, *(further for each in inner for further in list_codes(each))]


@pytest.mark.parametrize("text", [SHAPES, VALUES, LATER, ASSETS, "", "x = [lambda: 1, lambda: 1]; x[0] = 'ä\\ud800'\n"])
def test_every_answer_is_the_same_from_the_cache(tmp_path: Path, parses: Parses, text: str) -> None:
    text = "\n".join(line.removeprefix("    ") for line in text.splitlines()) + "\n"
    codes = list_codes(compile(text, "file.py", "exec"))
    names = ["scaled", "Shape", "Shape.area", "late", "twice.<locals>.call", "absent"]

    def ask(asked: Outline) -> object:
        found = [asked.find_function(code) for code in codes], [asked.find_named(name) for name in names]
        return found, dict(asked.bindings), asked.stars, asked.digest

    plain = ask(Outline(text))
    for _ in range(2):
        cache = OutlineCache(tmp_path / "outlines.json")
        assert ask(cache.open(text)) == plain
        cache.save()
    assert len(parses.texts) == 2, "once without the cache, and once with it"


def test_what_is_nested_too_deeply_is_not_kept(tmp_path: Path, parses: Parses) -> None:
    text = f"def f(x):\n    return {' + '.join(['x'] * 900)}\ndef g(x): return x\n"
    cache = OutlineCache(tmp_path / "outlines.json")
    opened = cache.open(text)
    (deep,), (flat,) = opened.find_named("f"), opened.find_named("g")
    assert deep.body.unfollowed == (scopes.TOO_DEEP,)
    assert flat.body.unfollowed == ()
    cache.save()

    again = OutlineCache(tmp_path / "outlines.json").open(text)
    assert again.find_named("g") == (flat,)
    assert parses.texts == [text], "what is kept needs no tree"
    assert again.find_named("f") == (deep,)
    assert parses.texts == [text, text]
