"""`assetmake state`, and the options by which machines share work: what they print, write and refuse."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from assetmake import DailyPartitionsDefinition, asset
from assetmake.cli.entry import run
from assetmake.testing import Sandbox

DAYS = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-05")


@asset(partitions_def=DAYS)
def daily() -> int:
    return 1


@asset
def report() -> int:
    return 2


class Terminal:
    """Somebody who types commands about one project; `said` is what was told besides results."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sandbox = Sandbox([daily, report], root=folder)
        self.said = ""

    def type(self, *words: str, status: int = 0) -> list[str]:
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            found = run(list(words), obj=lambda **_: self.sandbox.project)
        self.said = err.getvalue()
        assert found == status, self.said
        return out.getvalue().splitlines()


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


def test_a_state_goes_out_and_comes_back(terminal: Terminal) -> None:
    terminal.sandbox.build()
    file = str(terminal.folder / "state.jsonl")
    assert terminal.type("state", "export", "-o", file) == []
    assert terminal.said == f"5 nodes written to {file}\n"
    assert terminal.type("state", "export") == Path(file).read_text().splitlines()
    assert not list(terminal.folder.glob(".*.tmp"))
    assert terminal.type("state", "import", file) == ["0 nodes taken, 5 here already"]
    (terminal.folder / "data/report.json").unlink()
    (terminal.folder / "data/daily/2026-01-01.json").write_text("edited")
    terminal.sandbox = Sandbox([daily, report], root=terminal.folder)
    assert terminal.type("state", "import", file) == [
        "3 nodes taken, 0 here already",
        "1 node left out: their outputs are not here",
        "1 node left out: their outputs are here with other content",
    ]
    counts = json.loads("".join(terminal.type("state", "import", file, "--json")))
    assert counts == {"taken": 0, "kept": 3, "missing": 1, "different": 1, "unseen": 0, "checks": 0}
    assert terminal.type("state", "merge", file, file) == Path(file).read_text().splitlines()


def test_a_state_is_looked_over(terminal: Terminal) -> None:
    terminal.sandbox.build()
    (terminal.folder / "data/report.json").unlink()
    assert terminal.type("state", "check") == [
        "schema 4: 2 assets, 5 nodes",
        "1 output missing: the next build makes them again",
        "the state holds together",
    ]
    with terminal.sandbox.project.state.writing() as db:
        db.execute("delete from state.fingerprints")
    assert terminal.type("state", "check", status=3)[-1] == "damaged: 5 traces without a fingerprint"
    assert json.loads("".join(terminal.type("state", "check", "--json", status=3)))["missing"] == 1
    assert terminal.type("state", "migrate") == ["there is no state yet; the first build makes one"]


def test_what_cannot_be_read_is_refused(terminal: Terminal) -> None:
    file = terminal.folder / "state.jsonl"
    terminal.type("state", "import", str(file), status=2)
    assert "cannot read the state" in terminal.said
    file.write_text('{"assetmake":"state","format":1}\n{"node":\n')
    terminal.type("state", "import", str(file), status=3)
    assert f"{file}, line 2 is damaged" in terminal.said
    file.write_text('{"assetmake":"state","format":9}\n')
    terminal.type("state", "merge", str(file), "-o", str(terminal.folder / "out"), status=3)
    assert "format 9, this assetmake knows up to 1" in terminal.said
    assert not (terminal.folder / "out").exists()


def test_shards_are_planned_and_built(terminal: Terminal) -> None:
    assert terminal.type("plan", "daily", "--shard", "1/2") == [
        "daily  2 stale  missing  2026-01-01..2026-01-02",
        "2 to run: 2 stale",
    ]
    assert terminal.type("build", "daily", "--shard", "1/2")[-1].startswith("Done. BUILT=2")
    assert terminal.type("build", "report", "--shard", "2/2") == ["shard 2/2 has nothing to do"]
    assert terminal.type("plan", "report", "--shard", "2/2", "--exit-code") == ["shard 2/2 has nothing to do"]
    terminal.type("plan", "report", "--shard", "1/2", "--exit-code", status=5)
    for wrong in ("0/3", "4/3", "a/b"):
        for command in ("build", "plan"):
            terminal.type(command, "--shard", wrong, status=2)
            assert f"--shard '{wrong}' is no shard" in terminal.said


def test_a_plan_is_written_and_built(terminal: Terminal) -> None:
    file = str(terminal.folder / "plan.json")
    shown = terminal.type("plan", "-o", file, "--exit-code", status=5)
    assert shown[-1] == "5 to run: 5 stale"
    assert terminal.type("build", "--plan", file, "--dry-run") == shown
    terminal.type("build", "--plan", file, "--check", status=5)
    assert terminal.type("build", "--plan", file, "--shard", "2/2")[-1].startswith("Done. BUILT=2 ")
    assert terminal.type("build", "--plan", file)[-1].startswith("Done. BUILT=3 ")
    assert terminal.type("build", "--plan", file)[0].startswith("up to date: 2 assets, 4 partitions")
    (terminal.folder / "data/report.json").unlink()
    terminal.type("plan", "daily", "-o", file)
    (terminal.folder / "data/daily/2026-01-02.json").unlink()
    terminal.type("build", "--plan", file, status=2)
    assert "  daily@2026-01-02: to run now, and was not\n" in terminal.said
    assert not (terminal.folder / "data/daily/2026-01-02.json").exists()


@pytest.mark.parametrize("besides", [["report"], ["--force"], ["--only"], ["--exclude", "daily"], ["--latest", "2"]])
def test_a_plan_says_all_that_is_built(terminal: Terminal, besides: list[str]) -> None:
    file = terminal.folder / "plan.json"
    terminal.type("plan", "-o", str(file))
    terminal.type("build", "--plan", str(file), *besides, status=2)
    assert "--plan says what is built" in terminal.said


def test_what_is_no_plan_is_refused(terminal: Terminal) -> None:
    for text, told in (("{", "is damaged: it is no JSON"), ("{}", "is no plan")):
        (terminal.folder / "plan.json").write_text(text)
        terminal.type("build", "--plan", str(terminal.folder / "plan.json"), status=2)
        assert told in terminal.said
    terminal.type("build", "--plan", str(terminal.folder / "nothing"), status=2)
    assert "cannot read the plan" in terminal.said


def test_a_plan_tells_what_was_selected(terminal: Terminal) -> None:
    shown: Any = terminal.type("plan", "daily@2026-01-02", "--json", "-o", str(terminal.folder / "plan.json"))
    assert json.loads("".join(shown))["counts"]["stale"] == 1
    assert json.loads((terminal.folder / "plan.json").read_text())["selection"]["include"] == ["daily@2026-01-02"]
