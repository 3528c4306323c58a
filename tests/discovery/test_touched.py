"""What an edit touches in a git repository: which assets, sources and keys, and what is said where git cannot tell."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from assetmake.discovery.manifest import Manifest
from assetmake.discovery.recall.reads import Reads
from assetmake.discovery.revisions.source_files import match_source
from assetmake.discovery.revisions.touched import Touched, find_touched
from assetmake.errors import SelectionError
from repository import commit, git, start_repository

FILES = {
    "assets.py": """
        from assetmake import ConfigurableResource, Definitions, FileSource, asset
        from helpers import clean
        from tools import shape

        letters = FileSource("letters", "in/letters-{partition_key}.txt")
        notes = FileSource("notes", "in/notes/*.txt")


        class Store(ConfigurableResource):
            path: str


        @asset
        def orders() -> int:
            return clean(1)

        @asset(deps=["orders"])
        def report() -> int:
            return shape(2)

        @asset(code_version="1")
        def pinned() -> int:
            return clean(3)

        @asset
        def kept(store: Store) -> str:
            return store.path

        @asset(partitions_def=letters.partitions_def)
        def read(letters) -> str:
            return letters.read_text()

        @asset
        def all_notes(notes) -> int:
            return len(notes)


        def make(number):
            @asset(name=f"made_{number}")
            def made() -> int:
                return number
            return made

        one = make(1)
        two = make(2)
        defs = Definitions(resources={"store": Store(path="a"), "other": Store(path="b")})
        """,
    "helpers.py": """
        from pack.deep import LIMIT

        def clean(value):
            return value + LIMIT

        def unused():
            return 1
        """,
    "tools.py": """
        def shape(value):
            return value
        """,
    "pack/__init__.py": '"""Nothing."""\n',
    "pack/deep.py": "LIMIT = 5\nOTHER = 6\n",
    "in/letters-a.txt": "a",
    "in/letters-b c.txt": "b",
    "in/notes/one.txt": "1",
}
Write = Callable[..., None]
Find = Callable[..., Touched]


@pytest.fixture
def find(root: Path, write: Write, discover: Callable[[], Manifest]) -> Find:
    """Write the project, commit it, and return what finds what was edited since."""
    for file, text in FILES.items():
        write(file, text)
    (root / "assets.toml").write_text('[resources.other]\npath = "c"\n')
    start_repository(root)

    def find_now(ref: str = "HEAD") -> Touched:
        manifest = discover()
        assert manifest.failures == ()
        given = {"records": manifest.assets, "sources": manifest.sources, "code": manifest.code}
        return find_touched(ref, root=root, **given, reads=Reads())

    return find_now


def names(found: Touched) -> str:
    return " ".join(sorted(map(str, found.records)))


@pytest.mark.parametrize(
    ("file", "old", "new", "touched"),
    [
        ("assets.py", "clean(1)", "clean(2)", "orders"),
        ("assets.py", "clean(3)", "clean(4)", ""),
        ("assets.py", 'code_version="1"', 'code_version="2"', "pinned"),
        ("assets.py", "def orders() -> int:", 'def orders() -> int:\n    """All."""  # yes', ""),
        ("assets.py", 'deps=["orders"]', 'deps=["orders"], description="d", tags={"a": "b"}', ""),
        ("assets.py", 'deps=["orders"]', 'deps=["orders", "kept"]', "report"),
        ("assets.py", "make(2)", "make(3)", "made_1 made_3"),
        ("assets.py", "return number", "return -number", "made_1 made_2"),
        ("assets.py", 'Store(path="a")', 'Store(path="z")', "kept"),
        ("assets.py", 'Store(path="b")', 'Store(path="z")', ""),
        ("assets.py", '"in/notes/*.txt"', '"in/notes/one.*"', "all_notes"),
        ("assets.py", "from helpers import clean", "from tools import shape as clean", "orders"),
        ("helpers.py", "value + LIMIT", "LIMIT + value", "orders"),
        ("helpers.py", "return 1", "return 2", ""),
        ("pack/deep.py", "LIMIT = 5", "LIMIT = 50", "orders"),
        ("pack/deep.py", "OTHER = 6", "OTHER = 60", ""),
        ("pack/__init__.py", "Nothing", "Something", ""),
        ("tools.py", "def shape(value):\n    return value", "def shape(value):\n    return [value][0]", "report"),
        ("assets.toml", '"c"', '"d"', ""),
        ("assets.toml", "[resources.other]", "[resources.store]", "kept"),
        ("assets.toml", "[resources", '[staleness]\nenvironment = ["pip"]\n[resources', "*"),
    ],
)
def test_an_edit_touches(root: Path, find: Find, file: str, old: str, new: str, touched: str) -> None:
    text = (root / file).read_text()
    assert text.count(old) == 1, old
    (root / file).write_text(text.replace(old, new))
    everything = "all_notes kept made_1 made_2 orders pinned read report"
    assert names(find()) == (everything if touched == "*" else touched)
    commit(root)
    assert names(find()) == ""
    assert names(find("HEAD~1")) == (everything if touched == "*" else touched), "committed or not"


def test_what_is_moved_is_not_touched_where_it_stays_the_same(root: Path, find: Find) -> None:
    git(root, "mv", "helpers.py", "moved.py")
    (root / "assets.py").write_text((root / "assets.py").read_text().replace("from helpers", "from moved"))
    assert names(find()) == ""
    (root / "moved.py").write_text((root / "moved.py").read_text().replace("value + LIMIT", "value - LIMIT"))
    assert names(find()) == "orders"


def test_a_helper_that_is_deleted_touches_who_used_it(root: Path, find: Find) -> None:
    (root / "tools.py").unlink()
    text = (root / "assets.py").read_text()
    (root / "assets.py").write_text(text.replace("from tools import shape\n", "shape = abs\n"))
    assert names(find()) == "report"


def test_a_module_that_comes_before_another_touches_who_imports_it(root: Path, find: Find, write: Write) -> None:
    write("helpers/__init__.py", "def clean(value):\n    return value\n")
    assert names(find()) == "orders"


def test_new_and_deleted_assets(root: Path, find: Find, write: Write) -> None:
    text = (root / "assets.py").read_text()
    report = text[text.index('@asset(deps=["orders"])') : text.index('@asset(code_version="1")')]
    (root / "assets.py").write_text(text.replace(report, "") + "\n@asset\ndef fresh() -> int:\n    return 1\n")
    found = find()
    assert names(found) == "fresh"
    assert found.gone == ("assets.py::report",)


STAR = "from assetmake import *\n\n@asset\ndef a():\n    return 1\n\n@asset(group_name='g')\ndef b():\n    return 1\n"


def test_what_a_star_import_brings_declares_assets_too(root: Path, find: Find, write: Write) -> None:
    write("assets.toml", "")
    write("assets.py", STAR)
    commit(root)
    write("assets.py", STAR.replace("group_name='g'", "group_name='h'"))
    assert find() == Touched(frozenset(), {}, ())
    write("assets.py", STAR[: STAR.index("\n@asset(group_name")])
    assert find() == Touched(frozenset(), {}, ("assets.py::b",))


def test_a_decorator_of_the_project_that_hides_ours_declares_nothing(root: Path, find: Find, write: Write) -> None:
    write("own.py", "def asset(*_):\n    return lambda function: function\n")
    write("assets.toml", "")
    write("assets.py", STAR.replace("import *", "import *\nfrom own import *").replace("group_name='g'", ""))
    commit(root)
    write("assets.py", "from own import *\n")
    assert find().gone == ()


def test_source_files_and_the_keys_in_their_names(root: Path, find: Find, write: Write) -> None:
    assert find().sources == {}
    write("in/letters-b c.txt", "changed")
    write("in/letters-new.txt", "not known to git")
    (root / "in/letters-a.txt").unlink()
    found = {str(key): keys for key, keys in find().sources.items()}
    assert found == {"letters": {"a", "b c", "new"}}
    write("in/notes/two.txt", "more")
    assert {str(key) for key in find().sources} == {"letters", "notes"}


def test_a_plugin_that_is_gone_touches_what_it_registered_with(root: Path, find: Find, write: Write) -> None:
    text = (root / "assets.py").read_text()
    write("registry.py", "KNOWN = []\n\ndef add(function):\n    KNOWN.append(function)\n    return function\n")
    write(
        "plugs.py",
        "from registry import add\n\n@add\ndef first():\n    return 1\n\n@add\ndef second():\n    return 2\n",
    )
    added = "import plugs\nfrom registry import KNOWN\n\n@asset\ndef plugged() -> int:\n    return len(KNOWN)\n"
    (root / "assets.py").write_text(text + added)
    commit(root)
    write("plugs.py", "from registry import add\n\n@add\ndef first():\n    return 1\n")
    assert names(find()) == "plugged"
    write("plugs.py", "def first():\n    return 1\n")
    assert names(find()) == "plugged"


def test_a_plugin_that_is_new_touches_what_it_registers_with(root: Path, find: Find, write: Write) -> None:
    write("registry.py", "KNOWN = []\n\ndef add(function):\n    KNOWN.append(function)\n    return function\n")
    write("plugs.py", "from registry import add\n")
    write("more.py", "from registry import add\n\n@add\ndef more():\n    return 1\n")
    text = (root / "assets.py").read_text()
    reader = "from registry import KNOWN\n\n@asset\ndef plugged() -> int:\n    return len(KNOWN)\n"
    (root / "assets.py").write_text(f"{text}import plugs\n{reader}")
    commit(root)

    write("plugs.py", "from registry import add\n\n@add\ndef first():\n    return 1\n")
    assert names(find()) == "plugged"

    write("plugs.py", "from registry import add\nimport more\n")
    assert names(find()) == "plugged"


def test_a_value_that_another_module_newly_adds_touches_who_reads_it(root: Path, find: Find, write: Write) -> None:
    write("registry.py", "KNOWN = []\n")
    write("plugs.py", "")
    text = (root / "assets.py").read_text()
    reader = "from registry import KNOWN\n\n@asset\ndef plugged() -> int:\n    return len(KNOWN)\n"
    (root / "assets.py").write_text(f"{text}import plugs\n{reader}")
    commit(root)

    write("plugs.py", "import registry\n\ndef fill():\n    registry.KNOWN.append(1)\n\nfilled = fill()\n")

    assert names(find()) == "plugged"


def test_the_config_of_what_loads_an_input_touches_who_reads_it(root: Path, find: Find) -> None:
    text = (root / "assets.py").read_text()
    manager = """
from assetmake import ConfigurableIOManager

class Files(ConfigurableIOManager):
    path: str

    def handle_output(self, context, obj):
        return None

    def load_input(self, context):
        return self.path

files = Definitions(resources={"files": Files(path="a")})

@asset(io_manager_key="files")
def held() -> int:
    return 1

@asset
def holder(held) -> str:
    return held
"""
    (root / "assets.py").write_text(text + manager)
    (root / "assets.toml").write_text('[resources.files]\npath = "c"\n')
    commit(root)

    (root / "assets.toml").write_text('[resources.files]\npath = "d"\n')

    assert names(find()) == "held holder"


def test_what_only_an_import_finds_touches(root: Path, find: Find, write: Write) -> None:
    text = (root / "assets.py").read_text()
    write("hidden.py", "def seek():\n    return 1\n")
    loading = "def load(name):\n    return __import__(name)\n\nfound = load('hid' + 'den').seek\n"
    added = f"{loading}\n@asset\ndef seeker() -> int:\n    return found()\n"
    (root / "assets.py").write_text(f"{text}\n{added}")
    commit(root)

    write("hidden.py", "def seek():\n    return 2\n")

    assert names(find()) == "seeker"


def test_of_a_package_and_a_module_of_one_name_the_package_counts(root: Path, find: Find, write: Write) -> None:
    text = (root / "assets.py").read_text()
    write("dual/__init__.py", "LIMIT = 1\n")
    write("dual.py", "LIMIT = 2\n")
    (root / "assets.py").write_text(f"{text}\nimport dual\n\n@asset\ndef limited() -> int:\n    return dual.LIMIT\n")
    commit(root)

    write("dual.py", "LIMIT = 3\n")
    assert names(find()) == ""

    write("dual/__init__.py", "LIMIT = 4\n")
    assert names(find()) == "limited"


def test_where_the_settings_of_then_cannot_be_read_everything_is_touched(root: Path, find: Find) -> None:
    settings = (root / "assets.toml").read_text()
    (root / "assets.toml").write_text("[project\n")
    commit(root)
    (root / "assets.toml").write_text(settings)

    assert names(find()) == "all_notes kept made_1 made_2 orders pinned read report"


def test_what_a_branch_did_is_compared_with_where_it_left(root: Path, find: Find, write: Write) -> None:
    git(root, "checkout", "-q", "-b", "work")
    git(root, "checkout", "-q", "main")
    write("tools.py", "def shape(value):\n    return value * 2\n")
    commit(root, "main goes on")
    git(root, "checkout", "-q", "work")
    write("pack/deep.py", "LIMIT = 7\n")
    assert names(find("main")) == "orders"


def test_a_project_in_a_folder_of_a_repository(
    tmp_path: Path, root: Path, write: Write, discover: Callable[[], Manifest]
) -> None:
    (root / "assets.toml").write_text('[project]\npython_path = [".", "../shared lib"]\n')
    write(
        "assets.py",
        "from assetmake import asset\nfrom common import one\n\n@asset\ndef a() -> int:\n    return one()\n",
    )
    write("../shared lib/common.py", "def one():\n    return 1\n")
    write('../odd "é\n.txt', "x")
    start_repository(tmp_path)
    write("../shared lib/common.py", "def one():\n    return 2\n")
    write('../odd "é\n.txt', "y")
    manifest = discover()
    found = find_touched("main", root=root, records=manifest.assets, sources=(), code=manifest.code, reads=Reads())
    assert names(found) == "a"


@pytest.mark.parametrize(
    ("ref", "message", "hint"),
    [
        ("mian", "git knows no commit 'mian' here", "did you mean changed:main?"),
        ("zzzzz", "git knows no commit 'zzzzz' here", "fetch it first: git fetch origin;"),
        ("--all", "git knows no commit '--all' here", "git fetch"),
        ("apart", "no common ancestor", "name a branch"),
        ("", "needs a branch", "changed:origin/main"),
    ],
)
def test_a_ref_that_cannot_be_compared_with(root: Path, find: Find, ref: str, message: str, hint: str) -> None:
    git(root, "checkout", "-q", "--orphan", "apart")
    commit(root)
    git(root, "checkout", "-q", "main")
    with pytest.raises(SelectionError) as caught:
        find(ref)
    assert message in caught.value.message
    assert hint in caught.value.hint


def ask(root: Path, ref: str = "main") -> SelectionError:
    with pytest.raises(SelectionError) as caught:
        find_touched(ref, root=root, records=(), sources=(), code=Manifest().code, reads=Reads())
    return caught.value


def test_a_shallow_clone_says_how_to_get_the_rest(root: Path, tmp_path: Path, find: Find) -> None:
    del find
    commit(root)
    git(root, "checkout", "-q", "-b", "work")
    commit(root)
    git(tmp_path, "clone", "-q", "--depth", "1", "--branch", "work", f"file://{root}", "clone")
    told = ask(tmp_path / "clone", "origin/main")
    assert "no commit 'origin/main'" in told.message
    assert "shallow" in told.hint
    assert "fetch-depth: 0" in told.hint
    assert "git fetch --unshallow origin;" in ask(tmp_path / "clone", "HEAD~1").hint
    command = told.hint.split("; ")[1].split(" ")
    git(tmp_path / "clone", *command[1:])
    assert find_touched(
        "origin/main", root=tmp_path / "clone", records=(), sources=(), code=Manifest().code, reads=Reads()
    )


def test_a_branch_that_only_the_remote_has_is_found_under_its_name(root: Path, tmp_path: Path, find: Find) -> None:
    del find
    commit(root)
    git(root, "checkout", "-q", "-b", "work")
    git(tmp_path, "clone", "-q", "--branch", "work", f"file://{root}", "clone")
    assert ask(tmp_path / "clone", "main").hint == "did you mean changed:origin/main?"


def test_no_repository_no_git_and_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert "is in no git repository" in ask(tmp_path).message
    git(tmp_path, "init", "-q")
    assert ask(tmp_path, "HEAD").hint == "there is no commit yet"
    shutil.rmtree(tmp_path / ".git")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "no git here" in ask(tmp_path).message


def test_a_repository_of_somebody_else_is_told_with_what_trusts_it(
    root: Path, find: Find, monkeypatch: pytest.MonkeyPatch
) -> None:
    del find
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, os.devnull)
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    told = ask(root)
    assert "belongs to somebody else" in told.message
    assert told.hint == f"git config --global --add safe.directory {root}"


@pytest.fixture
def vendored(root: Path, tmp_path: Path, find: Find, write: Write) -> Path:
    """Return the folder of a submodule with code and a source file."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "lib.py").write_text("X = 1\n")
    (other / "loose.py").write_text("Y = 1\n")
    (other / "data.csv").write_text("1")
    start_repository(other)
    git(root, "submodule", "--quiet", "add", str(other), "vendored")
    (root / "assets.toml").write_text("")
    write(
        "assets.py",
        """
        from assetmake import FileSource, asset
        from vendored.lib import X

        data = FileSource("data", "vendored/data.csv")

        @asset
        def uses() -> int:
            return X

        @asset
        def other() -> int:
            return 1
        """,
    )
    commit(root)
    return root / "vendored"


def test_what_is_edited_in_a_submodule_touches(find: Find, vendored: Path) -> None:
    assert find() == Touched(frozenset(), {}, ())
    (vendored / "loose.py").write_text("Y = 2\n")
    assert names(find()) == ""
    (vendored / "lib.py").write_text("X = 2\n")
    (vendored / "data.csv").write_text("2")
    found = find()
    assert (names(found), list(map(str, found.sources))) == ("uses", ["data"])


def test_a_submodule_at_another_commit_touches(root: Path, find: Find, vendored: Path) -> None:
    (vendored / "lib.py").write_text("X = 2\n")
    commit(vendored)
    assert names(find()) == "uses"
    commit(root)
    assert names(find()) == ""
    assert names(find("HEAD~1")) == "uses"


def test_of_a_submodule_that_is_new_or_lacks_its_commit_everything_touches(
    root: Path, find: Find, vendored: Path
) -> None:
    assert names(find("HEAD~1")) == "other uses"
    (vendored / ".git").unlink()
    (vendored / "more.py").write_text("")  # the same content in the same second would be the same commit
    start_repository(vendored)
    found = find()
    assert (names(found), list(map(str, found.sources))) == ("uses", ["data"])


@pytest.mark.parametrize("is_absolute", [False, True])
def test_files_are_found_through_links(root: Path, find: Find, write: Write, *, is_absolute: bool) -> None:
    write("real/pack/code.py", "from pack import other\nX = 1\n")
    write("real/days/part.csv", "1")
    write("real/one.txt", "1")
    target = root / "real" if is_absolute else Path("real")
    (root / "way").symlink_to(target)
    (root / "linked").symlink_to("way/pack")
    (root / "day.txt").symlink_to("real/one.txt")
    (root / "self").symlink_to(".")
    (root / "assets.toml").write_text("")
    write(
        "assets.py",
        """
        from assetmake import FileSource, asset
        from linked.code import X

        data = FileSource("data", "way/days/*.csv")
        day = FileSource("day", "day.txt")

        @asset
        def uses() -> int:
            return X

        @asset
        def other() -> int:
            return 1
        """,
    )
    write("pack/other.py", "")
    commit(root)
    assert find() == Touched(frozenset(), {}, ())
    write("real/pack/code.py", "X = 2\n")
    assert (names(find()), find().sources) == ("uses", {})
    write("real/days/part.csv", "2")
    assert list(map(str, find().sources)) == ["data"]
    write("real/one.txt", "2")
    assert sorted(map(str, find().sources)) == ["data", "day"]


def test_a_link_that_leads_elsewhere_touches_what_is_behind(root: Path, find: Find, write: Write) -> None:
    write("first/code.py", "X = 1\n")
    write("second/code.py", "X = 2\n")
    (root / "linked").symlink_to("first")
    (root / "assets.toml").write_text("")
    write(
        "assets.py",
        """
        from assetmake import asset
        from linked.code import X

        @asset
        def uses() -> int:
            return X
        """,
    )
    commit(root)
    assert names(find()) == ""
    (root / "linked").unlink()
    (root / "linked").symlink_to("second")
    assert names(find()) == "uses"


@pytest.mark.parametrize(
    ("path", "file", "key"),
    [
        ("in/a.csv", "in/a.csv", None),
        ("/p/in/a.csv", "in/a.csv", None),
        ("./in/../in/a.csv", "in/a.csv", None),
        ("in/*.csv", "in/a.csv", None),
        ("in/**/*.csv", "in/a.csv", None),
        ("in/**/*.csv", "in/b/c/a.csv", None),
        ("in/[ab]?.csv", "in/a1.csv", None),
        ("in/{partition_key}.csv", "in/2026-01-01.csv", "2026-01-01"),
        ("in/{partition_key}/x-{partition_key}.csv", "in/k/x-k.csv", "k"),
        ("in/{partition_key:%Y/%m}.csv", "in/2026/01.csv", None),
    ],
)
def test_a_file_belongs_to_a_source(path: str, file: str, key: str | None) -> None:
    others = ["/p/in/a.csvx", "/p/in/x/y.txt", "/p/other/a.csv", "/q/in/a.csv"]
    assert match_source(path, [f"/p/{file}", *others], root="/p") == {f"/p/{file}": key}


def test_what_git_tells_its_hooks_does_not_mislead(find: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", os.devnull)
    monkeypatch.setenv("GIT_INDEX_FILE", "index")
    assert find() == Touched(frozenset(), {}, ())
