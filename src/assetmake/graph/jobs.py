"""Jobs by their names, as `job:NAME` and `--job NAME` mean them."""

from __future__ import annotations

from collections.abc import Mapping

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.naming import find_nearest, suggest
from assetmake.discovery.automation_records import JobRecord
from assetmake.errors import SelectionError
from assetmake.graph.asset_graph import AssetGraph
from assetmake.graph.broken import list_modules


def read_job(text: str) -> tuple[str, str | None]:
    """Read what `--job` names: NAME, or NAME@KEY for the run of one partition."""
    name, at, key = text.partition("@")
    return name, key if at else None


def find_job(graph: AssetGraph, name: str) -> JobRecord:
    """Return a job.

    Raises:
        SelectionError: there is none of the name.
    """
    record = graph.jobs.get(name)
    if record is not None:
        return record
    hint = suggest(find_nearest(name, list(graph.jobs))) or "`assetmake list --jobs` shows the jobs there are"
    if graph.broken:
        hint = f"these modules did not import: {list_modules(graph.broken)}; {hint}"
    raise SelectionError(f"there is no job {name!r}", hint=hint)


def list_assets(graph: AssetGraph, name: str) -> list[AssetKey]:
    """Return the assets of a job that can be built, in the order of the graph.

    Raises:
        SelectionError: there is no such job, it cannot be resolved, or it has no assets.
    """
    record = find_job(graph, name)
    if record.problem:  # only where a module did not import; else the definition was refused
        raise SelectionError(
            f"job {name} is unavailable: {record.problem}",
            hint=f"these modules did not import: {list_modules(graph.broken)}",
        )
    wanted = set(record.assets)
    found = [key for key in graph.order if key in wanted]
    if not found:
        lost = [key for key in record.assets if key in graph.unavailable]
        hint = f"{lost[0]} is unavailable: it needs {graph.unavailable[lost[0]]}" if lost else ""
        if record.checks:
            hint = f"checks are done with the assets that they are of: {', '.join(record.checks)}"
        raise SelectionError(f"job {name} ({record.place}) selects no assets: {record.selection}", hint=hint)
    return found


def find_run_tags(graph: AssetGraph, name: str | None) -> Mapping[str, str]:
    """Return what a job puts on its runs; nothing without a job.

    Raises:
        SelectionError: there is no such job.
    """
    return {} if name is None else find_job(graph, name).run_tags
