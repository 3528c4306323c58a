"""history, diff, retry and log --run, on a project that was built, edited, broken and mended."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import duckdb
import pytest
from real_project import RealProject

from assetmake import clock
from assetmake.execution.asked import BuildOptions
from assetmake.execution.claims import Claims
from assetmake.graph.selection import Selection
from assetmake.project import open_project
from assetmake.storage.run_records import RunRow, start_run
from assetmake.storage.state import StateFile

SHOP = """
from datetime import date
from pathlib import Path

import assetmake as am
import pyarrow as pa

KEYS = am.StaticPartitionsDefinition(["a", "b", "c"])
DAYS = 3


@am.asset
def sales(context):
    print("selling for", DAYS)
    context.add_output_metadata({"total": DAYS * 10, "note": "fine"})
    days = [date(2026, 1, day + 1) for day in range(DAYS)]
    return pa.table({"day": days, "amount": [*range(DAYS - 1), None], "who": ["Ann"] * DAYS})


@am.asset(partitions_def=KEYS)
def base(context, sales):
    if context.partition_key == "b" and not Path("mended").exists():
        raise ValueError("no rows")
    return DAYS


@am.asset(partitions_def=KEYS)
def above(base):
    return base + 1


@am.asset
def total(above):
    return sum(above.values())


@am.asset_check(asset=sales)
def enough(sales):
    return am.AssetCheckResult(passed=True, metadata={"counted": len(sales)}, description="plenty")
"""


class Shop(RealProject):
    def read(self, *arguments: str) -> Any:
        return json.loads(self.run(*arguments, "--json").stdout)

    def read_runs(self, *arguments: str) -> list[dict[str, Any]]:
        runs: list[dict[str, Any]] = self.read("history", *arguments)["runs"]
        return runs


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Built twice: the second time with other data, and both times a partition failed."""
    made = Shop(tmp_path_factory.mktemp("shop"), {"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_REF_NAME": "main"})
    made.write(SHOP)
    made.run("build", "-q", status=1)
    made.edit("DAYS = 3", "DAYS = 5")
    made.run("build", "-q", "sales", "base@a", status=0)
    made.run("build", "-q", "base", status=1)
    return made


def hide(text: str) -> list[str]:
    """Return lines without what is another one each time."""
    text = re.sub(r"\d{8}T\d{6}-[0-9a-f]{6}", "RUN", text)
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "TIME", text)
    text = re.sub(r"just now|\d+ (second|minute)s? ago", "AGO", text)
    text = re.sub(r"\b\d+(\.\d+)?s\b", "TOOK", text)
    return [re.sub(r" +", " ", line) for line in text.splitlines()]


def test_runs_are_listed_with_how_they_ended_and_who_asked(shop: Shop) -> None:
    assert hide(shop.run("history").stdout) == [
        "RUN STARTED TOOK OUTCOME BUILT UNCHANGED FAILED SKIPPED ASKED BY COMMAND",
        "RUN TIME (AGO) TOOK failed 1 0 1 0 CI GitHub Actions assetmake build -q base",
        "RUN TIME (AGO) TOOK done 2 0 0 0 CI GitHub Actions assetmake build -q sales base@a",
        "RUN TIME (AGO) TOOK failed 5 0 1 2 CI GitHub Actions assetmake build -q",
    ]
    assert len(shop.read_runs("--failed")) == 2
    assert len(shop.read_runs("-n", "1")) == 1
    assert shop.read_runs("--since", "2999-01-01") == []
    assert len(shop.read_runs("--since", "1h")) == 3


def test_a_script_reads_the_same(shop: Shop) -> None:
    first = shop.read_runs()[-1]

    assert first["asked"]["by"] == "ci"
    assert first["asked"]["ref"] == "main"
    assert {name: first[name] for name in ("built", "failed", "skipped", "checks_passed", "outcome")} == {
        "built": 5,
        "failed": 1,
        "skipped": 2,
        "checks_passed": 1,
        "outcome": "failed",
    }
    assert first["left"] == {"base": ["b"], "above": ["b"], "total": None}


def test_one_run_is_shown_in_full_by_the_end_of_its_id(shop: Shop) -> None:
    run = shop.read_runs()[-1]["run"]

    lines = hide(shop.run("history", run[-6:]).stdout)

    assert lines[0] == "RUN: failed"
    assert " nodes 5 built, 0 unchanged, 1 failed, 2 skipped, 0 fresh" in lines
    assert " base 2 built, 1 failed TOOK missing" in lines
    assert lines[-3:] == [
        "FAILED base@b: ValueError: no rows",
        "left: base@b, above@b, total",
        "to build what it left: assetmake retry RUN",
    ]


def test_a_run_that_there_is_not_is_no_asset_either(shop: Shop) -> None:
    assert "no asset is named 'abcdef'" in shop.run("history", "abcdef", status=2).stderr
    assert "several runs are called 20" in shop.run("history", "20", status=2).stderr
    assert "neither a duration nor a date" in shop.run("history", "--since", "soon", status=2).stderr


def test_attempts_at_an_asset_show_numbers_over_time(shop: Shop) -> None:
    lines = hide(shop.run("history", "sales").stdout)

    assert lines[0] == "sales: 2 attempts"
    assert " rows 3 5 3 to 5, last 5" in lines
    assert " total 30 50 30 to 50, last 50" in lines
    assert lines[-2:] == ["TIME AGO built code changed TOOK 5 RUN", "TIME AGO built missing TOOK 3 RUN"]


def test_attempts_at_partitions_are_told_apart(shop: Shop) -> None:
    assert shop.run("history", "base", "-n", "2").stdout.startswith("base: the last 2 attempts, ")
    keys = [each["key"] for each in shop.read("history", "base")["attempts"]]
    assert sorted(keys) == ["a", "a", "b", "b", "c", "c"]

    (last, first) = shop.read("history", "base@b")["attempts"]
    assert (last["outcome"], last["reason"], last["message"]) == ("failed", "failed", "ValueError: no rows")
    assert first["reason"] == "missing"
    assert shop.read("history", "base@a", "--failed")["attempts"] == []


def test_attempts_at_a_check_say_what_it_found(shop: Shop) -> None:
    last = shop.read("history", "sales:enough")["attempts"][0]

    assert (last["verdict"], last["description"], last["metadata"]) == ("passed", "plenty", {"counted": 5})


def test_what_a_check_found_is_told_though_it_passed(shop: Shop) -> None:
    assert "  it passed: plenty; counted=5" in shop.run("why", "sales:enough").stdout.splitlines()
    answer = {"verdict": "passed", "description": "plenty", "metadata": {"counted": 5}}
    assert shop.read("why", "sales:enough")["answer"] == answer
    assert "answer" not in shop.read("why", "sales")
    assert shop.run("log", "sales:enough").stderr.splitlines() == [
        "sales:enough passed: plenty; counted=5",
        "sales:enough printed nothing when it was last built",
    ]


def test_two_builds_are_compared_by_what_is_kept_of_them(shop: Shop) -> None:
    assert hide(shop.run("diff", "sales").stdout) == [
        "sales",
        " from RUN, TIME (AGO)",
        " to RUN, TIME (AGO)",
        " rows 3 -> 5 (+2, +66.7%)",
        " ~ day max 2026-01-03 -> 2026-01-05",
        " ~ amount missing 33.3% -> 20.0%, max 1 -> 3",
        " 1 column as before",
        " metadata:",
        " total 30 -> 50 (+20, +66.7%)",
    ]
    assert hide(shop.run("diff", "base@a").stdout)[-1] == " value 3 -> 5 (+2, +66.7%)"

    runs = [each["run"] for each in shop.read("history", "sales")["attempts"]]
    swapped = shop.read("diff", "sales", "--run", runs[0], "--to", runs[1][-6:])
    assert swapped["facts"]["rows"] == {"before": 5, "after": 3}


def test_without_two_builds_it_says_what_there_is(shop: Shop) -> None:
    assert "no build of base@b is known" in shop.run("diff", "base@b", status=2).stderr
    assert "only one build of above@a is known" in shop.run("diff", "above@a", status=2).stderr
    assert "base has partitions" in shop.run("diff", "base", status=2).stderr
    assert "is a check" in shop.run("diff", "sales:enough", status=2).stderr
    assert "no run abcdef is known that changed the data of sales" in (
        shop.run("diff", "sales", "--run", "abcdef", status=2).stderr
    )


def test_what_a_node_printed_in_an_earlier_run_is_there(shop: Shop) -> None:
    last, first = (each["run"] for each in shop.read("history", "sales")["attempts"])

    assert shop.run("log", "sales").stdout == shop.run("log", "sales", "--run", last).stdout == "selling for 5\n"
    assert shop.run("log", "sales", "--run", first[-6:]).stdout == "selling for 3\n"
    third = shop.read_runs()[0]["run"]
    assert f"sales did not run in {third}" in shop.run("log", "sales", "--run", third, status=2).stderr


class TestRetrying:
    @pytest.fixture
    def copy(self, shop: Shop, tmp_path: Path) -> Shop:
        """The shop, for changes: made anew, as outputs are known by their inodes."""
        made = Shop(tmp_path, shop.variables)
        made.write(SHOP)
        made.run("build", "-q", status=1)
        return made

    def test_what_failed_and_what_it_held_back_is_built_and_nothing_else(self, copy: Shop) -> None:
        copy.edit("def sales(context):", "def sales(context):\n    print('edited')")
        (copy.folder / "mended").touch()

        done = copy.run("retry", "-j", "1")

        # Upstream of it is brought up to date too, as by any build; its neighbours are not.
        first = copy.read_runs()[-1]["run"]
        assert done.stderr.splitlines()[0] == f"retrying run {first}: assetmake build -q"
        ran = copy.read("history", copy.read_runs()[0]["run"])["assets"]
        assert {each["asset"]: each["built"] + each["unchanged"] for each in ran} == {
            "sales": 1,
            "base": 1,
            "above": 1,
            "total": 1,
        }
        assert copy.read_runs()[0]["left"] == {}

    def test_after_one_that_went_well_there_is_nothing_to_retry(self, copy: Shop) -> None:
        first = copy.read_runs()[0]["run"]
        (copy.folder / "mended").touch()
        copy.run("retry", "-q")
        second = copy.read_runs()[0]
        assert second["command"] == f"assetmake retry -q {first}"
        copy.edit("DAYS = 3", "DAYS = 4")  # so that all is to be built, but has not failed

        done = copy.run("retry")

        told = f"nothing to retry: nothing has failed since run {second['run']} put right what {first} left\n"
        assert (done.stdout, done.stderr) == ("", told)
        assert copy.read_runs()[0]["run"] == second["run"]

    @pytest.mark.parametrize("then", ["nothing", "an edit"])
    def test_after_a_build_that_made_all_of_it_there_is_nothing_to_retry(self, copy: Shop, then: str) -> None:
        first = copy.read_runs()[0]["run"]
        (copy.folder / "mended").touch()
        copy.run("build", "-q", "base")
        copy.run("build", "-q")
        second = copy.read_runs()[0]["run"]
        if then == "an edit":
            copy.edit("DAYS = 3", "DAYS = 4")

        assert f"since run {second} put right what {first} left" in copy.run("retry").stderr

    def test_what_needed_not_be_made_again_is_right_too(self, copy: Shop) -> None:
        (copy.folder / "mended").touch()
        copy.run("build", "-q")
        (copy.folder / "mended").unlink()
        copy.edit("return DAYS\n", "return DAYS + 0\n")
        copy.run("build", "-q", status=1)
        first = copy.read_runs()[0]["run"]
        (copy.folder / "mended").touch()
        assert "UNCHANGED=1" in copy.run("build").stdout
        second = copy.read_runs()[0]["run"]

        assert f"since run {second} put right what {first} left" in copy.run("retry").stderr

    def test_what_was_held_back_and_not_made_since_is_left(self, copy: Shop) -> None:
        (copy.folder / "mended").touch()
        copy.run("build", "-q", "base")

        assert "BUILT=2" in copy.run("retry").stdout

    def test_it_fails_again_and_can_be_tried_again(self, copy: Shop) -> None:
        assert "FAILED=1" in copy.run("retry", status=1).stdout
        assert copy.read_runs()[0]["left"] == {"base": ["b"], "above": ["b"], "total": None}

    def test_what_the_project_no_longer_has_is_left_out(self, copy: Shop) -> None:
        copy.edit('["a", "b", "c"]', '["a", "c"]')

        done = copy.run("retry")

        assert "left out, as the project no longer has it: base@b, above@b" in done.stderr
        assert "BUILT=1" in done.stdout


def test_without_a_failure_there_is_nothing_to_retry(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.write(SHOP)
    done = shop.run("retry")
    assert (done.stdout, done.stderr) == ("", "nothing to retry: no run is recorded that failed\n")

    assert "there is no run abc" in shop.run("retry", "abc", status=2).stderr


def test_a_run_that_was_killed_left_what_of_its_plan_is_not_fresh(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop(tmp_path)
    shop.write(SHOP)
    shop.run("build", "-q", "sales", "base@a")
    with monkeypatch.context() as patch:
        patch.setattr(Claims, "finish", lambda *_, **__: None)
        open_project(tmp_path).build(Selection(("above",)), BuildOptions(jobs=1), lambda _: None)
    killed = shop.read_runs()[0]
    assert killed["outcome"] == "killed"
    assert killed["left"] == {"base": ["b", "c"], "above": ["a", "b", "c"]}
    assert (killed["built"], killed["failed"]) == (3, 1)
    (told,) = shop.run("history", "--failed", "-n", "1").stdout.splitlines()[1:]
    assert re.search(r"  >[0-9.]+s  killed +3 +0 +1  ", told)
    (tmp_path / "mended").touch()
    assert "it was to build: base@b, c, above@a, b, c" in shop.run("history", killed["run"]).stdout

    done = shop.run("retry", "-q")

    assert done.stderr.splitlines()[:2] == [
        f"retrying run {killed['run']}: a build from Python",
        "  it was killed: of all that it was to build what is not fresh is built",
    ]
    assert done.stdout.startswith("Done. BUILT=2 UNCHANGED=0 ")
    assert shop.run("retry").stderr.startswith(
        f"nothing to retry: nothing has failed since run {shop.read_runs()[0]['run']} "
    )


def test_of_a_killed_run_of_an_earlier_version_nobody_knows_what_it_left(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.write(SHOP)
    (tmp_path / "mended").touch()
    shop.run("build", "-q", "sales")
    forget_the_end(tmp_path)

    assert shop.read_runs()[0]["outcome"] == "killed"
    error = shop.run("retry", status=2).stderr
    assert "was killed, and what it left is not known" in error
    assert "build again: assetmake build -q sales" in error


def forget_the_end(folder: Path) -> None:
    """Leave the run as one that was killed has left it."""
    with duckdb.connect(str(folder / ".assetmake/state.duckdb")) as db:
        db.execute("update runs set outcome = null, finished_at = null, seconds = null")


def test_a_retry_takes_over_what_the_run_left_alone(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.write(SHOP)
    shop.run("build", "-q", "sales")
    shop.edit("DAYS * 10", "DAYS * 20")
    shop.run("build", "-q", "--only", "base", status=1)
    first = shop.read_runs()[0]["run"]

    shop.run("retry", "-q", status=1)
    second = shop.read_runs()[0]["run"]
    shop.run("retry", "-q", second[-6:], status=1)

    told = [run["command"] for run in shop.read_runs("-n", "2")]
    assert told == [f"assetmake retry -q {second} --only", f"assetmake retry -q {first} --only"]
    assert len(shop.read("history", "sales")["attempts"]) == 1


def test_a_run_that_gave_up_before_it_began_is_no_reason_to_forget_a_failure(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.write(SHOP)
    shop.run("build", "-q", "base", status=1)
    failed = shop.read_runs()[0]["run"]
    with duckdb.connect(str(tmp_path / ".assetmake/state.duckdb")) as db:
        db.execute(
            "insert into runs (id, started_at, finished_at, command, outcome, asked, seconds)"
            " select '20990101T000000-abcdef', started_at + interval 1 hour, started_at + interval 1 hour,"
            " 'assetmake build --no-wait', 'aborted', asked, 0 from runs"
        )

    assert shop.run("retry", status=1).stderr.startswith(f"retrying run {failed}: assetmake build -q base\n")


FETCHED = """
    from pathlib import Path
    from assetmake import *

    days = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-04")


    def look(key):
        if Path("down").exists():
            raise ValueError(f"the service is down {key}")
        return 1


    @asset
    def fetched() -> int:
        return look("")


    @asset
    def after(fetched) -> int:
        return fetched


    @asset(partitions_def=days)
    def daily(context) -> int:
        return look(context.partition_key)
"""


def test_what_failed_in_a_forced_run_is_tried_again_although_it_is_fresh(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.write(FETCHED)
    shop.run("build", "-q")
    (tmp_path / "down").touch()
    shop.run("build", "-q", "-f", "fetched", "after", "daily@2026-01-02..2026-01-03", status=1)

    told = shop.run("status").stdout.splitlines()
    assert told[1].split()[:6] == ["fetched", "1", "-", "-", "-", "-"]
    assert "fresh, but failed when last asked for" in told[1]
    daily = next(line for line in told if line.startswith("daily"))
    assert "2 fresh, but failed when last asked for" in daily
    assert daily.endswith("2026-01-02..2026-01-03")
    assert [each.get("fresh_but_failed") for each in shop.read("status")["assets"]] == [1, None, 2]

    assert "FAILED=3" in shop.run("retry", "-q", status=1).stdout
    (tmp_path / "down").unlink()
    done = shop.run("retry", "-q")
    assert "BUILT=0 UNCHANGED=4 FRESH=0 FAILED=0" in done.stdout
    assert "failed when last asked for" not in shop.run("status").stdout
    assert shop.run("retry").stderr.startswith("nothing to retry: nothing has failed since run ")


def test_what_was_made_since_a_forced_run_is_not_made_again(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.write(FETCHED)
    shop.run("build", "-q")
    (tmp_path / "down").touch()
    shop.run("build", "-q", "-f", "daily", status=1)
    (tmp_path / "down").unlink()
    shop.run("build", "-q", "-f", "daily@2026-01-02")

    assert "UNCHANGED=2 FRESH=1 FAILED=0" in shop.run("retry", "-q").stdout


def test_a_retry_of_what_was_forced_that_came_to_nothing_is_retried_as_forced(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.write(FETCHED)
    shop.run("build", "-q")
    (tmp_path / "down").touch()
    shop.run("build", "-q", "-f", "fetched", status=1)
    forced = shop.read_runs()[0]["run"]
    (tmp_path / "down").unlink()
    row = RunRow(f"{forced}x", clock.now(), f"assetmake retry {forced}", 1, "host", None)
    with StateFile(tmp_path / ".assetmake/state.duckdb").writing() as db:
        start_run(db, row, left='{"fetched": null}')  # and it was killed before it came to a node

    assert "UNCHANGED=1" in shop.run("retry", "-q").stdout
