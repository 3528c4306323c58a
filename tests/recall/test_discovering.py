"""Discovery: what is remembered comes back without an import; what cannot be is imported each time, and says why."""

from __future__ import annotations

import os
import py_compile
import site
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from remembered import Remembered

from assetmake.discovery.recall import discover
from assetmake.discovery.recall.inputs import describe_python
from assetmake.errors import ConfigError, DefinitionError
from fresh import run_command

ASSET = """
from assetmake import asset

@asset
def a() -> int:
    return 1

@asset
def b(a: int) -> int:
    return a
"""


def run(project: Remembered, *arguments: str, status: int = 0) -> subprocess.CompletedProcess[str]:
    return run_command(project.root, *arguments, environment={**os.environ, "NO_COLOR": "1"}, status=status)


def test_an_unchanged_project_is_imported_once(project: Remembered) -> None:
    project.write_counting(ASSET)
    first = project.discover()
    second = project.discover()
    assert project.count_imports() == 1
    assert second.manifest.assets == first.manifest.assets
    assert dict(second.manifest.code.members) == dict(first.manifest.code.members)
    assert second.manifest.texts == first.manifest.texts


def test_no_command_imports_the_modules_of_an_unchanged_project(project: Remembered) -> None:
    project.write_counting(ASSET)
    run(project, "build", "-j", "1")
    before = project.count_imports()
    for words in (["build", "a"], ["plan"], ["status"], ["list"], ["why", "b"]):
        run(project, *words)
    assert project.count_imports() == before
    for number, words in enumerate((["list", "--no-cache"], ["validate"]), start=1):
        run(project, *words)
        assert project.count_imports() == before + number


def test_an_edit_is_imported_once_and_then_remembered(project: Remembered) -> None:
    project.write_counting(ASSET)
    first = project.discover()
    project.write_counting(ASSET.replace("return 1", "return 2"))
    second = project.discover()
    assert first.manifest.assets[0].fingerprint.code != second.manifest.assets[0].fingerprint.code
    assert project.is_remembered()
    assert project.count_imports() == 2


@pytest.mark.parametrize(
    "config",
    [
        '[project]\nmodules = ["assets.py", "more.py"]',
        '[project]\npython_path = [".", "lib"]',
        '[staleness]\nenvironment = ["pandas"]',
    ],
)
def test_what_the_configuration_says_of_modules_counts(project: Remembered, config: str) -> None:
    project.write_counting(ASSET)
    project.write("more.py", "")
    (project.root / "lib").mkdir()
    project.discover()
    project.write("assets.toml", config)
    assert not project.is_remembered()
    assert project.is_remembered()


def test_what_it_says_of_building_does_not(project: Remembered) -> None:
    project.write_counting(ASSET)
    project.discover()
    project.write("assets.toml", "[build]\njobs = 3\n[storage]\nroot = 'elsewhere'\n")
    assert project.is_remembered()


def test_each_environment_is_remembered_for_itself(project: Remembered) -> None:
    project.write_counting(ASSET)
    project.write_counting("", name="more.py")
    project.write("assets.toml", '[env.prod.project]\nmodules = ["assets.py", "more.py"]\n')
    assert not project.is_remembered()
    assert not project.is_remembered(env="prod")
    assert project.is_remembered()
    assert project.is_remembered(env="prod")


def test_another_python_path_is_another_project(project: Remembered, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write_counting(ASSET)
    project.discover()
    monkeypatch.setenv("PYTHONPATH", f"{os.environ['PYTHONPATH']}{os.pathsep}{project.root.parent}")
    assert not project.is_remembered()


def test_what_another_user_installed_is_another_python(monkeypatch: pytest.MonkeyPatch) -> None:
    before = describe_python()
    monkeypatch.setattr(site, "ENABLE_USER_SITE", True)
    monkeypatch.setattr(site, "USER_SITE", "/home/other/site-packages")
    assert describe_python() != before


@pytest.mark.parametrize("name", ["describe_own_code", "describe_python"])
def test_another_version_of_ours_or_of_python_reads_anew(
    project: Remembered, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    project.write_counting(ASSET)
    project.discover()
    monkeypatch.setattr(discover, name, lambda: "another")
    assert not project.is_remembered()


def test_a_damaged_cache_is_made_anew(project: Remembered) -> None:
    project.write_counting(ASSET)
    project.discover()
    for file in (project.root / ".assetmake/cache").glob("manifest-*"):
        file.write_bytes(file.read_bytes()[:-1])
    assert not project.is_remembered()
    assert project.is_remembered()


def test_where_the_file_of_the_code_is_gone_the_project_is_imported_once(project: Remembered) -> None:
    project.write_counting(ASSET)
    for _ in range(2):
        project.discover()  # the second sees that stat vouches for everything now
    for file in (project.root / ".assetmake/cache").glob("code-*"):
        file.unlink()
    for _ in range(2):
        assert project.discover().manifest.code.members
    assert project.count_imports() == 2


def test_a_project_without_a_place_for_a_cache_is_imported_each_time(project: Remembered) -> None:
    project.write_counting(ASSET)
    project.write(".assetmake/cache", "no folder")
    assert len(project.discover().manifest.assets) == 2
    assert not project.is_remembered()


def test_several_processes_at_once_all_find_the_project(project: Remembered) -> None:
    project.write_counting(ASSET)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: project.discover().manifest.assets, range(4)))
    assert all(assets == found[0] for assets in found)
    assert len(found[0]) == 2
    assert project.is_remembered()
    assert list((project.root / ".assetmake/cache").glob(".*tmp")) == []


# ---------------------------------------------------------------------- what is read while it changes


def test_a_file_that_changes_after_it_was_read_is_not_taken_for_what_was_read(project: Remembered) -> None:
    project.write("settings.txt", "a")
    project.write_counting("X = open('settings.txt').read()\nopen('settings.txt', 'w').write(X + 'b')\n" + ASSET)
    project.discover()
    assert not project.is_remembered()


def test_a_file_counts_as_it_was_when_it_was_read_first(project: Remembered) -> None:
    project.write("settings.txt", "a")
    text = "X = open('settings.txt').read()\nopen('settings.txt', 'w').write('b')\nopen('settings.txt').read()\n"
    project.write_counting(text + ASSET)
    project.discover()
    assert not project.is_remembered()


def test_a_module_that_changes_after_it_was_imported_is_not_taken_for_what_ran(project: Remembered) -> None:
    project.write("helper.py", "X = 1\n")
    project.write_counting("import helper\nopen('helper.py', 'w').write('X = 2\\n')\n" + ASSET)
    project.discover()
    assert not project.is_remembered()
    assert project.is_remembered()


def test_a_file_that_the_import_itself_makes_is_found_the_next_time(project: Remembered) -> None:
    text = "try:\n    X = open('made.txt').read()\nexcept OSError:\n    open('made.txt', 'w').write('x')\n"
    project.write_counting(text + ASSET)
    project.discover()
    assert not project.is_remembered()
    assert project.is_remembered()


def test_a_module_elsewhere_that_has_just_changed_is_not_vouched_for(
    project: Remembered, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python's own loader may have run an old .pyc of it."""
    (project.outside / "shared.py").write_text("X = 1\n")
    project.write_counting("import shared\n" + ASSET)
    assert project.discover().volatile == ""
    monkeypatch.setattr(discover, "_CHILD", "earlier_child")  # than what has just changed
    (project.outside / "shared.py").write_text("X = 2\n")
    found = project.discover()
    assert found.inputs is None
    assert "shared.py changed while it was imported" in found.volatile


def test_a_module_elsewhere_with_a_valid_pyc_is_seen_to_change(project: Remembered) -> None:
    shared = project.outside / "shared.py"
    shared.write_text("X = 1\n")
    py_compile.compile(str(shared))
    project.write_counting("import shared\n" + ASSET)
    project.discover()
    assert project.is_remembered()
    shared.write_text("X = 222\n")
    assert not project.is_remembered()


def test_an_environment_that_is_read_as_a_whole_is_the_same_in_the_next_shell(
    project: Remembered, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write_counting("import os\nX = {k: v for k, v in os.environ.items() if k.startswith('APP')}\n" + ASSET)
    project.discover()
    monkeypatch.setenv("OLDPWD", "/somewhere")
    monkeypatch.setenv("SHLVL", "7")
    assert project.is_remembered()
    monkeypatch.setenv("APP_NEW", "x")
    assert not project.is_remembered()
    monkeypatch.setenv("APP_NEW", "y")
    assert not project.is_remembered()
    monkeypatch.delenv("APP_NEW")
    assert not project.is_remembered()


# ---------------------------------------------------------------------- what cannot be remembered

NOT_REMEMBERED = {
    "asks what time it is": "import time\nX = time.time()\n",
    "takes something at random": "import random\nX = random.random()\n",
    "starts a process": "import subprocess\nX = subprocess.run(['true'])\n",
    "asks the network": "import socket\ntry:\n    socket.getaddrinfo('localhost', 1)\nexcept OSError:\n    pass\n",
}


@pytest.mark.parametrize("why", NOT_REMEMBERED)
def test_what_nobody_can_look_at_is_imported_each_time(project: Remembered, why: str) -> None:
    project.write_counting(NOT_REMEMBERED[why] + ASSET)
    assert f" {why}" in project.discover().volatile
    assert not project.is_remembered()


IN_THREADS = {  # by names that no line tells
    "asks what time it is": ("import time", "vars(time)['time']"),
    "takes something at random": ("import os", "vars(os)['urandom'], 4"),
    "starts a process": ("import subprocess", "subprocess.run, ['true']"),
    "reads /proc/loadavg": ("import pathlib", "pathlib.Path.read_text, pathlib.Path('/proc/loadavg')"),
}


@pytest.mark.parametrize("why", IN_THREADS)
def test_what_a_thread_does_without_a_frame_of_the_project_counts_too(project: Remembered, why: str) -> None:
    imported, call = IN_THREADS[why]
    project.write_counting(
        f"from concurrent.futures import ThreadPoolExecutor\n{imported}\n"
        f"with ThreadPoolExecutor(1) as pool:\n    X = pool.submit({call}).result()\n{ASSET}"
    )
    assert project.discover().volatile == f"a thread {why}"
    assert not project.is_remembered()


def test_an_environment_that_a_thread_reads_as_a_whole_counts(
    project: Remembered, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write_counting(
        "import os\nfrom concurrent.futures import ThreadPoolExecutor\n"
        f"with ThreadPoolExecutor(1) as pool:\n    X = pool.submit(dict, os.environ).result()\n{ASSET}"
    )
    project.discover()
    assert project.is_remembered()
    monkeypatch.setenv("APP_NEW", "x")
    assert not project.is_remembered()


def test_a_thread_that_a_library_starts_for_its_own_import_is_the_library(
    project: Remembered, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a library that starts a thread when it is imported, as those that report to a server do, and that another
    library = project.root / "lib" / "site-packages"
    library.mkdir(parents=True)
    project.write("flag", "")
    (library / "reporting.py").write_text(
        "import os, subprocess, threading, time\n"
        "def report():\n"
        "    X = time.time(), subprocess.run(['true']), dict(os.environ), os.environ.get('REPORT_TO')\n"
        "    Y = os.path.exists('flag')\n"
        "def start():\n"
        "    other = threading.Thread(target=report)\n    other.start()\n    other.join()\n"
        "one = threading.Thread(target=start)\none.start()\none.join()\n"
    )
    project.write_counting("import sys\nsys.path.append('lib/site-packages')\nimport reporting\n" + ASSET)

    # when it is imported: then what it asks for itself does not count, as when it asks without a thread
    assert project.discover().volatile == ""
    monkeypatch.setenv("APP_NEW", "x")
    assert project.is_remembered()

    # but the variables that it names and the files that it looks for do
    monkeypatch.setenv("REPORT_TO", "x")
    assert not project.is_remembered()
    assert project.is_remembered()
    (project.root / "flag").unlink()
    assert not project.is_remembered()


def test_a_module_elsewhere_that_asks_the_clock_counts_too(project: Remembered) -> None:
    (project.outside / "shared.py").write_text("import datetime\nDAY = datetime.date.today()\n")
    project.write_counting("import shared\n" + ASSET)
    assert project.discover().volatile == "../outside/shared.py:2 asks what time it is"


def test_libraries_that_ask_for_their_own_import_are_remembered(project: Remembered) -> None:
    library = project.root / "lib" / "site-packages"
    library.mkdir(parents=True)
    asking = "import random, subprocess, time\nX = time.time(), random.random(), subprocess.run(['true'])\n"
    (library / "asking.py").write_text(asking)
    project.write_counting("import sys\nsys.path.append('lib/site-packages')\nimport asking\n" + ASSET)
    assert project.discover().volatile == ""
    assert project.is_remembered()


def test_validate_says_what_keeps_a_project_from_being_remembered(project: Remembered) -> None:
    project.write("assets.py", "import time\nX = time.time()\n" + ASSET)
    warning = "warning: every command imports the project's modules anew: assets.py:2 asks what time it is"
    assert warning in run(project, "validate", "-v").stderr


def test_a_module_that_fails_is_tried_again(project: Remembered) -> None:
    project.write_counting(ASSET)
    project.write_counting("raise RuntimeError('no')\n", name="assets/more.py")
    found = project.discover()
    assert [each.module for each in found.manifest.failures] == ["file:assets/more"]
    assert found.inputs is None
    assert not project.is_remembered()


HOMEMADE = """
from assetmake import asset, StaticPartitionsDefinition

class Homemade(StaticPartitionsDefinition):
    pass

@asset(partitions_def=Homemade(["a", "b"]))
def odd(context):
    return 1
"""


def test_partitions_of_a_kind_of_their_own_are_planned_in_the_command_itself(project: Remembered) -> None:
    project.write_counting(HOMEMADE)
    for _ in range(2):
        before = project.count_imports()
        assert '"stale": 2' in run(project, "plan", "--json").stdout
        assert project.count_imports() > before


def test_a_process_that_lives_long_sees_their_edits(project: Remembered) -> None:
    project.write("assets.py", HOMEMADE)
    first = project.discover().manifest.assets[0]
    project.write("assets.py", HOMEMADE.replace("return 1", "return 2"))
    second = project.discover().manifest.assets[0]
    assert first.fingerprint.code != second.fingerprint.code


ENUMERATED = """
from enum import Enum, StrEnum
from assetmake import asset, StaticPartitionsDefinition

class Name(StrEnum):
    RAW = "raw"

class Region(str, Enum):
    EU = "eu"

@asset(
    name=Name.RAW,
    group_name=Name.RAW,
    tags={Name.RAW: Region.EU},
    kinds={Name.RAW},
    pool=Name.RAW,
    metadata={"name": Name.RAW},
    partitions_def=StaticPartitionsDefinition(list(Region)),
)
def enumerated(context):
    return 1
"""


def test_members_of_enumerations_are_remembered_as_their_texts(project: Remembered) -> None:
    project.write_counting(ENUMERATED)
    project.discover()
    before = project.count_imports()
    record = project.discover().manifest.assets[0]
    assert project.count_imports() == before
    names = [str(record.key), record.group, *record.tags, *record.tags.values(), *record.kinds, record.pool]
    assert names == ["raw", "raw", "raw", "eu", "raw", "raw"]
    assert {type(name) for name in names} == {str}


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("import os\nos._exit(3)\n", "ended with exit code 3"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n", "was killed by SIGSEGV"),
    ],
)
def test_a_module_that_ends_its_process_is_named(project: Remembered, text: str, how: str) -> None:
    project.write("assets.py", ASSET + text)
    with pytest.raises(DefinitionError, match=f"the process that imports the project {how} while it imported assets"):
        project.discover()


def test_that_is_an_error_of_the_definitions(project: Remembered) -> None:
    project.write("assets.py", ASSET + "import os\nos._exit(3)\n")
    assert "ended with exit code 3 while it imported assets" in run(project, "list", status=2).stderr


def test_errors_of_the_configuration_cross_the_border(project: Remembered) -> None:
    project.write("assets.toml", '[project]\npython_path = ["nowhere"]\n')
    with pytest.raises(ConfigError, match="nowhere"):
        project.discover()


def test_what_is_printed_at_import_is_talk(project: Remembered) -> None:
    project.write("assets.py", "print('hello')\n" + ASSET)
    done = run(project, "list", "--json")
    assert "hello" not in done.stdout
    assert "hello" in done.stderr


def test_a_child_that_sends_nonsense_is_no_answer(project: Remembered, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discover._Child, "ask", lambda *_: ("broken", "traceback"))
    project.write("assets.py", ASSET)
    with pytest.raises(RuntimeError, match="traceback"):
        project.discover()
