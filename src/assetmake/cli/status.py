"""`assetmake status`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from assetmake import clock
from assetmake.cli.context import config_options, project_options
from assetmake.cli.opening import open_here
from assetmake.cli.options import json_option, selection_options, verify_option
from assetmake.cli.plan import tell_notes
from assetmake.definitions.asset_key import AssetKey
from assetmake.discovery.settings import OutputCheck
from assetmake.graph.selection import Selection
from assetmake.planning.prepared import PlanView
from assetmake.project import Project
from assetmake.reporting.check_lines import sum_up_checks
from assetmake.reporting.display import display
from assetmake.reporting.documents import describe_orphans, describe_plan, write_json
from assetmake.reporting.orphan_lines import tell_orphans
from assetmake.reporting.patience import show_patience, tell_looking
from assetmake.reporting.plan_lines import list_status
from assetmake.ticking.backlog import Backlog, list_failing
from assetmake.ticking.freshness_rule import describe_age
from assetmake.ticking.lateness import FAIL, WARN, Age, judge_all


@click.command()
@selection_options
@json_option
@verify_option
@config_options
@project_options
@click.pass_context
def status(ctx: click.Context, *, selection: Selection, as_json: bool, verify: OutputCheck | None) -> None:
    """Show how fresh every asset is, and when it was built.

    Partitions are counted, and those that are not fresh are shown as ranges of keys. Where no assets are named, what
    was built and is no longer in the project is told of below. An asset that is older than its freshness policy lets it
    become is late. It works while a build runs. Sources that a function
    observes are looked at first.

    \b
    Examples:
      assetmake status                  every asset
      assetmake status tag:nightly      some of them
      assetmake status --latest 7       of the last week
      assetmake status --json           for scripts
    """
    opened = open_here(ctx, job=selection.job_run, keys=selection.keys)
    is_whole = not selection.include and selection.job is None
    with show_patience(opened.console, tell_looking(len(opened.project.graph.assets))):
        view = opened.project.make_plan(selection, closure=False, orphans=is_whole, verify=verify)
    tell_notes(opened.console, view.notes)
    keys = [key for key in opened.project.graph.order if key in view.plan.verdicts]
    now, built_at = clock.now(), {key: each.built_at for key, each in view.last_builds.items()}
    policies = [each for each in opened.project.manifest.automation.policies if each.asset in view.plan.verdicts]
    ages = judge_all(policies, built_at, now)
    failing = _list_failing(opened.project) if is_whole else []
    if as_json:
        opened.console.result(write_json(_describe(view, keys, ages, failing)))
    else:
        late = [key for key in keys if key in ages and ages[key].state == FAIL]
        opened.console.results(list_status(view, keys, now=now, late=late, paint=opened.console.paint))
        told = [key for key in keys if key in ages and ages[key].state in {WARN, FAIL}]
        ages_told = (f"{display(str(key))}: {describe_age(ages[key], built_at[key], now)}" for key in told)
        checks = sum_up_checks(view.plan, paint=opened.console.paint)
        for line in (*ages_told, *checks, *tell_orphans(view.orphans), *_tell_failing(failing)):
            opened.console.tell(line)


def _list_failing(project: Project) -> list[tuple[str, str, Backlog]]:
    if not (project.manifest.automation.schedules or project.manifest.automation.sensors):
        return []
    with project.state.reading() as db:
        return list_failing(db, project.manifest.automation)


def _tell_failing(failing: Sequence[tuple[str, str, Backlog]]) -> Iterator[str]:
    """Yield a line for each schedule and sensor that fails."""
    for kind, name, backlog in failing:
        since = f"{backlog.failing_since:%Y-%m-%d %H:%M} UTC"
        yield f"{kind} {display(name)}: failing since {since}: {display(backlog.message)}"


def _describe(
    view: PlanView,
    keys: Sequence[AssetKey],
    ages: Mapping[AssetKey, Age],
    failing: Sequence[tuple[str, str, Backlog]],
) -> dict[str, Any]:
    """Return the status as a document; assets with a freshness policy have how they stand to it."""
    document = describe_plan(view, keys)
    for key, told in zip(keys, document["assets"], strict=True):
        if key in ages:
            age = ages[key]
            since, until = (None if time is None else time.isoformat() for time in (age.since, age.until))
            told["freshness"] = {"state": age.state.lower(), "since": since, "until": until}
    rules = [{"kind": kind, "name": name, "since": each.since, "message": each.message} for kind, name, each in failing]
    return {**document, "orphans": describe_orphans(view.orphans), "failing": rules}
