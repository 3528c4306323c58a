"""ASSET:CHECK[@KEY] names a check where a command is asked about one node; checks are no assets anywhere else."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from fake_project import FakeProject, call

from assetmake import AssetCheckResult, DailyPartitionsDefinition, asset, asset_check, by_hand
from assetmake.cli.node_names import find_node
from assetmake.errors import SelectionError, UnknownPartitionError, UsageError
from assetmake.graph.selection import Selection
from assetmake.planning.plan import Reason, Verdict
from assetmake.reporting.orphan_lines import tell_orphans
from assetmake.testing import Sandbox

DAYS = DailyPartitionsDefinition(start_date="2026-01-01", end_date="2026-01-04")


def open_sandbox(*, most: int = 9) -> Sandbox:
    return Sandbox(make(most=most))


def make(*, most: int = 9, gone: bool = False) -> list:
    @asset(key_prefix="raw")
    def number() -> int:
        return 5

    @asset_check(asset=["raw", "number"])
    def small(number: int) -> AssetCheckResult:
        return AssetCheckResult(passed=number <= most)

    @asset(partitions_def=DAYS)
    def daily() -> int:
        return 1

    @asset_check(asset="daily", partitions_def=DAYS)
    def there(daily: int) -> AssetCheckResult:
        return AssetCheckResult(passed=True)

    @asset_check(asset="daily")
    def whole(daily: dict[str, int]) -> AssetCheckResult:
        return AssetCheckResult(passed=len(daily) == 3)

    return [number, daily] if gone else [number, small, daily, there, whole]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("raw/number", ("raw/number", None)),
        ("raw/number:small", ("raw/number:small", None)),
        ("daily:there", ("daily:there", None)),
        ("daily:there@2026-01-02", ("daily:there", "2026-01-02")),
        ("daily:there@latest", ("daily:there", "2026-01-03")),
        ("key:daily", ("daily", None)),
    ],
)
def test_a_check_is_named_by_its_asset_and_its_own_name(text: str, found: tuple[str, str | None]) -> None:
    key, partition = find_node(open_sandbox().project, text)
    assert (str(key), partition) == found


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("raw/number:large", UsageError, "raw/number has no check 'large'"),
        ("daily:whole@2026-01-01", UsageError, "daily:whole has no partitions"),
        ("daily:there@2027-01-01", UnknownPartitionError, "2027-01-01"),
        ("nothing:small", UsageError, "there is no selection method nothing"),
    ],
)
def test_what_is_no_check_is_told_so(text: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        find_node(open_sandbox().project, text)


def test_why_of_a_check() -> None:
    sandbox = open_sandbox()
    project = sandbox.project
    small = find_node(project, "raw/number:small")[0]
    assert project.explain(small, None).reason is Reason.MISSING
    sandbox.build()
    fresh = project.explain(small, None)
    assert (fresh.verdict, [str(each.upstream) for each in fresh.upstream]) == (Verdict.FRESH, ["raw/number"])

    sandbox.replace(make(most=3))
    changed = sandbox.project.explain(small, None)
    assert (changed.reason, [member.name for member in changed.members]) == (
        Reason.CODE,
        ["test_check_names.py::make.small"],
    )


@pytest.mark.parametrize(("name", "key"), [("daily:there", "2026-01-02"), ("daily:whole", None)])
def test_why_of_a_check_of_partitions(name: str, key: str | None) -> None:
    sandbox = open_sandbox()
    sandbox.build()
    check = find_node(sandbox.project, name)[0]
    assert sandbox.project.explain(check, key).verdict is Verdict.FRESH
    (sandbox.root / "data/daily/2026-01-02.json").unlink()
    assert sandbox.project.explain(check, key).verdict is Verdict.WAITING


def list_names(sandbox: Sandbox, *terms: str) -> Sequence[str]:
    return [str(key) for key in sandbox.project.select_assets(Selection(terms))]


def test_no_selection_means_a_check_and_no_document_counts_one() -> None:
    sandbox = open_sandbox()
    sandbox.build()
    assert list_names(sandbox) == list_names(sandbox, "*") == ["raw/number", "daily"]
    view = sandbox.plan()
    assert (view.plan.fresh, view.plan.work, len(view.plan.verdicts)) == (4, 0, 2)
    assert json.dumps(sorted(map(str, view.last_builds))) == '["daily", "raw/number"]'


def test_a_selection_that_names_a_check_is_told_to_name_the_asset() -> None:
    with pytest.raises(SelectionError, match="daily:there is a check") as caught:
        list_names(open_sandbox(), "daily:there")
    assert caught.value.hint == "name the asset: daily"


def test_show_of_a_check_tells_that_nothing_is_stored() -> None:
    graph = open_sandbox().project.graph
    project = FakeProject(assets=tuple(graph.assets.values()), checks=tuple(graph.checks.values()))
    told = call("show", "daily:whole", project=project)
    assert (told.status, told.err.splitlines()) == (
        2,
        ["assetmake: error: daily:whole is a check, of which nothing is stored", "  hint: assetmake why daily:whole"],
    )


def test_answers_of_checks_are_no_orphans_while_these_are_there_and_go_with_them() -> None:
    sandbox = open_sandbox()
    sandbox.build()
    assert by_hand.collect(sandbox.project, remove=True)[0] == []
    assert sandbox.build().ran == [], "nothing of them was collected"

    sandbox.replace(make(gone=True))
    orphans, garbage = by_hand.collect(sandbox.project, remove=True)
    assert [(each.asset, each.nodes, each.is_check) for each in orphans] == [
        ("daily:there", 3, True),
        ("daily:whole", 1, True),
        ("raw/number:small", 1, True),
    ]
    assert (garbage.files, len(garbage.nodes), list(tell_orphans(orphans))) == ({}, 5, [])
    sandbox.replace(make())
    assert sorted(sandbox.build().checks.values()) == ["passed"] * 5
