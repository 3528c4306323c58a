"""Jobs in selections: `job:NAME` beside other terms, and `--job NAME` around all of them."""

from __future__ import annotations

import pytest
from handmade import key, make_asset

from assetmake.definitions.place import Place
from assetmake.discovery.automation_records import Automation, JobRecord
from assetmake.discovery.manifest import Manifest, ModuleFailure
from assetmake.errors import SelectionError
from assetmake.graph.asset_graph import AssetGraph, build_graph
from assetmake.graph.selection import Selection, find_needed, select

BROKEN = ModuleFailure("lost", "lost.py", "ZeroDivisionError", "", defines=("lost",))


def make_job(name: str, *assets: str, problem: str = "") -> JobRecord:
    return JobRecord(name, "assets", Place("assets.py", 9), "text", tuple(map(key, assets)), problem=problem)


def make(*jobs: JobRecord, failures: tuple[ModuleFailure, ...] = ()) -> AssetGraph:
    assets = (make_asset("orders"), make_asset("daily", "orders"), make_asset("report", "daily"))
    return build_graph(Manifest(assets, failures=failures, automation=Automation(jobs)))


@pytest.fixture
def graph() -> AssetGraph:
    return make(make_job("nightly", "orders", "report"), make_job("others", "elsewhere"))


def choose(graph: AssetGraph, *include: str, job: str | None = None, exclude: tuple[str, ...] = ()) -> list[str]:
    return [str(each) for each in select(graph, include, exclude=exclude, job=job, world=lambda *_: set()).rules]


def complain(graph: AssetGraph, *include: str, job: str | None = None) -> tuple[str, str]:
    with pytest.raises(SelectionError) as caught:
        choose(graph, *include, job=job)
    return caught.value.message, caught.value.hint


@pytest.mark.parametrize(
    ("include", "job", "meant"),
    [
        ("", "nightly", "orders report"),
        ("job:nightly", None, "orders report"),
        ("job:nightly+1", None, "orders daily report"),
        ("job:nightly,report", None, "report"),
        ("daily report", "nightly", "report"),
        ("+daily", "nightly", "orders"),
        ("job:nightly", "nightly", "orders report"),
    ],
)
def test_a_job_stands_for_its_assets(graph: AssetGraph, include: str, job: str | None, meant: str) -> None:
    assert choose(graph, *([include] if include else []), job=job) == meant.split()


def test_what_is_excluded_is_no_part_of_a_job(graph: AssetGraph) -> None:
    assert choose(graph, job="nightly", exclude=("report",)) == ["orders"]


def test_a_job_that_is_not_there_is_refused_with_the_nearest_name(graph: AssetGraph) -> None:
    for include, job in (((), "nightl"), (("job:nightl",), None)):
        assert complain(graph, *include, job=job) == ("there is no job 'nightl'", "did you mean nightly?")
    assert complain(make(), job="x")[1] == "`assetmake list --jobs` shows the jobs there are"


def test_a_job_without_assets_is_refused(graph: AssetGraph) -> None:
    assert complain(graph, job="others")[0] == "job others (assets.py:9) selects no assets: text"


def test_a_job_of_checks_alone_is_refused_with_what_it_has() -> None:
    job = JobRecord("watch", "assets", Place("assets.py", 9), "text", checks=("orders:has_rows",))
    assert complain(make(job), job="watch")[1] == "checks are done with the assets that they are of: orders:has_rows"


def test_terms_that_have_nothing_of_the_job_are_refused_unless_the_state_decides_what_they_mean(
    graph: AssetGraph,
) -> None:
    message, hint = complain(graph, "daily", job="nightly")
    assert message == "'daily' selects nothing of job nightly"
    assert hint.endswith("orders, report")
    assert choose(graph, "status:failed", job="nightly") == []


def test_a_job_that_cannot_be_resolved_beside_a_broken_module_is_unavailable() -> None:
    graph = make(make_job("nightly", problem="lost was selected"), failures=(BROKEN,))
    message, hint = complain(graph, job="nightly")
    assert message == "job nightly is unavailable: lost was selected"
    assert hint == "these modules did not import: lost"
    assert complain(graph, job="nightli")[1] == "these modules did not import: lost; did you mean nightly?"


def test_a_plan_looks_at_what_a_job_needs_and_no_more(graph: AssetGraph) -> None:
    graph = make(make_job("first", "daily"))
    needed = find_needed(graph, Selection(job="first"), root="")
    assert [str(each) for each in needed.order] == ["orders", "daily"]
    assert needed.jobs == graph.jobs
