"""What is said of a node: its verdict, what changed, and what stands above it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from assetmake import AssetExecutionContext, AssetKey, DailyPartitionsDefinition, asset
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.graph.selection import Selection
from assetmake.planning.explain import Explanation, UpstreamChange
from assetmake.planning.plan import Reason, Verdict
from assetmake.testing import Sandbox

DAYS = DailyPartitionsDefinition(start_date="2026-01-01", end_date="2026-01-04")


def make_trips(*, text: str = "", fails_on: str = "") -> AssetsDefinition:
    @asset(name="trips", partitions_def=DAYS)
    def trips(context: AssetExecutionContext) -> str:
        if context.partition_key == fails_on:
            raise ValueError("no such day")
        return f"{context.partition_key}{text}"

    return trips


@asset(partitions_def=DAYS)
def totals(trips: str) -> str:
    return trips.upper()


@asset
def report(totals: dict[str, str]) -> int:
    return len(totals)


def old_report(totals: dict[str, str]) -> int:
    return len(totals) + 1


Explain = Callable[..., Explanation]


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox([make_trips(), totals, report])


@pytest.fixture
def explain(sandbox: Sandbox) -> Explain:
    return lambda name, key=None: sandbox.project.explain(AssetKey([name]), key)


def test_what_was_never_built(explain: Explain) -> None:
    found = explain("totals", "2026-01-02")

    assert (found.verdict, found.reason) == (Verdict.STALE, Reason.MISSING)
    assert (found.built_at, found.run, found.members) == (None, None, ())
    assert found.changed == ("it was never built",)
    assert found.upstream == (
        UpstreamChange(AssetKey(["trips"]), "will run first", ("2026-01-02",), (Reason.MISSING,)),
    )


def test_what_is_fresh(sandbox: Sandbox, explain: Explain) -> None:
    sandbox.build()
    found = explain("report")

    assert (found.verdict, found.reason, found.changed) == (Verdict.FRESH, None, ())
    assert [(each.state, each.keys) for each in found.upstream] == [("same", ())]
    assert found.run
    assert found.built_at is not None
    assert (found.members, found.kept.stores) == ((), True)
    assert [name.partition("::")[2] for name in found.kept.members] == ["report"]


def test_changed_code_names_the_member_with_both_sources(sandbox: Sandbox, explain: Explain) -> None:
    sandbox.replace([make_trips(), totals, asset(name="report")(old_report)])
    sandbox.build()
    sandbox.replace([make_trips(), totals, report])
    found = explain("report")

    assert (found.verdict, found.reason) == (Verdict.STALE, Reason.CODE)
    assert found.changed == ()
    (member,) = found.members
    assert member.state == "changed"
    assert "+ 1" in member.old
    assert "+ 1" not in member.new


def test_a_changed_declaration_and_environment_are_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def make(**options: Any) -> list[AssetsDefinition]:
        @asset(**options)
        def rates() -> int:
            return 1

        return [rates]

    monkeypatch.setenv("RATES_URL", "https://one.example")
    sandbox = Sandbox(make(env_vars=["RATES_URL"]))
    sandbox.build()
    changes = []
    for options in ({"hash_rows": "unordered"}, {"io_manager_key": "pickle"}, {}):
        monkeypatch.setenv("RATES_URL", "https://one.example" if options else "https://other.example")
        sandbox.replace(make(env_vars=["RATES_URL"], **options))
        found = sandbox.project.explain(AssetKey(["rates"]), None)
        changes.append((found.reason, found.changed))

    assert changes == [
        (Reason.CONFIG, ("hash_rows ordered -> unordered",)),
        (Reason.IO, ("IO manager io_manager -> pickle",)),
        (Reason.ENVIRONMENT, ("environment variable RATES_URL changed",)),
    ]


def test_upstream_with_other_data(sandbox: Sandbox, explain: Explain) -> None:
    sandbox.build()
    sandbox.replace([make_trips(text="!"), totals, report])
    sandbox.build("trips")
    found = explain("totals", "2026-01-02")

    assert (found.verdict, found.reason) == (Verdict.STALE, Reason.UPSTREAM)
    assert found.changed == ()
    assert [(each.state, each.keys) for each in found.upstream] == [("changed", ("2026-01-02",))]
    waiting = explain("report")
    assert waiting.verdict is Verdict.WAITING
    assert waiting.upstream == (
        UpstreamChange(AssetKey(["totals"]), "will run first", ("2026-01-01..2026-01-03",), (Reason.UPSTREAM,)),
    )


def test_a_failure_is_told_of_the_node_that_failed(sandbox: Sandbox, explain: Explain) -> None:
    sandbox.replace([make_trips(fails_on="2026-01-02"), totals, report])
    sandbox.build()
    found = explain("trips", "2026-01-02")

    assert (found.verdict, found.reason) == (Verdict.STALE, Reason.FAILED)
    assert found.failure is not None
    assert "no such day" in found.failure.message
    assert found.changed == (), "the failure tells it"
    assert explain("trips", "2026-01-03").failure is None
    assert explain("trips").key == "2026-01-02", "without a key, the first that is not fresh"


def test_an_output_that_is_gone(sandbox: Sandbox, explain: Explain) -> None:
    sandbox.build()
    ((_, path),) = sandbox.project.find_outputs(AssetKey(["totals"]), ["2026-01-03"])
    path.unlink()

    assert explain("totals", "2026-01-03").changed == ("its output is gone",)
    assert explain("totals", "2026-01-01").verdict is Verdict.FRESH
    (above,) = explain("report").upstream
    assert above.keys == ("2026-01-03",)


def other_report(totals: dict[str, str]) -> int:
    return len(totals) + 2


def test_an_upstream_that_waits_itself_may_run_first(sandbox: Sandbox, explain: Explain) -> None:
    sandbox.build()
    sandbox.replace([make_trips(text="!"), totals, report])

    (up,) = explain("report").upstream
    assert (up.state, up.keys, up.reasons) == ("may run first", ("2026-01-01..2026-01-03",), (Reason.UPSTREAM,))
    (up,) = explain("totals", "2026-01-02").upstream
    assert (up.state, up.reasons) == ("will run first", (Reason.CODE,))


def test_every_asset_with_work_is_explained(sandbox: Sandbox) -> None:
    sandbox.build()
    sandbox.replace([make_trips(), totals, asset(name="report")(other_report)])
    found = sandbox.project.make_plan(Selection(), explained=True).explanations

    assert [(str(each.asset), each.reason) for each in found] == [("report", Reason.CODE)]
    assert sandbox.project.make_plan(Selection()).explanations == ()
