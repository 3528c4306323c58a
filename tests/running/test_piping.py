"""A program that is told of the asset that runs, and tells of what it made."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

import assetmake as dg
from assetmake.errors import InvariantError, UserCodeError

PROGRAM = """
import base64, json, os, sys, zlib

def read(name):
    return json.loads(zlib.decompress(base64.b64decode(os.environ[name])))

told, where = read("DAGSTER_PIPES_CONTEXT"), read("DAGSTER_PIPES_MESSAGES")
context = told["data"] if "data" in told else json.load(open(told["path"]))

def tell(method, **params):
    with open(where["path"], "a") as stream:
        stream.write(json.dumps({"__dagster_pipes_version": "0.1", "method": method, "params": params}) + "\\n")

tell("opened", extras={})
"""

Write = Callable[[str], Sequence[str]]


@pytest.fixture
def program(tmp_path: Path) -> Write:
    """Write a program that starts with PROGRAM, and return the command that runs it."""

    def write(text: str) -> Sequence[str]:
        file = tmp_path / "program.py"
        file.write_text(PROGRAM + textwrap.dedent(text))
        return [sys.executable, str(file)]

    return write


def run(command: Sequence[str], *, client: dg.PipesSubprocessClient | None = None, **options: Any) -> Any:
    @dg.asset(partitions_def=dg.DailyPartitionsDefinition("2026-01-01"), code_version="7")
    def orders(context: dg.AssetExecutionContext, pipes: dg.PipesSubprocessClient) -> dg.MaterializeResult[Any]:
        return pipes.run(context=context, command=command, **options).get_materialize_result()

    return dg.materialize(
        [orders], resources={"pipes": client or dg.PipesSubprocessClient()}, partition_key="2026-01-05"
    )


def find_metadata(result: Any) -> dict[str, Any]:
    (event,) = result.get_asset_materialization_events()
    return {name: value.value for name, value in event.materialization.metadata.items()}


TELL_ALL = """
    tell("report_asset_materialization", asset_key="orders", data_version="3", metadata={
        "rows": {"raw_value": 5, "type": "int"}, "note": {"raw_value": "*good*", "type": "md"}, "plain": 1.5,
        "nothing": {"raw_value": None, "type": "null"}, "of": {"raw_value": "a/b", "type": "asset"},
        "partition": context["partition_key"], "start": context["partition_time_window"]["start"],
        "code": context["code_version_by_asset_key"]["orders"], "extra": context["extras"]["size"],
        "env": os.environ["OWN"], "cwd": os.getcwd(), "keys": context["asset_keys"]})
    tell("closed")
"""


@pytest.mark.parametrize("injector", [None, dg.PipesEnvContextInjector(), dg.PipesTempFileContextInjector()])
def test_it_is_told_of_the_asset_and_tells_of_what_it_made(
    program: Write, injector: dg.PipesContextInjector | None, tmp_path: Path
) -> None:
    client = dg.PipesSubprocessClient(env={"OWN": "client"}, cwd=str(tmp_path), context_injector=injector)
    result = run(program(TELL_ALL), client=client, extras={"size": "L"})
    assert find_metadata(result) == {
        "rows": 5,
        "note": "*good*",
        "plain": 1.5,
        "nothing": None,
        "of": dg.AssetKey(["a", "b"]),
        "partition": "2026-01-05",
        "start": "2026-01-05T00:00:00+00:00",
        "code": "7",
        "extra": "L",
        "env": "client",
        "cwd": str(tmp_path),
        "keys": ["orders"],
    }
    (event,) = result.get_asset_materialization_events()
    assert event.materialization.tags["dagster/data_version"] == "3"


def test_a_program_that_tells_of_no_asset_has_made_the_one_that_runs(program: Write) -> None:
    assert run(program('tell("closed")')).success


def test_a_program_that_fails_fails_the_asset(program: Write) -> None:
    with pytest.raises(UserCodeError, match="failed with code 3"):
        run(program("sys.exit(3)"))


def test_a_message_of_no_known_kind_fails_the_asset(program: Write) -> None:
    with pytest.raises(InvariantError, match="Unknown message method: dance"):
        run(program('tell("dance")'))


def test_lines_of_a_log_are_those_of_the_asset(program: Write, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG", logger="assetmake.asset"):
        run(program('tell("log", message="half way", level="WARNING")'))
    told = [(record.levelname, record.message) for record in caplog.records]
    assert ("WARNING", "half way") in told
    assert ("WARNING", "[pipes] did not receive closed message from external process.") in told


def test_a_program_that_tells_nothing_is_warned_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG", logger="assetmake.asset"):
        run([sys.executable, "-c", "pass"])
    assert "did not receive any messages" in caplog.text
    assert "PipesTempFileMessageReader" in caplog.text


def test_checks_and_messages_of_its_own_come_through_a_session(program: Write, tmp_path: Path) -> None:
    heard: list[Any] = []

    @dg.asset(check_specs=[dg.AssetCheckSpec("full", asset="orders")])
    def orders(context: dg.AssetExecutionContext) -> Any:
        client = dg.PipesSubprocessClient(message_reader=dg.PipesFileMessageReader(str(tmp_path / "told")))
        done = client.run(context=context, command=command)
        heard.extend(done.get_custom_messages())
        assert done.get_asset_check_result().metadata["rows"].value == 5
        return done.get_materialize_result()

    command = program("""
        tell("report_asset_check", asset_key="orders", check_name="full", passed=False, severity="WARN",
             metadata={"rows": 5})
        tell("report_custom_message", payload={"free": [1]})
        tell("closed")
    """)
    (found,) = dg.materialize([orders]).get_asset_check_evaluations()
    assert (found.check_name, found.passed, found.severity) == ("full", False, dg.AssetCheckSeverity.WARN)
    assert heard == [{"free": [1]}]
    assert not (tmp_path / "told").exists()


def test_several_assets_are_told_of_by_name(program: Write) -> None:
    @dg.multi_asset(specs=[dg.AssetSpec("a"), dg.AssetSpec(["b", "c"])])
    def both(context: dg.AssetExecutionContext) -> Any:
        done = dg.PipesSubprocessClient().run(context=context, command=command)
        with pytest.raises(InvariantError, match="told of 2 assets, not of one"):
            done.get_materialize_result()
        with pytest.raises(InvariantError, match="told of 0 checks"):
            done.get_asset_check_result()
        return done.get_results()

    command = program('tell("report_asset_materialization", asset_key="b/c", data_version=None, metadata={"n": 1})')
    made = dg.materialize([both]).get_asset_materialization_events()
    assert {event.asset_key.to_user_string() for event in made} == {"a", "b/c"}


def test_a_session_is_open_to_programs_that_are_started_in_other_ways(program: Write) -> None:
    context = dg.build_asset_context()

    @dg.asset
    def orders(context: dg.AssetExecutionContext) -> list[str]:
        injector, reader = dg.PipesTempFileContextInjector(), dg.PipesTempFileMessageReader()
        with dg.open_pipes_session(context, injector, reader) as session:
            return sorted(session.get_bootstrap_cli_arguments())

    assert orders(context) == ["--dagster-pipes-context", "--dagster-pipes-messages"]
