"""Plans over a sandbox: what is needed, what is stale and why, and what a person is warned of."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assetmake import (
    AssetExecutionContext,
    AssetIn,
    AssetKey,
    DailyPartitionsDefinition,
    FileSource,
    LastPartitionMapping,
    StaticPartitionMapping,
    StaticPartitionsDefinition,
    asset,
    clock,
)
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.discovery.config import StalenessConfig
from assetmake.errors import UsageError
from assetmake.graph.key_rules import KeyOptions
from assetmake.graph.selection import Selection
from assetmake.planning.plan import decode
from assetmake.project import PlanView
from assetmake.storage.ledger import claim
from assetmake.storage.state import State
from assetmake.testing import Sandbox

DAYS = DailyPartitionsDefinition(start_date="2026-01-01", end_date="2026-01-11")
LAST_WEEK = StaticPartitionsDefinition(["x", "y"])


@asset(partitions_def=DAYS)
def trips(context: AssetExecutionContext) -> str:
    return context.partition_key


@asset(partitions_def=DAYS)
def totals(trips: str) -> str:
    return f"total of {trips}"


@asset
def report(totals: dict[str, str]) -> str:
    return " ".join(sorted(totals))


@asset(ins={"totals": AssetIn(partition_mapping=LastPartitionMapping())})
def headline(totals: str) -> str:
    return totals


@asset
def other() -> int:
    return 17


EVERYTHING = [trips, totals, report, headline, other]


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(EVERYTHING)


@pytest.fixture
def built(sandbox: Sandbox) -> Sandbox:
    assert sandbox.build().success
    return sandbox


def describe(view: PlanView) -> dict[str, str]:
    """Write a plan as `asset` or `asset@key` -> `verdict reason`."""
    found = {}
    for key, verdicts in view.plan:
        definition = view.scope.definitions[key]
        for part, code in zip(verdicts.parts, verdicts.codes, strict=True):
            name = str(key) if definition is None else f"{key}@{definition.key_of(part)}"
            verdict, reason = decode(code)
            found[name] = f"{verdict.value} {reason.value}"
    return found


def find_output(sandbox: Sandbox, name: str, key: str | None = None) -> Path:
    ((_, path),) = sandbox.project.find_outputs(AssetKey([name]), None if key is None else [key])
    return path


def verify(sandbox: Sandbox, mode: str) -> None:
    """Have outputs verified another way from now on."""
    outputs = type(StalenessConfig().outputs)(mode)
    config = replace(sandbox.project.config, staleness=replace(sandbox.project.config.staleness, outputs=outputs))
    sandbox.project = replace(sandbox.project, config=config)


def get_state(sandbox: Sandbox) -> State:
    return sandbox.project.state


class TestNeeded:
    def test_everything_is_missing_at_first(self, sandbox: Sandbox) -> None:
        found = describe(sandbox.plan())

        assert len(found) == 23
        assert set(found.values()) == {"stale missing"}

    def test_a_partition_needs_only_what_it_maps_to(self, sandbox: Sandbox) -> None:
        found = describe(sandbox.plan("totals", keys=KeyOptions(partition="2026-01-05")))

        assert found == {"trips@2026-01-05": "stale missing", "totals@2026-01-05": "stale missing"}

    def test_the_last_partition_needs_only_the_last(self, sandbox: Sandbox) -> None:
        assert set(describe(sandbox.plan("headline"))) == {"trips@2026-01-10", "totals@2026-01-10", "headline"}

    def test_all_partitions_are_needed_by_what_reads_all(self, sandbox: Sandbox) -> None:
        assert len(describe(sandbox.plan("report"))) == 21

    def test_pairs_need_what_is_paired(self) -> None:
        colours = StaticPartitionsDefinition(["red", "green", "blue"])

        @asset(partitions_def=colours)
        def paint(context: AssetExecutionContext) -> str:
            return context.partition_key

        mapping = StaticPartitionMapping({"red": "x", "blue": "x"})

        @asset(partitions_def=LAST_WEEK, ins={"paint": AssetIn(partition_mapping=mapping)})
        def walls(paint: dict[str, str]) -> str:
            return repr(sorted(paint))

        sandbox = Sandbox([paint, walls])
        assert set(describe(sandbox.plan("walls", keys=KeyOptions(partition="x")))) == {
            "walls@x",
            "paint@red",
            "paint@blue",
        }
        done = sandbox.build("walls")
        assert done.success, done.failures
        assert done.asset_value("walls", partition_key="y") == "[]", "a key that reads nothing runs"
        assert sandbox.build("walls").ran == []

    def test_plans_are_in_an_order_in_which_they_can_run(self, sandbox: Sandbox) -> None:
        order = [str(key) for key, _ in sandbox.plan("report", "headline").plan]

        assert order.index("trips") < order.index("totals") < order.index("report")


class TestVerdicts:
    def test_after_a_build_all_is_fresh(self, built: Sandbox) -> None:
        view = built.plan()

        assert describe(view) == {}
        assert (view.plan.fresh, view.plan.work) == (23, 0)
        assert built.build().ran == []

    def test_below_what_is_stale_nodes_wait(self, built: Sandbox) -> None:
        @asset(name="trips", partitions_def=DAYS)
        def changed(context: AssetExecutionContext) -> str:
            return context.partition_key.upper()

        built.replace([changed, *EVERYTHING[1:]])
        found = describe(built.plan("headline"))

        assert found == {
            "trips@2026-01-10": "stale code",
            "totals@2026-01-10": "waiting upstream",
            "headline": "waiting upstream",
        }
        assert built.build("headline").ran == ["trips@2026-01-10"], "it came out the same"
        assert describe(built.plan("headline")) == {}
        assert len(describe(built.plan())) == 9 + 9 + 1

    def test_a_failed_node_says_so_until_it_succeeds(self) -> None:
        def make(*, works: bool) -> AssetsDefinition:
            @asset(name="moody")
            def moody() -> int:
                return 1 if works else 1 // 0

            return moody

        sandbox = Sandbox([make(works=False)])
        assert describe(sandbox.plan()) == {"moody": "stale missing"}
        assert not sandbox.build().success
        assert describe(sandbox.plan()) == {"moody": "stale failed"}

        sandbox.replace([make(works=True)])
        assert describe(sandbox.plan()) == {"moody": "stale failed"}
        assert sandbox.build().success
        assert describe(sandbox.plan()) == {}

    def test_a_failed_partition_leaves_the_others_alone(self) -> None:
        @asset(partitions_def=LAST_WEEK)
        def half(context: AssetExecutionContext) -> int:
            return 1 if context.partition_key == "x" else 1 // 0

        sandbox = Sandbox([half])
        sandbox.build()

        assert describe(sandbox.plan()) == {"half@y": "stale failed"}

    def test_force_takes_the_selection_and_nothing_else(self, built: Sandbox) -> None:
        view = built.project.make_plan(Selection(("totals",), keys=KeyOptions(partition="2026-01-05")), force=True)

        assert describe(view) == {"totals@2026-01-05": "stale forced"}

    def test_below_what_is_forced_nodes_wait(self, built: Sandbox) -> None:
        view = built.project.make_plan(Selection(("trips", "headline")), force=True)

        assert describe(view)["totals@2026-01-10"] == "waiting upstream"
        assert describe(view)["headline"] == "stale forced"

    def test_a_new_day_is_built_and_what_reads_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        now = [datetime(2026, 1, 4, 12, tzinfo=UTC)]
        monkeypatch.setattr(clock, "now", lambda: now[0])
        days = DailyPartitionsDefinition(start_date="2026-01-01")

        @asset(name="trips", partitions_def=days)
        def open_trips(context: AssetExecutionContext) -> str:
            return context.partition_key

        @asset(name="totals", partitions_def=days)
        def open_totals(trips: str) -> str:
            return trips

        sandbox = Sandbox([open_trips, open_totals, report, headline])
        assert sandbox.build().success
        now[0] = datetime(2026, 1, 5, 0, tzinfo=UTC)

        assert describe(sandbox.plan()) == {
            "trips@2026-01-04": "stale missing",
            "totals@2026-01-04": "stale missing",
            "report": "waiting upstream",
            "headline": "waiting upstream",
        }
        assert set(sandbox.build().ran) == {"trips@2026-01-04", "totals@2026-01-04", "report", "headline"}
        assert sandbox.build().ran == []


def delete(path: Path) -> None:
    path.unlink()


def touch(path: Path) -> None:
    os.utime(path, ns=(1, 1))


def copy(path: Path) -> None:
    data = path.read_bytes()
    path.unlink()
    path.write_bytes(data)


def edit(path: Path) -> None:
    path.write_text('"other"')


def edit_in_hiding(path: Path) -> None:
    """Change bytes and nothing else that a look at the file can tell."""
    stat = path.stat()
    data = bytearray(path.read_bytes())
    data[1] ^= 1
    with path.open("r+b") as file:
        file.write(data)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


class TestOutputs:
    @pytest.mark.parametrize(
        ("change", "mode", "reason"),
        [
            (delete, "none", None),
            (delete, "stat", "output_missing"),
            (delete, "hash", "output_missing"),
            (touch, "stat", None),
            (touch, "hash", None),
            (copy, "stat", None),
            (copy, "hash", None),
            (edit, "none", None),
            (edit, "stat", "output_modified"),
            (edit, "hash", "output_modified"),
            (edit_in_hiding, "stat", None),
            (edit_in_hiding, "hash", "output_modified"),
        ],
    )
    @pytest.mark.parametrize("node", [("other", None), ("totals", "2026-01-05")], ids=["single", "partition"])
    def test_an_output_that_is_not_what_was_built_is_built_again(
        self, built: Sandbox, change, mode: str, reason: str | None, node: tuple[str, str | None]
    ) -> None:
        verify(built, mode)
        change(find_output(built, *node))

        name = node[0] if node[1] is None else "@".join(map(str, node))
        found = describe(built.plan())
        assert found.pop(name, None) == (None if reason is None else f"stale {reason}")
        assert found == ({"report": "waiting upstream"} if reason and node[1] else {})

        assert built.build().ran == ([] if reason is None else [name])
        assert describe(built.plan()) == {}

    def test_same_bytes_of_another_inode_and_time_are_the_same(self, built: Sandbox) -> None:
        for path in (find_output(built, "other"), find_output(built, "headline")):
            copy(path)
            touch(path)

        assert describe(built.plan()) == {}

    def test_another_file_of_the_same_size_and_time_is_seen(self, built: Sandbox) -> None:
        path = find_output(built, "headline")
        stat = path.stat()
        data = bytearray(path.read_bytes())
        data[1] ^= 1
        beside = path.with_name("beside")
        beside.write_bytes(data)
        os.utime(beside, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        beside.rename(path)

        assert describe(built.plan()) == {"headline": "stale output_modified"}


class TestSuspects:
    """A build that died may have replaced an output without a trace: such a node is looked at in every mode."""

    @pytest.fixture
    def killed(self, built: Sandbox) -> Iterator[Sandbox]:
        verify(built, "none")
        with get_state(built).writing() as db:
            part = DAYS.part_of("2026-01-05")
            claim(db, "killed", {"other": [0], "totals": [part, DAYS.part_of("2026-01-06")]}, alive=set())
        return built

    def test_outputs_that_are_as_recorded_stay_fresh(self, killed: Sandbox) -> None:
        assert describe(killed.plan()) == {}

    def test_outputs_that_were_replaced_are_stale(self, killed: Sandbox) -> None:
        edit(find_output(killed, "other"))
        edit(find_output(killed, "totals", "2026-01-05"))
        edit(find_output(killed, "totals", "2026-01-07"))

        assert describe(killed.plan()) == {
            "other": "stale output_modified",
            "totals@2026-01-05": "stale output_modified",
            "report": "waiting upstream",
        }

    def test_they_stay_suspect_while_other_things_are_built(self, killed: Sandbox) -> None:
        edit(find_output(killed, "other"))
        assert killed.build("headline", force=True).ran == ["headline"]

        assert describe(killed.plan()) == {"other": "stale output_modified"}
        assert killed.build().ran == ["other"]
        edit(find_output(killed, "other"))
        assert describe(killed.plan()) == {}, "it was built since, and outputs are not to be looked at"

    def test_they_stay_suspect_if_the_next_attempt_fails(self, killed: Sandbox) -> None:
        @asset(name="other")
        def broken() -> int:
            return 1 // 0

        edit(find_output(killed, "other"))
        killed.replace([*EVERYTHING[:-1], broken])
        assert not killed.build().success
        killed.replace(EVERYTHING)

        assert describe(killed.plan()) == {"other": "stale output_modified"}


class TestOnly:
    def plan(self, sandbox: Sandbox, *selection: str) -> PlanView:
        return sandbox.project.make_plan(Selection(selection), only=True)

    def test_upstream_that_was_never_built_is_an_error(self, sandbox: Sandbox) -> None:
        with pytest.raises(UsageError, match=r"report reads totals@2026-01-01\.\.2026-01-10"):
            self.plan(sandbox, "report")

    @pytest.mark.parametrize("node", [("headline", None), ("totals", "2026-01-05")])
    def test_upstream_whose_output_is_gone_is_an_error(self, built: Sandbox, node: tuple[str, str | None]) -> None:
        @asset
        def below(headline: str) -> str:
            return headline

        built.replace([*EVERYTHING, below])
        built.build()
        find_output(built, *node).unlink()

        with pytest.raises(UsageError, match="is not there"):
            self.plan(built, "below", "report")

    def test_upstream_that_is_out_of_date_is_left_alone_with_a_warning(self, built: Sandbox) -> None:
        @asset(name="totals", partitions_def=DAYS)
        def changed(trips: str) -> str:
            return f"the total of {trips}"

        built.replace([trips, changed, report, headline, other])
        view = self.plan(built, "report")

        assert describe(view) == {}
        assert [str(key) for key, _ in view.plan] == ["report"]
        (warning,) = view.plan.warnings
        assert "totals@2026-01-01..2026-01-10" in warning

    def test_other_partitions_of_what_is_selected_are_left_alone_too(self, built: Sandbox) -> None:
        @asset(name="totals", partitions_def=DAYS)
        def changed(trips: str) -> str:
            return f"the total of {trips}"

        built.replace([trips, changed, report, headline, other])
        selection = Selection(("totals", "report"), keys=KeyOptions(partition="2026-01-05"))
        view = built.project.make_plan(selection, only=True)

        assert describe(view) == {"totals@2026-01-05": "stale code", "report": "waiting upstream"}
        (warning,) = view.plan.warnings
        assert "totals@2026-01-01..2026-01-04" in warning

    def test_what_is_selected_together_warns_of_nothing(self, sandbox: Sandbox) -> None:
        view = self.plan(sandbox, "trips", "totals", "report")

        assert view.plan.warnings == ()
        assert len(describe(view)) == 21

    @pytest.mark.parametrize("node", [("headline", None), ("totals", "2026-01-10")])
    def test_what_was_built_from_an_altered_output_is_not_taken_for_fresh(
        self, built: Sandbox, node: tuple[str, str | None]
    ) -> None:
        name, key = ("below", "headline") if node[1] is None else ("headline", "totals")

        @asset
        def below(headline: str) -> str:
            return f"below {headline}"

        built.replace([*EVERYTHING, below])
        built.build()
        path = find_output(built, *node)
        recorded = path.read_bytes()

        edit(path)
        done = built.build(name, only=True)
        assert done.ran == [name], f"{key} has other data"
        assert "other" in done.output_for_node(name)
        path.write_text('"again"')
        assert built.build(name, only=True).ran == [name]

        path.write_bytes(recorded)
        assert name in built.build().ran, "it was made from what nobody recorded"
        assert "other" not in built.build(name).asset_value(name)


class TestSources:
    @pytest.fixture
    def project(self, tmp_path: Path) -> Sandbox:
        (tmp_path / "raw").mkdir()
        for name in ("a", "b"):
            (tmp_path / "raw" / f"{name}.csv").write_text(name)
        files = FileSource("files", "raw/{partition_key}.csv")
        everything = FileSource("everything", "raw/*.csv")

        @asset(partitions_def=files.partitions_def)
        def loaded(files: Path) -> str:
            return files.read_text()

        @asset
        def names(everything: list[Path]) -> str:
            return " ".join(path.name for path in everything)

        sandbox = Sandbox([files, everything, loaded, names], root=tmp_path)
        assert sandbox.build().success
        assert describe(sandbox.plan()) == {}
        return sandbox

    def test_a_changed_file_is_upstream_with_other_data(self, project: Sandbox) -> None:
        (project.root / "raw" / "a.csv").write_text("A")

        assert describe(project.plan()) == {"loaded@a": "stale upstream", "names": "stale upstream"}

    def test_a_new_file_is_a_new_partition(self, project: Sandbox) -> None:
        (project.root / "raw" / "c.csv").write_text("c")

        assert describe(project.plan()) == {"loaded@c": "stale missing", "names": "stale upstream"}

    def test_a_file_that_is_gone_takes_its_partition_along(self, project: Sandbox) -> None:
        (project.root / "raw" / "a.csv").unlink()

        assert describe(project.plan()) == {"names": "stale upstream"}

    def test_files_that_exchange_their_content_are_changed(self, project: Sandbox) -> None:
        for name, text in (("a", "b"), ("b", "a")):
            (project.root / "raw" / f"{name}.csv").write_text(text)

        assert len(describe(project.plan())) == 3

    def test_the_only_file_of_a_glob_under_another_name_is_other_data(self, project: Sandbox) -> None:
        (project.root / "raw" / "a.csv").unlink()
        project.build()
        (project.root / "raw" / "b.csv").rename(project.root / "raw" / "c.csv")

        assert describe(project.plan())["names"] == "stale upstream"

    def test_a_touch_and_a_rewrite_are_no_change(self, project: Sandbox) -> None:
        (project.root / "raw" / "a.csv").write_text("a")
        os.utime(project.root / "raw" / "b.csv", ns=(1, 1))

        assert describe(project.plan()) == {}
