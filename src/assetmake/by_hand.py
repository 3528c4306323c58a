"""What a person decides by hand of an opened project: what was built is stale, is fresh, has a new name, can go."""

from __future__ import annotations

from collections.abc import Mapping

from assetmake import clock
from assetmake.definitions.asset_key import AssetKey
from assetmake.errors import UsageError
from assetmake.execution.claims import refuse_held
from assetmake.execution.collecting import collect_orphans
from assetmake.execution.renaming import rename as rename_nodes
from assetmake.graph.selection import Selection
from assetmake.planning import deciding
from assetmake.planning.deciding import Decided, find_acceptable
from assetmake.planning.orphans import Garbage, Orphans
from assetmake.planning.plan import Parts
from assetmake.project import Project
from assetmake.storage.decisions import ACCEPT, INVALIDATE, RENAME, sign_decision
from assetmake.storage.state import Database


def invalidate(project: Project, selection: Selection, reason: str) -> Decided:
    """Mark what was built of a selection as stale.

    Raises:
        LockTimeout: a living build works on some of it.
    """
    project.require_assets()
    project.move_home()
    with project.state.writing() as db:
        seen = project.look(db, selection=selection)
        targets, decision = seen.find_targets(selection), sign_decision(INVALIDATE, reason, now=clock.now())
        _refuse_held(project, db, targets)
        return deciding.invalidate(seen.view, targets, decision)


def accept(project: Project, selection: Selection, reason: str) -> Decided:
    """Take what stands of a selection as made by the present code from the present data; no user code runs.

    Raises:
        UsageError: there is nothing to take of some node; then nothing is accepted.
        LockTimeout: a living build works on some of it.
    """
    project.require_assets()
    project.move_home()
    with project.state.writing() as db:
        seen = project.look(db, selection=selection)
        targets = seen.find_targets(selection)
        plan = seen.make_planner().make_plan(targets)
        nodes, decision = find_acceptable(plan, targets), sign_decision(ACCEPT, reason, now=clock.now())
        _refuse_held(project, db, nodes)
        return deciding.accept(
            seen.view, project.graph, plan, nodes, decision, outputs=project.outputs, project=project.root
        )


def rename(project: Project, old: AssetKey, new: AssetKey) -> int | None:
    """Move what was built of an asset to its new name; return how many nodes, None where that was done before.

    Raises:
        UsageError: the old name is still in use, has nothing recorded, or the new one has.
        LockTimeout: a living build works on it.
    """
    in_use = project.graph.assets.get(old) or project.graph.sources.get(old)
    if in_use is not None:
        raise UsageError(
            f"{old} is still in the project ({in_use.place})",
            hint="rename it in the code first; then mv takes what was built along",
        )
    with project.state.writing() as db:
        return rename_nodes(project.site, db, old, new, sign_decision(RENAME, str(old), now=clock.now()))


def collect(project: Project, *, remove: bool) -> tuple[list[Orphans], Garbage]:
    """Return what was built and is no longer in the project, and what its outputs are.

    Args:
        project: The project.
        remove: Remove the outputs that are what was recorded, and the records.

    Raises:
        LockTimeout: a living build works on some of it.
    """
    if remove:
        project.move_home()
    with project.state.writing() if remove else project.state.reading() as db:
        seen = project.look(db)
        read = {project.root / path for path in seen.survey.seen}
        is_whole = not project.manifest.failures
        return collect_orphans(project.site, db, seen.view, is_whole=is_whole, read=read, remove=remove)


def _refuse_held(project: Project, db: Database, nodes: Mapping[AssetKey, Parts]) -> None:
    refuse_held(db, {str(key): parts for key, parts in nodes.items()}, alive=project.site.runs.list_alive())
