"""Sensors, ticked: what they are told, what they leave, and what runs for them."""

from __future__ import annotations

from pathlib import Path

from ticker import Ticker

from assetmake.graph.key_rules import KeyOptions
from assetmake.ticking.decision import Answer

FILES = """
    names = DynamicPartitionsDefinition(name="files")
    inbox: list[str] = []
    seen: list[object] = []


    @asset(partitions_def=names)
    def loaded(context) -> str:
        return context.partition_key


    @asset
    def plain() -> int:
        return len(inbox)


    @sensor(target="loaded", minimum_interval_seconds=60)
    def watcher(context):
        seen.append((context.cursor, context.last_run_key, context.last_tick_completion_time))
        new = [name for name in inbox if name > (context.cursor or "")]
        if not new:
            return SkipReason("the inbox is empty")
        return SensorResult(
            run_requests=[RunRequest(run_key=name, partition_key=name) for name in new],
            dynamic_partitions_requests=[names.build_add_request(new)],
            cursor=new[-1],
        )
"""


def test_a_cursor_outlives_ticks_and_new_partitions_are_built(tmp_path: Path) -> None:
    with Ticker(tmp_path, FILES) as project:
        first = project.tick("2026-01-05T12:00")
        assert (first.ran, first.reason("watcher")) == ([], "the inbox is empty")
        project.module.inbox += ["a.csv", "b.csv"]
        assert project.tick("2026-01-05T12:00:59").ran == []
        assert project.tick("2026-01-05T12:01").ran == ["loaded@a.csv", "loaded@b.csv"]
        project.module.inbox.append("c.csv")
        assert project.tick("2026-01-05T12:02").ran == ["loaded@c.csv"]
        assert [(cursor, key) for cursor, key, _ in project.module.seen] == [
            (None, None),
            (None, None),
            ("b.csv", "b.csv"),
        ]
        assert project.module.seen[2][2] == 1767614460.0


def test_a_run_key_is_asked_for_once_for_ever(tmp_path: Path) -> None:
    text = """
        @asset
        def plain(context) -> str:
            return context.run_id


        @sensor(target="plain", minimum_interval_seconds=0)
        def repeats(context):
            yield RunRequest(run_key="once")
            yield RunRequest(run_key="once")
    """
    with Ticker(tmp_path, text) as project:
        first = project.tick("2026-01-05T12:00")
        assert (first.ran, len(first.find("repeats").requests)) == (["plain"], 1)
        second = project.tick("2026-02-05T12:00")
        assert (second.ran, second.reason("repeats")) == ([], "asked for before: run_key once, once")


def test_one_that_raises_keeps_its_cursor_and_stops_no_other(tmp_path: Path) -> None:
    text = """
        broken = False


        @asset
        def plain() -> int:
            return 1


        @sensor(target="plain", minimum_interval_seconds=0)
        def fragile(context):
            place = int(context.cursor or 0)
            context.update_cursor(str(place + 1))
            if broken:
                raise ValueError(f"at {place}")
            return SkipReason(f"at {place}")


        @sensor(target="plain", minimum_interval_seconds=0)
        def sturdy(context):
            return RunRequest(run_key="1")
    """
    with Ticker(tmp_path, text) as project:
        assert project.tick("2026-01-05T12:00").reason("fragile") == "at 0"
        project.module.broken = True
        for minute in (1, 2):
            found = project.tick(f"2026-01-05T12:0{minute}")
            assert found.answer("fragile") is Answer.FAILED
            assert found.reason("fragile").startswith("ValueError: at 1 (")
            assert "raise ValueError" in "\n".join(found.find("fragile").detail)
        project.module.broken = False
        assert project.tick("2026-01-05T12:03").reason("fragile") == "at 1"


def test_what_a_sensor_asked_for_is_not_asked_again_while_it_is_built(tmp_path: Path) -> None:
    with Ticker(tmp_path, FILES) as project:
        project.module.inbox.append("a.csv")
        project.decide("2026-01-05T12:00")
        answers: list[object] = []

        def meanwhile(_: object, __: object) -> None:
            answers.append(project.decide("2026-01-05T12:30")[0].answer)

        project.build("2026-01-05T12:00", listen=meanwhile)
        assert answers == [Answer.HELD]
        assert len(project.module.seen) == 1


def test_what_asks_for_an_asset_that_is_not_there_is_asked_again(tmp_path: Path) -> None:
    text = """
        chosen = "plian"


        @asset
        def plain() -> int:
            return 1


        @sensor(target="plain", minimum_interval_seconds=0)
        def picky(context):
            context.update_cursor("1")
            return RunRequest(run_key="1", asset_selection=[AssetKey(chosen)])


        @schedule(cron_schedule="0 6 * * *", target="plain")
        def nightly(context):
            return RunRequest(asset_selection=[AssetKey(chosen)])
    """
    with Ticker(tmp_path, text) as project:
        project.decide("2026-01-05T12:00", "nightly")
        wrong = project.tick("2026-01-06T06:00")
        for name in ("picky", "nightly"):
            assert (wrong.ran, wrong.answer(name)) == ([], Answer.FAILED)
            assert "it asks for 'plian', and there is no such asset (did you mean plain?)" in wrong.reason(name)
        project.module.chosen = "plain"
        right = project.tick("2026-01-06T06:05")
        assert right.ran == ["plain"]
        assert [len(right.find(name).requests) for name in ("picky", "nightly")] == [1, 1]
        assert [each.cursor for each in project.asked if each.name == "picky"] == [None, None]


def test_a_stopped_sensor_is_not_asked(tmp_path: Path) -> None:
    text = FILES.replace("minimum_interval_seconds=60", "default_status=DefaultSensorStatus.STOPPED")
    with Ticker(tmp_path, text) as project:
        assert project.tick("2026-01-05T12:00").answer("watcher") is Answer.STOPPED
        assert project.asked == []


def test_keys_that_it_adds_by_the_instance_go_with_its_answer(tmp_path: Path) -> None:
    text = """
        names = DynamicPartitionsDefinition(name="files")


        @asset(partitions_def=names)
        def loaded(context) -> str:
            return context.partition_key


        @sensor(target="loaded")
        def watcher(context):
            context.instance.add_dynamic_partitions("files", ["x"])
            assert context.instance.get_dynamic_partitions("files") == ["x"]
            return RunRequest(partition_key="x")
    """
    with Ticker(tmp_path, text) as project:
        assert project.decide("2026-01-05T12:00", write=False)[0].answer is Answer.DUE
        assert project.project.partition_sets.list_keys("files") == []
        assert project.tick("2026-01-05T12:00").ran == ["loaded@x"]


def test_a_sensor_of_an_asset_is_called_when_that_was_made(tmp_path: Path) -> None:
    text = """
        @asset
        def source() -> int:
            return 1


        @asset
        def after() -> int:
            return 2


        @asset_sensor(AssetKey("source"), job=define_asset_job("job", "after"), minimum_interval_seconds=0)
        def on_source(context, event):
            return RunRequest(run_key=context.cursor, tags={"of": event.dagster_event.asset_key.to_user_string()})
    """
    with Ticker(tmp_path, text) as project:
        assert project.tick("2026-01-05T12:00").ran == []
        project.sandbox.build("source")
        found = project.tick("2026-01-05T12:01")
        assert (found.ran, found.find("on_source").requests[0].wanted.tags["of"]) == (["after"], "source")
        assert project.tick("2026-01-05T12:02").ran == []
        project.sandbox.build("source", force=True)
        assert project.tick("2026-01-05T12:03").answer("on_source") is Answer.DUE


def test_a_sensor_of_runs_is_called_with_each_that_failed(tmp_path: Path) -> None:
    text = """
        told: list[object] = []


        @asset
        def good() -> int:
            return 1


        @asset
        def bad() -> int:
            raise ValueError("no")


        often = ScheduleDefinition("often", cron_schedule="0 * * * *", job=define_asset_job("job", "bad"))


        @run_failure_sensor(minimum_interval_seconds=0)
        def tell(context):
            failed = [event.message for event in context.get_step_failure_events()]
            told.append((context.dagster_run.job_name, failed))
    """
    with Ticker(tmp_path, text) as project:
        project.tick("2026-01-05T12:30")
        project.tick("2026-01-05T13:00")
        project.sandbox.build("good")
        found = project.tick("2026-01-05T13:01")
        assert project.module.told == [("job", ["bad: ValueError: no"])]
        assert found.answer("tell") is Answer.NOT_DUE
        project.tick("2026-01-05T13:02")
        assert len(project.module.told) == 1


KINDS = """
    days = DailyPartitionsDefinition("2026-01-01")
    handled: list[object] = []


    @asset(partitions_def=days)
    def source(context) -> str:
        return context.partition_key


    @asset(partitions_def=days)
    def after(context, source: str) -> str:
        return source


    @asset
    def plain() -> int:
        return 1


    @asset
    def other() -> int:
        return 1


    both = define_asset_job("both", ["plain", "other"])


    @multi_asset_sensor(monitored_assets=[AssetKey("source")], job=define_asset_job("then", "after"))
    def on_days(context):
        for partition, events in context.latest_materialization_records_by_partition_and_asset().items():
            context.advance_cursor(events)
            handled.append(partition)
            yield RunRequest(run_key=partition, partition_key=partition)


    @sensor(asset_selection=["plain", "other"])
    def some(context):
        return RunRequest(run_key="some", asset_selection=[AssetKey("other")])


    @sensor(job_name="both")
    def by_name(context):
        return RunRequest(run_key="all")


    @sensor(jobs=[both, define_asset_job("third", "plain")])
    def wrong(context):
        return RunRequest(run_key="which")


    @schedule("0 6 * * *", job=define_asset_job("latest", "source"))
    def without_a_partition(context):
        return RunRequest()
"""


def test_sensors_of_all_kinds_of_targets(tmp_path: Path) -> None:
    with Ticker(tmp_path, KINDS) as project:
        found = project.tick("2026-01-05T12:00")
        assert sorted(found.ran) == ["other", "plain"]
        assert [len(each.requests) for each in found.decisions] == [0, 0, 1, 1, 0]
        assert list(found.find("some").requests[0].wanted.nodes) == ["other"]
        assert "did not specify job_name" in found.reason("wrong")


def test_a_sensor_of_partitions_deals_with_each_once(tmp_path: Path) -> None:
    with Ticker(tmp_path, KINDS) as project:
        project.tick("2026-01-05T12:00", "on_days")
        project.sandbox.build("source", keys=KeyOptions(range="2026-01-02..2026-01-03"))
        assert project.tick("2026-01-05T12:01", "on_days").ran == ["after@2026-01-02", "after@2026-01-03"]
        assert project.tick("2026-01-05T12:02", "on_days").ran == []
        assert project.module.handled == ["2026-01-02", "2026-01-03"]


def test_a_schedule_that_names_no_partition_means_the_last(tmp_path: Path) -> None:
    with Ticker(tmp_path, KINDS) as project:
        project.tick("2026-01-05T12:00", "without_a_partition")
        assert project.tick("2026-01-07T06:00", "without_a_partition").ran == [
            "source@2026-01-05",
            "source@2026-01-06",
        ]


def test_what_is_built_for_a_request_finds_its_tags(tmp_path: Path) -> None:
    text = """
        seen = []


        @asset(partitions_def=StaticPartitionsDefinition(["a", "b"]))
        def letter(context) -> str:
            seen.append((context.partition_key, context.run.tags.get("of"), context.get_tag("of")))
            return context.partition_key


        @sensor(target="letter", minimum_interval_seconds=0)
        def asks(context):
            yield RunRequest(run_key="1", partition_key="a", tags={"of": "first"})
            yield RunRequest(run_key="2", partition_key="b", tags={"of": "second"})
    """
    with Ticker(tmp_path, text) as project:
        project.tick("2026-01-05T12:00")
        assert project.module.seen == [("a", "first", "first"), ("b", "second", "second")]


def test_a_request_without_a_partition_means_the_last_as_that_of_a_schedule(tmp_path: Path) -> None:
    text = """
        @asset(partitions_def=DailyPartitionsDefinition("2026-01-01"))
        def daily(context) -> str:
            return context.partition_key


        @asset(partitions_def=StaticPartitionsDefinition(["a", "b"]))
        def letters(context) -> str:
            return context.partition_key


        @sensor(target=["daily", "letters"], minimum_interval_seconds=0)
        def asks(context):
            return RunRequest(run_key="1")
    """
    with Ticker(tmp_path, text) as project:
        assert sorted(project.tick("2026-01-05T12:00").ran) == ["daily@2026-01-04", "letters@a", "letters@b"]
