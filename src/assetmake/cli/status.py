"""`assetmake status`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from assetmake.reporting.check_lines import sum_up_checks
from assetmake.reporting.display import display
from assetmake.reporting.documents import describe_orphans, describe_plan, write_json
from assetmake.reporting.orphan_lines import tell_orphans
from assetmake.reporting.patience import show_patience, tell_looking
from assetmake.reporting.plan_lines import list_status
from assetmake.ticking.freshness_rule import describe_age
from assetmake.ticking.lateness import FAIL, Age, judge_all


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
    opened = open_here(ctx, job=selection.job_run)
    with show_patience(opened.console, tell_looking(len(opened.project.graph.assets))):
        view = opened.project.make_plan(
            selection, closure=False, orphans=not selection.include and selection.job is None, verify=verify
        )
    tell_notes(opened.console, view.notes)
    keys = [key for key in opened.project.graph.order if key in view.plan.verdicts]
    now, built_at = clock.now(), {key: each.built_at for key, each in view.last_builds.items()}
    policies = [each for each in opened.project.manifest.automation.policies if each.asset in view.plan.verdicts]
    ages = judge_all(policies, built_at, now)
    if as_json:
        opened.console.result(write_json(_describe(view, keys, ages)))
    else:
        late = [key for key in keys if key in ages and ages[key].state == FAIL]
        opened.console.results(list_status(view, keys, now=now, late=late, paint=opened.console.paint))
        ages_of_late = (f"{display(str(key))}: {describe_age(ages[key], built_at[key], now)}" for key in late)
        for line in (*ages_of_late, *sum_up_checks(view.plan, paint=opened.console.paint), *tell_orphans(view.orphans)):
            opened.console.tell(line)


def _describe(view: PlanView, keys: Sequence[AssetKey], ages: Mapping[AssetKey, Age]) -> dict[str, Any]:
    """Return the status as a document; assets with a freshness policy have how they stand to it."""
    document = describe_plan(view, keys)
    for key, told in zip(keys, document["assets"], strict=True):
        if key in ages:
            age = ages[key]
            since, until = (None if time is None else time.isoformat() for time in (age.since, age.until))
            told["freshness"] = {"state": age.state.lower(), "since": since, "until": until}
    return {**document, "orphans": describe_orphans(view.orphans)}
