"""What was done with a state as a whole, in lines for people and as documents for scripts."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from assetmake.reporting.display import display
from assetmake.reporting.idle_line import count
from assetmake.reporting.paint import PLAIN, Paint
from assetmake.storage.portable.choosing import Choice
from assetmake.storage.portable.inspecting import Findings
from assetmake.storage.portable.writing import Written


def tell_written(written: Written, target: str) -> str:
    return f"{_count_nodes(written.nodes, written.checks)} written to {display(target)}"


def _count_nodes(nodes: int, checks: int) -> str:
    return count(nodes, "node") + (f" and {count(checks, 'check')}" if checks else "")


def list_left_out(written: Written) -> Iterator[str]:
    """Return what a person should know of nodes that do not travel."""
    if written.elsewhere:
        yield (
            f"{count(written.elsewhere, 'node')} left out: an IO manager keeps them in files outside of the project,"
            " which other machines do not have"
        )
    if written.unsure:
        yield (
            f"{count(written.unsure, 'node')} left out: a build of them is under way or was killed, and nobody can"
            " look at what stands"
        )


def list_imported(choice: Choice) -> Iterator[str]:
    """Return what became of the nodes of a file."""
    yield f"{_count_nodes(choice.taken, choice.checks)} taken, {choice.kept:,} here already"
    if choice.missing:
        yield f"{count(choice.missing, 'node')} left out: their outputs are not here"
    if choice.different:
        yield f"{count(choice.different, 'node')} left out: their outputs are here with other content"
    if choice.unseen:
        yield f"{count(choice.unseen, 'node')} taken as told: they are in no file of their own that could be looked at"


def describe_imported(choice: Choice) -> dict[str, Any]:
    return dataclasses.asdict(choice)


def list_findings(found: Findings, *, paint: Paint = PLAIN) -> Iterator[str]:
    """Return what was found of a state: damage last."""
    yield f"schema {found.version}: {count(found.assets, 'asset')}, {_count_nodes(found.nodes, found.checks)}"
    outputs = [(found.missing, "missing"), (found.modified, "with other content")]
    told = ", ".join(f"{count(number, 'output')} {what}" for number, what in outputs if number)
    if told:
        yield f"{told}: the next build makes them again"
    if found.unseen:
        yield f"{count(found.unseen, 'node')} in no file of their own that could be looked at"
    if found.dead_runs or found.suspects:
        runs = f"{count(found.dead_runs, 'killed build')} left " if found.dead_runs else ""
        yield f"{runs}{count(found.suspects, 'node')} to look at: the next build does"
    for what, number in found.problems.items():
        yield paint(f"damaged: {number:,} {what}", "red")
    if not found.problems:
        yield "the state holds together"


def describe_findings(found: Findings) -> dict[str, Any]:
    return dataclasses.asdict(found)


def tell_migrated(versions: tuple[int, int] | None) -> str:
    """Return what became of the schema of a state."""
    if versions is None:
        return "there is no state yet; the first build makes one"
    before, after = versions
    return f"schema {after}, as before" if before == after else f"schema {before} is now schema {after}"


def describe_migrated(versions: tuple[int, int] | None) -> dict[str, Any]:
    before, after = versions or (None, None)
    return {"before": before, "after": after}


def tell_progress(done: int, total: int) -> str:
    return f"looked at {done:,} of {total:,} outputs"
