"""Annotations and groups as a CI server reads them; and that nothing else is obeyed."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from plans import Terminalless
from stories import HOSTILE, answer, fail, finish, make_places, start, tell

from assetmake.definitions.place import Place
from assetmake.discovery.manifest import ModuleFailure
from assetmake.events import NodeFailed, Warned
from assetmake.reporting.annotations import list_annotations, list_log_groups
from assetmake.reporting.console import Console
from assetmake.reporting.run_story import Ending, RunStory
from assetmake.reporting.source_places import SourcePlaces, find_repository
from assetmake.reporting.workflow_commands import break_commands, write_command
from ci_server import Command, read_commands


def annotate(story: RunStory, places: SourcePlaces | None) -> list[Command]:
    return read_commands("\n".join(list_annotations(story, places)))


def test_a_failure_is_an_error_at_the_line_that_raised(tmp_path: Path) -> None:
    (told,) = annotate(tell(start(), fail("orders"), finish(failed=1)), make_places(tmp_path))
    where = {"file": "project/assets.py", "line": "7", "title": "orders failed"}
    assert told == Command("error", "ValueError: boom", where)


@pytest.mark.parametrize("file", ["", "/usr/lib/python3/json.py", "venv/lib/site-packages/x.py", "gone.py"])
def test_where_no_line_of_the_project_raised_it_is_at_the_definition(tmp_path: Path, file: str) -> None:
    places = make_places(tmp_path)
    (places.project / "venv/lib/site-packages").mkdir(parents=True)
    (places.project / "venv/lib/site-packages/x.py").write_text("")
    failed = NodeFailed("orders", "", "a worker died", "", "", file, 4 if file else 0)
    (told,) = annotate(tell(failed), places)
    assert (told.properties["file"], told.properties["line"]) == ("project/assets.py", "3")


def test_partitions_that_failed_at_one_place_are_one_error(tmp_path: Path) -> None:
    failures = [fail("daily", f"2026-01-0{day}", message=f"ValueError: no {day}") for day in (1, 2, 3)]
    story = tell(start(), *failures, fail("daily", "2026-01-04", line=9), finish(failed=4))
    first, second = annotate(story, make_places(tmp_path, daily=["daily"]))
    assert first.properties["title"] == "daily@2026-01-01 failed"
    assert first.data == "ValueError: no 1\n2 more partitions failed at the same place"
    assert second.properties["line"] == "9"


def test_checks_that_fail_are_errors_and_those_that_warn_are_warnings(tmp_path: Path) -> None:
    story = tell(
        start(),
        answer("orders:fine", "passed"),
        answer("orders:fine", "failed", "k1", said="a hole: 50%"),
        answer("orders:fine", "failed", "k2"),
        answer("orders:hot", "warned"),
        Warned("pool x is unknown", hint="name it"),
    )
    error, check, warning = annotate(story, make_places(tmp_path))
    where = {"file": "project/assets.py", "line": "3", "title": "check orders:fine@k1 failed"}
    assert error == Command("error", "a hole: 50%\n2 partitions did not pass", where)
    assert (check.name, check.properties) == ("warning", {"title": "check orders:hot warned"})
    assert warning == Command("warning", "pool x is unknown\nname it", {"title": "assetmake"})


def test_errors_of_ours_stand_where_they_say_that_they_are(tmp_path: Path) -> None:
    story = RunStory("build", ending=Ending("DefinitionError", "assets.py:12: two assets are called x", "rename one"))
    (told,) = annotate(story, make_places(tmp_path))
    assert (told.properties["file"], told.properties["line"]) == ("project/assets.py", "12")
    assert told.data == "assets.py:12: two assets are called x\nrename one"


def test_a_module_that_did_not_import_is_an_error_at_its_last_line_of_the_project(tmp_path: Path) -> None:
    traceback = (
        'Traceback:\n  File "assets.py", line 5, in <module>\n  File "/usr/lib/x.py", line 9, in y\nKeyError: 1\n'
    )
    story = RunStory(broken=(ModuleFailure("assets", "assets.py", "KeyError: 1", traceback),))
    (told,) = annotate(story, make_places(tmp_path))
    where = {"file": "project/assets.py", "line": "5", "title": "cannot import assets"}
    assert told == Command("error", "KeyError: 1", where)


def test_there_are_no_more_than_are_shown_and_the_others_are_counted(tmp_path: Path) -> None:
    story = tell(*(fail(f"a{number}") for number in range(14)), *(Warned(f"w{number}") for number in range(11)))
    lines = list(list_annotations(story, make_places(tmp_path)))
    assert [each.name for each in read_commands("\n".join(lines))] == ["error"] * 10 + ["warning"] * 10
    assert lines[10] == "4 more errors: a step shows 10, the summary has the others"
    assert lines[21] == "1 more warning: a step shows 10, the summary has the others"


def test_logs_of_failures_are_groups_in_which_nothing_is_a_command(tmp_path: Path) -> None:
    places = make_places(tmp_path)
    (places.project / "o.log").write_text("a\n  ::set-env name=PATH::x\nb ##[add-mask]c\n::endgroup::\n\x1b[31m")
    story = tell(dataclasses.replace(fail("orders"), log="o.log"), fail("other"))
    lines = list(list_log_groups(story, places, is_all_there_is=False))
    assert lines == [
        "::group::log of orders (o.log)",
        "a",
        r"  \u003a:set-env name=PATH::x",
        r"b \u0023#[add-mask]c",
        r"\u003a:endgroup::",
        r"\x1b[31m",
        "::endgroup::",
    ]


def test_a_traceback_that_was_printed_is_not_printed_again(tmp_path: Path) -> None:
    places = make_places(tmp_path)
    told = fail("orders")
    assert told.traceback
    (places.project / "o.log").write_text(f"looking\n{told.traceback}")
    (places.project / "p.log").write_text(told.traceback)
    story = tell(dataclasses.replace(told, log="o.log"), dataclasses.replace(told, asset="prices", log="p.log"))
    assert list(list_log_groups(story, places, is_all_there_is=False)) == [
        "::group::log of orders (o.log)",
        "looking",
        "::endgroup::",
    ]
    whole = "\n".join(list_log_groups(story, places, is_all_there_is=True))
    assert whole.count(told.traceback.rstrip("\n")) == 2
    many = tell(
        *(
            dataclasses.replace(told, key=str(number), message=f"E{number}: x", log="o.log", traceback=told.traceback)
            for number in range(5)
        )
    )
    assert "\n".join(list_log_groups(many, places, is_all_there_is=False)).count(told.traceback.rstrip("\n")) == 2


@pytest.mark.parametrize(
    "text",
    [
        "::error::a",
        " \t::error::a",
        "a\n::error::b",
        "a\r::error::b",
        "a\n\n \n\u00a0\u3000::error::b",
        "a ##[error]b",
        "###[add-mask]a",
        "##[group]##[add-mask]a",
        "::notacommand::\n::stop-commands::x",
    ],
)
def test_no_text_is_a_command_after_it_was_broken(text: str) -> None:
    assert read_commands("\n".join([text.replace("stop-commands", "error")]))
    assert read_commands(break_commands(text)) == []


@pytest.mark.parametrize("text", ["a::b", "Foo::bar(): baz", "# [x]", "12:30::45", "std::vector", "a: ::1"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert break_commands(text) == text


def test_json_stays_json() -> None:
    line = json.dumps({"message": "##[add-mask]a\n::error::b"})
    assert json.loads(break_commands(line)) == json.loads(line)
    assert read_commands(break_commands(line)) == []


def test_a_command_is_read_back_as_it_was_meant() -> None:
    hostile = "50%25 %0A a:b,c\r\n::error::x"
    line = write_command("error", hostile, file=hostile, line=0, title="")
    assert "\n" not in line
    assert read_commands(line) == [Command("error", hostile, {"file": hostile})]


def test_no_name_or_message_adds_a_command(tmp_path: Path) -> None:
    story = tell(
        fail(HOSTILE, HOSTILE, message=HOSTILE), answer("a:b", "failed", HOSTILE, said=HOSTILE), Warned(HOSTILE)
    )
    story.ending = Ending(HOSTILE, HOSTILE, HOSTILE)
    commands = annotate(story, make_places(tmp_path))
    assert [each.name for each in commands] == ["error", "error", "error", "warning"]
    assert not any("\x1b" in each.data or "\x00" in each.data for each in commands)


def test_all_that_a_guarded_console_prints_is_text_but_for_its_own_commands() -> None:
    out, err = Terminalless(), Terminalless()
    console = Console(out, err, {}, guard=break_commands)
    with console.gathering():
        console.result("::error::one")
        console.command("::notice::ours")
        console.results(["##[error]two", "three"])
        console.talk("x\n::error::four")
    assert read_commands(out.getvalue() + err.getvalue()) == [Command("notice", "ours")]
    assert out.lines == [r"\u003a:error::one", "::notice::ours", r"\u0023#[error]two", "three"]


class TestTheRepository:
    def test_it_is_git_s(self, tmp_path: Path) -> None:
        (tmp_path / ".git").mkdir()
        (tmp_path / "a/b").mkdir(parents=True)
        assert find_repository(tmp_path / "a/b", {"GITHUB_WORKSPACE": str(tmp_path / "a")}) == tmp_path.resolve()

    def test_without_git_it_is_the_server_s_folder(self, tmp_path: Path) -> None:
        (tmp_path / "a/b").mkdir(parents=True)
        assert (
            find_repository(tmp_path / "a/b", {"GITHUB_WORKSPACE": str(tmp_path / "a")}) == (tmp_path / "a").resolve()
        )
        assert (
            find_repository(tmp_path / "a", {"GITHUB_WORKSPACE": str(tmp_path / "a/b")}) == (tmp_path / "a").resolve()
        )

    def test_links_lead_to_where_files_are(self, tmp_path: Path) -> None:
        places = make_places(tmp_path)
        (tmp_path / "link").symlink_to(places.project)
        linked = SourcePlaces(tmp_path / "link", places.repository, {})
        assert linked.find_failed(fail("orders")) == Place("project/assets.py", 7)
