"""A shop of four assets to decide about, and what a plan says of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from assetmake import AssetsDefinition, DailyPartitionsDefinition, PartitionsDefinition, asset, by_hand
from assetmake.definitions.asset_key import AssetKey
from assetmake.events import NodesBuilt
from assetmake.graph.selection import Selection
from assetmake.planning.deciding import Decided
from assetmake.planning.plan import Verdict, decode
from assetmake.storage.ledger import claim
from assetmake.storage.run_records import RunRow, start_run
from assetmake.testing import BuildResult, Sandbox

DAYS = DailyPartitionsDefinition("2026-01-01", end_date="2026-01-04")


def make_shop(
    *, numbers: Sequence[int] = (1, 2, 3), factor: int = 1, message: str = "", days: PartitionsDefinition | None = DAYS
) -> list[AssetsDefinition]:
    """Return numbers -> daily -> doubled (by partition) and daily -> total -> sent (without an output)."""
    given, text = list(numbers), message

    @asset
    def numbers() -> list:  # type: ignore[no-redef]
        return given

    @asset(partitions_def=days)
    def daily(numbers: list) -> pa.Table:
        return pa.table({"n": [number * factor for number in numbers]})

    @asset(partitions_def=days)
    def doubled(daily: pa.Table) -> list:
        return [2 * number for number in daily["n"].to_pylist()]

    @asset
    def total(daily: dict[str, pa.Table]) -> dict:
        return {"rows": sum(table.num_rows for table in daily.values())}

    @asset(deps=["total"])
    def sent() -> None:
        assert text != "broken"
        assert isinstance(text, str)

    return [numbers, daily, doubled, total, sent]  # type: ignore[list-item]


def list_verdicts(sandbox: Sandbox) -> dict[str, str]:
    """Return what is not fresh: its reason, or "waiting"."""
    view = sandbox.plan()
    found = {}
    for key, verdicts in view.plan:
        definition = view.scope.definitions[key]
        for part, code in zip(verdicts.parts, verdicts.codes, strict=True):
            verdict, reason = decode(code)
            name = str(key) if definition is None else f"{key}@{definition.key_of(part)}"
            found[name] = "waiting" if verdict is Verdict.WAITING else reason.value
    return found


def accept(sandbox: Sandbox, *selection: str, reason: str = "checked") -> Decided:
    return by_hand.accept(sandbox.project, Selection(selection), reason)


def invalidate(sandbox: Sandbox, *selection: str, reason: str = "doubtful") -> Decided:
    return by_hand.invalidate(sandbox.project, Selection(selection), reason)


def rename(sandbox: Sandbox, old: str, new: str) -> int | None:
    return by_hand.rename(sandbox.project, AssetKey.from_user_string(old), AssetKey.from_user_string(new))


def count_unchanged(result: BuildResult) -> int:
    return sum(event.unchanged for event in result.events if isinstance(event, NodesBuilt))


def list_decisions(sandbox: Sandbox) -> list[tuple[str, str, str | None, str]]:
    """Return what is kept of decisions: action, asset, key, reason."""
    with sandbox.project.state.reading() as db:
        rows = db.execute(
            "select d.action, a.key, d.key, d.reason from state.decisions d join state.assets a on a.id = d.asset"
            " order by d.made_at, a.key, d.key"
        ).fetchall()
    return [tuple(row) for row in rows]


def list_files(sandbox: Sandbox) -> list[str]:
    data = sandbox.root / "data"
    return sorted(path.relative_to(data).as_posix() for path in data.rglob("*") if path.is_file())


def write_json(path: Path, value: object) -> None:
    assert path.exists()
    path.write_text(json.dumps(value), encoding="utf-8")


@contextmanager
def living_build(sandbox: Sandbox, name: str, parts: Sequence[int] = (0,)) -> Iterator[None]:
    """While the block runs, another build is alive and has claimed nodes."""
    project = sandbox.project
    now = project.make_plan(Selection()).scope.now
    with project.site.runs.open_run(now=now) as run:
        with project.state.writing() as db:
            start_run(db, RunRow(run, now, "assetmake build", 1, "here"))
            claim(db, run, {name: parts}, alive={run})
        yield
