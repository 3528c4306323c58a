"""What is wanted as JSON, as the state keeps it, and who builds it in words."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from assetmake.discovery.duration import tell_age
from assetmake.storage.automation_book import RequestRow
from assetmake.ticking.decision import Wanted

SINCE = "%Y-%m-%d %H:%M:%S UTC"
"""How it is kept since when somebody builds."""


def write_wanted(wanted: Wanted) -> dict[str, Any]:
    """Return what is wanted as plain values."""
    nodes = {name: None if spans is None else [list(span) for span in spans] for name, spans in wanted.nodes.items()}
    return {"nodes": nodes, "job": wanted.job, "config": dict(wanted.config), "tags": dict(wanted.tags)}


def read_wanted(written: Mapping[str, Any]) -> Wanted:
    """Return what `write_wanted` was given."""
    nodes = {
        name: None if spans is None else tuple((first, last) for first, last in spans)
        for name, spans in written["nodes"].items()
    }
    return Wanted(nodes, written["job"], written["config"], written["tags"])


def tell_holder(row: RequestRow, now: datetime, *, run: str) -> str:
    """Say who builds what was asked for, for how long, and as which run if that is known."""
    holder = row.holder or {}
    where = f"pid {holder.get('pid')} on {holder.get('host')}, since {holder.get('since')}"
    with suppress(ValueError):
        begun = datetime.strptime(f"{holder.get('since')}", SINCE).replace(tzinfo=UTC)
        where += f", for {tell_age((now - begun).total_seconds())}"
    return f"{f'run {run}, ' if run else ''}{where}: {holder.get('command')}"
