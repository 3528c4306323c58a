"""Events as lines of JSON: what the reference says of them is what there is."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from pathlib import Path
from typing import get_args

import pytest

from assetmake import events
from assetmake.events import CheckAnswered
from assetmake.reporting.documents import write_event

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference.md"
SILENT = {events.CaughtUp}
"""Not printed: it says when to write, not what."""
KINDS = [kind for kind in get_args(events.Event) if kind not in SILENT]


def read_table() -> dict[str, set[str]]:
    """Return the fields that the reference lists, by event."""
    part = REFERENCE.read_text(encoding="utf-8").partition("\n### Events\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([a-z_]+)` \| (.*?) \| .+ \|$", part, re.MULTILINE)
    return {name: set(re.findall(r"`([a-z_]+)`", fields)) for name, fields in rows}


def make_event(kind: type[events.Event]) -> events.Event:
    """Return an event whose fields hold anything: a line has to be written of it all the same."""
    given = {field.name: {} if field.name == "metadata" else "x" for field in dataclasses.fields(kind)}
    return kind(**given)  # type: ignore[arg-type]


def test_the_reference_lists_the_events_there_are_and_no_other() -> None:
    told = [set(json.loads(write_event(make_event(kind)))) for kind in KINDS]
    names = [json.loads(write_event(make_event(kind)))["event"] for kind in KINDS]
    assert read_table() == {name: fields - {"event"} for name, fields in zip(names, told, strict=True)}


def test_the_fields_that_scripts_rely_on_are_among_them() -> None:
    promised = {
        "built",
        "unchanged",
        "fresh",
        "failed",
        "skipped",
        "cached",
        "checks_passed",
        "checks_failed",
        "seconds",
    }
    assert promised <= read_table()["run_finished"]


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_json_does_not_have_is_null(number: float) -> None:
    event = CheckAnswered("a", "b", "", "failed", metadata={"one": number, "more": [number, 1.5], "name": "nan"})
    line = write_event(event)
    assert json.loads(line, parse_constant=pytest.fail)["metadata"] == {"one": None, "more": [None, 1.5], "name": "nan"}
