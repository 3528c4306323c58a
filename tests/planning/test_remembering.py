"""That there is nothing to do is remembered only where a plan says so, and nothing else than it looked at decides."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from assetmake import AssetKey
from assetmake.definitions.place import Place
from assetmake.discovery.manifest import AssetRecord, External, Fingerprint, SourceRecord
from assetmake.discovery.recall.inputs import Inputs
from assetmake.discovery.settings import OutputCheck
from assetmake.graph.asset_graph import AssetGraph
from assetmake.planning.keyset import ONE_PART
from assetmake.planning.opening import open_view
from assetmake.planning.plan import Plan, Reason, Verdict, Verdicts, encode
from assetmake.planning.remembering import remember_nothing_to_do
from assetmake.planning.scope import Survey
from assetmake.planning.standing import Sightings
from assetmake.planning.view import Scope
from assetmake.planning.world import World
from assetmake.storage.ledger import claim
from assetmake.storage.standing import find_answer
from assetmake.storage.state import EphemeralState

NOW = datetime(2026, 4, 10, 6, 30, tzinfo=UTC)
KEY = AssetKey("sales")
FRESH = Plan({KEY: Verdicts(1, range(0), b"")}, frozenset({KEY}))
STALE = Plan({KEY: Verdicts(1, range(1), bytes([encode(Verdict.STALE, Reason.CODE)]))}, frozenset({KEY}))


@dataclass
class Command:
    """A command that found nothing to do, and what it saw."""

    root: Path
    db: duckdb.DuckDBPyConnection
    plan: Plan = FRESH
    inputs: Inputs | None = field(default_factory=Inputs)
    unavailable: dict[AssetKey, str] = field(default_factory=dict)
    homes: dict[AssetKey, AssetKey] = field(default_factory=dict)
    sightings: Sightings = field(default_factory=Sightings)
    sources: dict[AssetKey, SourceRecord] = field(default_factory=dict)

    def is_remembered(self) -> bool:
        scope = Scope({KEY: None}, {KEY: ONE_PART}, {}, NOW)
        graph = AssetGraph({}, self.sources, (), {}, {}, unavailable=self.unavailable)
        view = open_view(self.db, scope)
        view = replace(view, homes=self.homes)
        survey = Survey(scope, {}, ())
        seen = World(graph, graph, survey, view, self.root, self.root, OutputCheck.STAT, self.sightings)
        kept_in = self.root / "state"
        remember_nothing_to_do(self.plan, seen, self.inputs, ("build",), True, 1_000, kept_in)
        return find_answer(str(self.root), ("build",), environment=os.environ, now=1_000) is not None


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Command]:
    monkeypatch.delenv("PYTHONPATH", raising=False)
    with EphemeralState().writing() as db:
        yield Command(tmp_path.resolve(), db)


def test_nothing_to_do_is_remembered(command: Command) -> None:
    assert command.is_remembered()


def test_until_something_is_where_nothing_was(command: Command) -> None:
    journal = command.root / "shop.db.wal"
    command.sightings.absent.add(str(journal))
    assert command.is_remembered()
    journal.touch()
    assert not command.is_remembered()


def find_work(command: Command) -> None:
    command.plan = STALE


def select_nothing(command: Command) -> None:
    command.plan = Plan({}, frozenset())


def know_nothing_of_the_inputs(command: Command) -> None:
    command.inputs = None


def leave_an_asset_out(command: Command) -> None:
    command.unavailable = {AssetKey("other"): "a module did not import"}


def find_a_former_name(command: Command) -> None:
    command.homes = {KEY: AssetKey("former")}


def leave_a_claim(command: Command) -> None:
    """Of a build that lives, or died: what stands may be replaced without a record."""
    assert claim(command.db, "somebody", {"sales": [0]}, alive={"somebody"}) == {}


def see_by_bytes(command: Command) -> None:
    command.sightings = Sightings(is_partial=True)


def read_what_a_function_observes(command: Command) -> None:
    """It may be seen to be other data, though no file has changed."""
    place, key = Place("a.py", 1), AssetKey("orders")
    observer = AssetRecord(key, "a", place, Fingerprint("", "", "", ""))
    command.sources = {key: SourceRecord(key, "", place, external=External("a", observer=observer))}


@pytest.mark.parametrize(
    "edit",
    [
        find_work,
        select_nothing,
        know_nothing_of_the_inputs,
        leave_an_asset_out,
        find_a_former_name,
        leave_a_claim,
        see_by_bytes,
        read_what_a_function_observes,
    ],
    ids=lambda edit: edit.__name__,
)
def test_where_more_decides_nothing_is_remembered(command: Command, edit: Callable[[Command], None]) -> None:
    edit(command)
    assert not command.is_remembered()
