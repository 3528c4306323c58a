"""Completion: it suggests what the commands themselves would, and loads none of them and nothing of the project."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.shell_completion import get_completion_class
from fake_project import FakeProject, call
from parameter_table import TABLE, list_commands, write_table
from real_project import RealProject

from assetmake.cli import suggesting
from assetmake.cli.commands import ALIASES, SUBCOMMANDS, assetmake
from assetmake.cli.completing import stand_ins
from assetmake.errors import ConfigError
from assetmake.storage.asset_names import JOBS, KEYS, SETS, TERMS, read_names, write_names
from fresh import start_fresh

SHELLS = ("bash", "zsh", "fish")
MAY_LOAD = {
    "assetmake.public_names",
    "assetmake",
    "assetmake.cli",
    "assetmake.cli.commands",
    "assetmake.cli.completing",
    "assetmake.cli.context",
    "assetmake.cli.parameter_table",
    "assetmake.cli.shell_scripts",
    "assetmake.cli.shortcut",
    "assetmake.cli.stopwatch",
    "assetmake.cli.streams",
    "assetmake.cli.suggesting",
    "assetmake.errors",
    "assetmake.reporting",
    "assetmake.reporting.idle_line",
    "assetmake.storage",
    "assetmake.storage.asset_names",
    "assetmake.storage.standing",
}
HEAVY = ("duckdb", "pyarrow", "networkx", "rich", "json", "hashlib", "pathlib", "dataclasses", "subprocess")
ASSETS = """
    from assetmake import asset

    open("imported", "w").close()


    @asset
    def orders() -> int:
        return 1


    @asset
    def report(orders: int) -> int:
        return orders
"""


def set_line(monkeypatch: pytest.MonkeyPatch, shell: str, line: str) -> None:
    for name, value in shell_variables(shell, line).items():
        monkeypatch.setenv(name, value)


def shell_variables(shell: str, line: str) -> dict[str, str]:
    """Return what a shell's script sets for a line whose last word is being typed."""
    typed = line.split(" ")[-1]
    number = str(line.count(" "))
    words = {"COMP_WORDS": line, "COMP_CWORD": typed if shell == "fish" else number}
    return {"_ASSETMAKE_COMPLETE": f"{shell}_complete", **words}


def answer(group: click.Command, shell: str) -> str:
    kind = get_completion_class(shell)
    assert kind is not None
    return kind(group, {}, "assetmake", "_ASSETMAKE_COMPLETE").complete()


def list_lines(name: str) -> Iterator[str]:
    """Return command lines to be completed, at least one for each parameter of a command."""
    command = list_commands().get(name) or assetmake.get_command(click.Context(assetmake), name)
    assert command is not None
    yield from (f"assetmake {name} {typed}" for typed in ("", "-", "--", "o", "+", "2+o", "orders ", "-- -"))
    yield f"assetmake --project elsewhere {name} o"
    for parameter in command.params:
        for option in parameter.opts if isinstance(parameter, click.Option) else ():
            yield from (f"assetmake {name} {option}{typed}" for typed in ("", " ", " o", " x --", " x "))


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose names are known and that nobody can open."""
    root = tmp_path.resolve()
    (root / "assets.toml").write_text("nothing = that is TOML")
    write_names(str(root), ["orders", "daily", "report", "2024_sales"], env=None)
    write_names(str(root), ["customers", "others"], env=None, kind=SETS)
    write_names(str(root), ["nightly", "office"], env=None, kind=JOBS)
    write_names(str(root), ["orders@north", "orders@south"], env=None, kind=KEYS)
    write_names(str(root), ["group:mine", "group:more", "tag:layer=gold"], env=None, kind=TERMS)
    monkeypatch.chdir(root)
    return root


def test_the_table_is_what_the_commands_say() -> None:
    written = TABLE.read_text(encoding="utf-8")
    assert written == write_table(), "`python tests/cli/parameter_table.py` writes it anew"


@pytest.mark.parametrize("name", [*list_commands(), *ALIASES, *SUBCOMMANDS])
def test_stand_ins_complete_what_the_commands_would(
    name: str, root: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_names(str(root / "elsewhere"), ["others"], env=None)
    write_names(str(root / "elsewhere"), ["oaks"], env=None, kind=SETS)
    write_names(str(root / "elsewhere"), ["odd"], env=None, kind=JOBS)
    (root / "elsewhere/assets.toml").touch()
    for number, line in enumerate(list_lines(name)):
        for shell in SHELLS if number < len(SHELLS) else SHELLS[1:2]:  # they differ in how a line is given and answered
            set_line(monkeypatch, shell, line)
            assert answer(stand_ins, shell) == answer(assetmake, shell), line


@pytest.mark.parametrize(
    "line", ["assetmake ", "assetmake b", "assetmake -", "assetmake --env ", "assetmake --env x b"]
)
@pytest.mark.parametrize("shell", SHELLS)
def test_commands_and_their_own_options_are_completed(line: str, shell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_line(monkeypatch, shell, line)
    assert answer(stand_ins, shell) == answer(assetmake, shell)
    if line.endswith("b"):
        assert "build" in answer(stand_ins, shell)


def complete(line: str, shell: str = "zsh", **variables: str) -> subprocess.CompletedProcess[str]:
    """Complete a line in a process of its own, which tells on stderr what it has loaded."""
    code = "import sys; from assetmake.cli import main; main([]); print(*sys.modules, file=sys.stderr)"
    environ = {**os.environ, **shell_variables(shell, line), **variables}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environ)
    assert "Traceback" not in done.stderr
    return done


def suggest(line: str, **variables: str) -> list[str]:
    return complete(line, "zsh", **variables).stdout.split("\n")[1:-1:3]


@pytest.mark.parametrize(
    ("line", "first"),
    [
        ("assetmake bu", "build"),
        ("assetmake build --ve", "--verbose"),
        ("assetmake build --verify s", "stat"),
        ("assetmake build o", "orders"),
        ("assetmake why o", "orders"),
        ("assetmake ls -s +o", "+orders"),
        ("assetmake build --job n", "nightly"),
        ("assetmake partitions a", "add"),
        ("assetmake partitions add c", "customers"),
    ],
)
def test_completing_loads_hardly_anything(line: str, first: str, root: Path) -> None:
    for shell in SHELLS if line in {"assetmake bu", "assetmake build o"} else SHELLS[1:2]:
        done = complete(line, shell)
        assert first in done.stdout
        loaded = set(done.stderr.split())
        assert {name for name in loaded if name.partition(".")[0] == "assetmake"} <= MAY_LOAD
        assert not loaded.intersection(HEAVY)


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("", ["2024_sales", "daily", "orders", "report"]),
        ("o", ["orders"]),
        ("+o", ["+orders"]),
        ("12+d", ["12+daily"]),
        ("@r", ["@report"]),
        ("@", ["@2024_sales", "@daily", "@orders", "@report", "@assets.toml", "@night/"]),
        ("@night", ["@night/"]),
        ("@night/", ["@night/terms", "@night/terms.txt"]),
        ("@./a", ["@./assets.toml"]),
        ("@nowhere/", []),
        ("1+@o", []),
        ("roots(o", ["roots(orders"]),
        ("ro", ["roots("]),
        ("+pa", ["+partition:", "+path(", "+path:"]),
        ("sinks", ["sinks("]),
        ("orders@", ["orders@north", "orders@south", "orders@latest", "orders@missing"]),
        ("not orders@s", ["not orders@south"]),
        ("nobody@", []),
        ("2", ["2024_sales"]),
        ("+2", ["+2024_sales"]),
        ("x", []),
    ],
)
def test_names_of_assets_are_completed_behind_their_operators(typed: str, names: list[str], root: Path) -> None:
    (root / "night").mkdir()
    for name in ("terms", "terms.txt", ".hidden.txt"):
        (root / "night" / name).touch()
    found = suggesting.complete_assets(click.Context(assetmake), assetmake.params[0], typed)
    assert [item.value for item in found] == names


@pytest.mark.parametrize("damage", [b"", b"\0" * 4096, b"\0\0\0\0orders", b"\xff\xfe", None])
def test_damaged_names_are_asked_for_anew(damage: bytes | None, root: Path) -> None:
    write_names(str(root), ["stale"], env=None)
    names = root / ".assetmake/cache/names"
    if damage is None:
        names.unlink()
    else:
        names.write_bytes(damage)
    for _ in range(2):  # the second time they are there
        context = click.Context(assetmake, obj=lambda **_: FakeProject())
        found = suggesting.complete_assets(context, assetmake.params[0], "")
        assert [item.value for item in found] == ["daily", "orders", "report"]
    assert read_names(str(root), env=None) == ["daily", "orders", "report"]


def test_where_no_project_can_be_opened_there_is_nothing_to_complete(root: Path) -> None:
    def fail(**_: object) -> FakeProject:
        raise ConfigError("it is no TOML")

    (root / ".assetmake/cache/names").unlink()
    context = click.Context(assetmake, obj=fail)
    assert suggesting.complete_assets(context, assetmake.params[0], "") == []
    assert not (root / ".assetmake/cache/names").exists()


@pytest.mark.parametrize("words", ["", "--project nowhere "])
def test_where_there_is_no_project_nothing_is_loaded_to_find_that_out(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = complete(f"assetmake {words}build b")
    assert done.stdout == "\n"
    assert "assetmake.project" not in done.stderr.split()


@pytest.mark.parametrize("project", ["{root}", "{root}/assets.toml", "."])
def test_the_project_can_be_named(project: str, root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    named = project.format(root=root)
    assert suggest(f"assetmake --project {named} build o") == ["orders"]
    assert suggest(f"assetmake build --project {named} o") == ["orders"]


@pytest.mark.parametrize(
    "variables",
    [
        {"COMP_WORDS": "assetmake buidl o", "COMP_CWORD": "2"},
        {"COMP_WORDS": "assetmake build 'o", "COMP_CWORD": "two"},
        {"_ASSETMAKE_COMPLETE": "tcsh_complete"},
        {"_ASSETMAKE_COMPLETE": "nothing"},
    ],
)
def test_what_is_wrong_with_a_line_is_not_told_while_it_is_typed(variables: dict[str, str], root: Path) -> None:
    assert complete("assetmake build o", "bash", **variables).stdout == ""


def test_the_variable_can_ask_for_the_script(root: Path) -> None:
    assert "compdef" in complete("", _ASSETMAKE_COMPLETE="zsh_source").stdout


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RealProject:
    project = RealProject(tmp_path.resolve())
    project.write(ASSETS, config='[env.small.project]\nmodules = ["small.py"]\n')
    (tmp_path / "small.py").write_text("from assetmake import asset\n\n\n@asset\ndef tiny() -> int:\n    return 1\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ASSETMAKE_ENV", raising=False)
    return project


def test_names_are_those_of_the_last_import_and_nothing_is_imported_for_them(project: RealProject) -> None:
    assert suggest("assetmake build r") == ["report"], "the first time the project is imported"
    imported = project.folder / "imported"
    imported.unlink()
    project.edit("def orders", "def rows")
    assert suggest("assetmake build r") == ["report"]
    assert not imported.exists()
    project.run("list", status=2)  # its reader has the old name
    project.edit("report(orders: int)", "report(rows: int)")
    project.run("list")
    imported.unlink()
    assert suggest("assetmake build r") == ["report", "rows"]
    assert not imported.exists()


def test_names_of_jobs_and_of_sets_of_partitions_are_those_of_the_last_import(project: RealProject) -> None:
    more = """

    customers = DynamicPartitionsDefinition(name="customers")
    nightly = define_asset_job("nightly", selection="orders")


    @asset(partitions_def=customers)
    def invoice() -> int:
        return 1
    """
    project.write(ASSETS.replace("import asset", "import DynamicPartitionsDefinition, asset, define_asset_job") + more)
    assert suggest("assetmake partitions add ") == ["customers"], "the first time the project is imported"
    (project.folder / "imported").unlink()
    assert suggest("assetmake plan --job ") == ["nightly"]
    assert suggest("assetmake plan --job x") == []
    assert not (project.folder / "imported").exists()


def test_each_overlay_has_names_of_its_own(project: RealProject) -> None:
    project.run("list", "--env", "small")
    project.run("list")
    assert suggest("assetmake --env small build ") == ["tiny"]
    assert suggest("assetmake build ", ASSETMAKE_ENV="small") == ["tiny"]
    assert suggest("assetmake build ") == ["orders", "report"]
    assert suggest("assetmake --env unknown build ") == []


def test_a_module_that_does_not_import_costs_no_names(project: RealProject) -> None:
    project.run("list")
    project.edit("return orders", "return (")
    project.run("list", status=2)
    assert suggest("assetmake build o") == ["orders"]


def test_a_project_that_asks_for_the_time_has_names_too(project: RealProject) -> None:
    project.edit("open(", "import time\n\ntime.time()\nopen(")
    project.run("list")
    (project.folder / "imported").unlink()
    assert suggest("assetmake build o") == ["orders"]
    assert not (project.folder / "imported").exists()


def test_where_names_cannot_be_kept_the_project_is_asked_each_time(project: RealProject) -> None:
    (project.folder / ".assetmake").write_text("in the way")
    assert read_names(str(project.folder), env=None) is None
    assert suggest("assetmake build o") == ["orders"]
    assert suggest("assetmake build o") == ["orders"]


def test_methods_with_their_values_and_checks_are_suggested(project: RealProject) -> None:
    more = """

    nightly = define_asset_job("nightly", selection="orders")


    @asset(tags={"layer": "gold", "pii": ""}, kinds={"csv"}, owners=["team:ops"], group_name="sums")
    def total() -> int:
        return 1


    @asset_check(asset="report")
    def is_good() -> AssetCheckResult:
        return AssetCheckResult(passed=True)
    """
    head = "import AssetCheckResult, asset, asset_check, define_asset_job"
    project.write(ASSETS.replace("import asset", head) + more, config='[selectors]\nsteady = "tag:layer"\n')
    assert suggest("assetmake build ta") == ["tag:"], "the first time the project is imported"
    imported = project.folder / "imported"
    imported.unlink()
    assert suggest("assetmake build tag:") == ["tag:layer=gold", "tag:pii"]
    assert suggest("assetmake build group:s") == ["group:sums"]
    assert suggest("assetmake build job:") == ["job:nightly"]
    assert suggest("assetmake build +kind:") == ["+kind:csv"]
    assert suggest("assetmake build --exclude selector:") == ["selector:steady"]
    assert suggest("assetmake build owner:te") == ["owner:team:ops"]
    assert suggest("assetmake plan file:") == ["file:assets.py"]
    assert suggest("assetmake status state:modified.c") == ["state:modified.code", "state:modified.config"]
    assert suggest("assetmake list orders,re") == ["orders,report"]
    assert suggest("assetmake why repo") == ["report"]
    assert suggest("assetmake why report") == ["report", "report:is_good"]
    assert suggest("assetmake log report:") == ["report:is_good"]
    assert not imported.exists()


def test_keys_are_those_of_the_last_import_where_they_are_written_down(project: RealProject) -> None:
    more = """

    @asset(partitions_def=StaticPartitionsDefinition(["north", "new york"]))
    def sales() -> int:
        return 1


    @asset(partitions_def=StaticPartitionsDefinition([str(number) for number in range(300)]))
    def many() -> int:
        return 1
    """
    project.write(ASSETS.replace("import asset", "import StaticPartitionsDefinition, asset") + more)
    assert suggest("assetmake why sales@") == ["sales@new york", "sales@north"], "the first time it is imported"
    (project.folder / "imported").unlink()
    assert suggest("assetmake build sales@n") == ["sales@new york", "sales@north"]
    assert suggest("assetmake build many@") == ["many@latest", "many@missing"]
    assert not (project.folder / "imported").exists()


BASH = """
eval "$(assetmake completion bash)"
declare -F _assetmake_completion > /dev/null || exit 1
compopt() { echo "compopt $1 $2"; }
COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDS=("${@:2}") COMP_CWORD=$(($# - 2))
_assetmake_completion assetmake
printf '%s\n' "${COMPREPLY[@]}"
"""


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize(
    ("words", "replies"),
    [
        (["group", ":", "m"], ["mine", "more"]),
        (["group", ":"], ["mine", "more"]),
        (["group", ":", ""], ["mine", "more"]),
        (["tag", ":", "layer", "=", "g"], ["gold"]),
        (["gr"], ["compopt -o nospace", "group:"]),
        (["group:m"], ["group:mine", "group:more"]),
        (["--select", "=", "group", ":", "m"], ["mine", "more"]),
        (["--select", "="], ["2024_sales", "daily", "orders", "report"]),
        (["--exclude", " ", "group", ":", "m"], ["mine", "more"]),
        (["'group:mine and group:m"], ["group:mine and group:mine", "group:mine and group:more"]),
        (["orders", "@", "s"], ["@south"]),
        (["@", "o"], ["@orders"]),
        (["ro"], ["compopt -o nospace", "roots\\("]),
        ([r"roots\(o"], [r"roots\(orders"]),
        (["ord", " ", ""], ["2024_sales", "daily", "orders", "report"]),
    ],
)
def test_bash_is_told_what_goes_on_behind_the_last_break_of_its_words(
    words: list[str], replies: list[str], root: Path, tmp_path: Path
) -> None:
    """The words are as bash hands them out: parted at COMP_WORDBREAKS."""
    (tmp_path / "bin").mkdir()
    start_fresh().install(tmp_path / "bin")
    environ = {**os.environ, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
    given = ["assetmake list " + "".join(words), "assetmake", "list", *(word for word in words if word != " ")]
    done = subprocess.run(
        ["bash", "--norc", "-c", BASH, "bash", *given], capture_output=True, text=True, check=True, env=environ
    )
    assert (done.stdout.splitlines(), done.stderr) == (replies, "")


def test_fish_keeps_what_is_behind_a_comma() -> None:
    script = call("completion", "fish").out
    assert 'string split --max 1 "," $completion' in script
