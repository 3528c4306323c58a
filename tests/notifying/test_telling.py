"""What somebody is told of builds, by a command: failures, recoveries, and nothing else."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from listening_post import Heard, collecting, hear, read_told

from assetmake import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetExecutionContext,
    StaticPartitionsDefinition,
    asset,
    asset_check,
)
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.discovery.manifest import ModuleFailure
from assetmake.discovery.notify_settings import NotifyConfig
from assetmake.errors import LockTimeout, StorageError
from assetmake.events import Event, NodeFailed, RunFinished
from assetmake.notifying import listening

BROKEN: set[str] = set()

SHOPS = StaticPartitionsDefinition(["a", "b", "c"])


@asset
def orders() -> int:
    if "orders" in BROKEN:
        raise ValueError("no rows\nfrom the till")
    return 1


@asset
def report(orders: int) -> int:
    if "report" in BROKEN:
        raise ValueError("no paper")
    return orders + len(BROKEN)


@asset(partitions_def=SHOPS)
def shops(context) -> str:  # type: ignore[no-untyped-def]
    if context.partition_key in BROKEN:
        raise ValueError(f"{context.partition_key} is closed")
    return str(context.partition_key)


@asset_check(asset=report)
def has_rows(report: int) -> AssetCheckResult:
    return AssetCheckResult(passed="rows" not in BROKEN, description="there are none")


@asset_check(asset=report)
def is_odd(report: int) -> AssetCheckResult:
    return AssetCheckResult(passed=False, severity=AssetCheckSeverity.WARN)


@pytest.fixture(autouse=True)
def _nothing_broken() -> None:
    BROKEN.clear()


@pytest.fixture
def heard(tmp_path: Path) -> Heard:
    return hear([orders, report, shops, has_rows, is_odd], tmp_path, command=collecting(tmp_path))


def test_nothing_is_told_of_what_goes_well(heard: Heard, tmp_path: Path) -> None:
    heard.build()
    heard.build()

    assert read_told(tmp_path) == []
    assert heard.said.getvalue() == ""


def test_a_run_that_fails_is_told_once_with_all_that_failed(heard: Heard, tmp_path: Path) -> None:
    BROKEN.update({"orders", "b", "c"})

    (done,) = heard.build()

    (told,) = read_told(tmp_path)
    assert (told["event"], told["project"], told["env"]) == ("failure", "sandbox", None)
    assert (told["run"], told["command"]) == (done.run, "assetmake build")
    assert told["counts"] == {"failed": 3, "checks_failed": 0, "skipped": 1}
    assert [(each["asset"], each["key"], each["message"]) for each in told["failed"]] == [
        ("orders", None, "ValueError: no rows"),
        ("shops", "b", "ValueError: b is closed"),
        ("shops", "c", "ValueError: c is closed"),
    ]
    assert told["failed"][0]["file"] == __file__
    assert told["subject"] == f"sandbox: 3 nodes failed (run {done.run} on {told['host']})"
    assert told["text"].splitlines()[:2] == [told["subject"], "orders: ValueError: no rows"]


def test_a_failure_is_told_again_each_time_unless_only_changes_are_asked_for(heard: Heard, tmp_path: Path) -> None:
    BROKEN.update({"b", "rows"})
    heard.build()
    heard.build()
    assert [told["event"] for told in read_told(tmp_path)] == ["failure", "failure"]

    heard.config = NotifyConfig(command=collecting(tmp_path), repeat=False)
    heard.build()
    assert read_told(tmp_path) == []

    BROKEN.add("c")
    heard.build(force=True)
    (told,) = read_told(tmp_path)
    assert [each["key"] for each in told["failed"]] == ["b", "c"]


def test_a_recovery_is_told_once_by_the_run_that_mended_it(heard: Heard, tmp_path: Path) -> None:
    BROKEN.update({"b", "c", "rows"})
    heard.build()
    read_told(tmp_path)
    BROKEN.remove("b")
    BROKEN.remove("rows")

    (done,) = heard.build(force=True)

    failure, recovery = sorted(read_told(tmp_path), key=lambda told: str(told["event"]))
    assert failure["counts"]["failed"] == 1
    assert recovery["event"] == "recovery"
    assert recovery["recovered"] == [{"asset": "report:has_rows", "key": None}, {"asset": "shops", "key": "b"}]
    assert recovery["subject"].startswith(f"sandbox: 1 node and 1 check recovered (run {done.run} on ")

    BROKEN.clear()
    heard.build()
    assert [told["recovered"] for told in read_told(tmp_path)] == [[{"asset": "shops", "key": "c"}]]
    heard.build(force=True)
    assert read_told(tmp_path) == []


def keep_shops(*closed: str) -> list[AssetsDefinition]:
    """Shops of which some cannot be asked any more: an edit, until it is taken back."""

    @asset(partitions_def=SHOPS, code_version=str(closed))
    def kept_shops(context: AssetExecutionContext) -> str:
        if context.partition_key in closed:
            raise ValueError(f"{context.partition_key} is closed")
        return str(context.partition_key)

    return [kept_shops]


@pytest.fixture
def shops_heard(tmp_path: Path) -> Heard:
    """Built, and built again with an edit by which two shops failed; then that is taken back."""
    made = hear(keep_shops(), tmp_path, command=collecting(tmp_path), repeat=False)
    made.build()
    made.sandbox.replace(keep_shops("b", "c"))
    made.build("kept_shops@b", "kept_shops@c")
    assert [told["event"] for told in read_told(tmp_path)] == ["failure"]
    made.sandbox.replace(keep_shops())
    return made


def test_what_several_builds_found_fresh_again_of_one_asset_is_told_of_all(shops_heard: Heard, tmp_path: Path) -> None:
    shops_heard.build("kept_shops@b", "kept_shops@c")

    (told,) = read_told(tmp_path)
    assert sorted(each["key"] for each in told["recovered"]) == ["b", "c"]


def test_what_is_fresh_again_without_being_made_has_recovered_and_can_fail_anew(
    shops_heard: Heard, tmp_path: Path
) -> None:
    (done,) = shops_heard.build()

    assert (done.built, done.unchanged) == (0, 0)
    (recovery,) = read_told(tmp_path)
    recovered = [(each["asset"], each["key"]) for each in recovery["recovered"]]
    assert sorted(recovered) == [("kept_shops", "b"), ("kept_shops", "c")]
    shops_heard.build()
    assert read_told(tmp_path) == [], "it is told once"
    shops_heard.sandbox.replace(keep_shops("b"))
    shops_heard.build("kept_shops@b")
    assert [told["event"] for told in read_told(tmp_path)] == ["failure"], "that is news"


def test_what_was_fresh_and_failed_by_force_recovers_when_it_is_made_and_not_before(
    heard: Heard, tmp_path: Path
) -> None:
    heard.build()
    BROKEN.update({"orders", "b"})
    heard.build(force=True)
    assert [told["event"] for told in read_told(tmp_path)] == ["failure"]
    BROKEN.clear()

    (done,) = heard.build()

    assert done.run == "", "all of it is as fresh as it was before"
    assert read_told(tmp_path) == []
    (forced,) = heard.build(force=True)
    (recovery,) = read_told(tmp_path)
    assert recovery["run"] == forced.run
    assert recovery["recovered"] == [{"asset": "orders", "key": None}, {"asset": "shops", "key": "b"}]


def test_a_check_that_fails_is_a_failure_and_one_that_warns_is_none(heard: Heard, tmp_path: Path) -> None:
    BROKEN.add("rows")

    heard.build()

    (told,) = read_told(tmp_path)
    assert told["subject"].startswith("sandbox: 1 check failed")
    assert told["checks"] == [{"asset": "report", "check": "has_rows", "key": None, "message": "there are none"}]
    assert "report:has_rows failed: there are none" in told["text"]


def test_a_check_that_still_stands_as_failed_is_told_by_a_build_that_has_nothing_to_do(
    heard: Heard, tmp_path: Path
) -> None:
    BROKEN.add("rows")
    heard.build()
    read_told(tmp_path)

    (done,) = heard.build()

    assert done.run == ""
    (told,) = read_told(tmp_path)
    assert (told["event"], told["run"], told["counts"]["checks_failed"]) == ("failure", None, 1)


@pytest.mark.parametrize(("on", "told"), [(("failure",), ["failure"]), (("recovery",), ["recovery"]), (("late",), [])])
def test_only_what_is_asked_for_is_told(heard: Heard, tmp_path: Path, on: tuple[str, ...], told: list[str]) -> None:
    heard.config = NotifyConfig(command=collecting(tmp_path), on=on)
    BROKEN.add("b")
    heard.build()
    BROKEN.clear()
    heard.build()

    assert [each["event"] for each in read_told(tmp_path)] == told


def test_a_long_list_is_cut(tmp_path: Path) -> None:
    keys = [f"k{number:02}" for number in range(60)]

    @asset(partitions_def=StaticPartitionsDefinition(keys))
    def many() -> None:
        raise ValueError("x" * 1000)

    hear([many], tmp_path, command=collecting(tmp_path)).build()

    (told,) = read_told(tmp_path)
    assert (len(told["failed"]), told["counts"]["failed"]) == (50, 60)
    lines = told["text"].splitlines()
    assert (len(lines), lines[-1]) == (12, "and 50 more")
    assert max(map(len, lines)) <= 300


def test_a_run_that_ends_with_an_error_is_told_and_the_error_goes_on(heard: Heard, tmp_path: Path) -> None:
    def fill(event: Event) -> None:
        if isinstance(event, RunFinished):
            raise StorageError("the disk is full")

    with pytest.raises(StorageError):
        heard.build("orders", during=fill)

    (told,) = read_told(tmp_path)
    assert told["subject"].startswith("sandbox: the build ended with an error (run ")
    assert (told["error"], told["text"].splitlines()[1]) == ("the disk is full", "the disk is full")


@pytest.mark.parametrize(("wait", "times"), [(True, 1), (False, 0)])
def test_a_lock_is_told_of_if_it_was_waited_for(heard: Heard, tmp_path: Path, wait: bool, times: int) -> None:
    def hold(_: Event) -> None:
        raise LockTimeout("another build works on orders")

    with pytest.raises(LockTimeout):
        heard.build("orders", during=hold, wait=wait)

    assert len(read_told(tmp_path)) == times


def test_what_was_stopped_is_not_told_of(heard: Heard, tmp_path: Path) -> None:
    BROKEN.add("orders")
    seen: list[Event] = []

    (done,) = heard.build(during=seen.append, stopped=lambda: any(isinstance(each, NodeFailed) for each in seen))

    assert done.interrupted
    assert read_told(tmp_path) == []


def test_no_build_fails_for_what_is_read_to_tell_of_it(
    heard: Heard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> None:
        raise StorageError("the state is locked")

    monkeypatch.setattr(listening, "read_troubles", refuse)
    BROKEN.add("report")
    (finished,) = heard.build("orders", "report")[-1:]
    assert finished.failed == 1
    assert heard.said.getvalue() == "warning: nobody is told of recoveries: the state is locked\n"
    assert [each["event"] for each in read_told(tmp_path)] == ["failure"]


def test_where_nobody_is_named_nothing_is_loaded(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    room = "assetmake.notifying.listening"
    heard.build()
    monkeypatch.delitem(sys.modules, room, raising=False)

    heard.build()
    assert room not in sys.modules, "there was nothing to do"

    heard.config = None
    BROKEN.add("orders")
    heard.build(force=True)
    assert room not in sys.modules


def test_several_builds_of_one_command_are_told_of_together(heard: Heard, tmp_path: Path) -> None:
    BROKEN.update({"orders", "b"})

    heard.build("orders", "shops")

    (told,) = read_told(tmp_path)
    assert [each["asset"] for each in told["failed"]] == ["orders", "shops"]
    assert told["counts"]["failed"] == 2


def test_a_module_that_does_not_import_is_told_of(heard: Heard, tmp_path: Path) -> None:
    heard.build()
    failure = ModuleFailure("shop.sales", "shop/sales.py", "no module named till", "")
    manifest = replace(heard.sandbox.project.manifest, failures=(failure,))
    heard.sandbox.project = replace(heard.sandbox.project, manifest=manifest)

    heard.build()

    (told,) = read_told(tmp_path)
    assert told["error"] == "1 module did not import: shop.sales"


def test_an_address_that_is_not_there_is_told_before_anything_fails(
    heard: Heard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SHOP_HOOK", raising=False)
    heard.config = NotifyConfig(webhook_env="SHOP_HOOK")

    heard.build("orders")

    assert heard.said.getvalue() == "warning: notify.webhook_env: the environment has no SHOP_HOOK: nobody is told\n"
