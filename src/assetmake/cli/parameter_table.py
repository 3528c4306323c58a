"""What can be given to each command, as far as completion goes; the commands are not loaded for it.

Written by `python tests/cli/parameter_table.py`; a test compares it with the commands.
"""

# ruff: noqa: E501
from __future__ import annotations

from click import Choice, Path, argument, option

from assetmake.cli.context import PROJECT_OPTIONS
from assetmake.cli.suggesting import (
    complete_assets,
    complete_automations,
    complete_jobs,
    complete_nodes,
    complete_partition_sets,
)

_SELECTION = (
    argument("terms", shell_complete=complete_assets, nargs=-1),
    option(
        "-s",
        "--select",
        shell_complete=complete_assets,
        multiple=True,
        help="What to select; the same as SEL, and may be repeated.",
    ),
    option("--exclude", shell_complete=complete_assets, multiple=True, help="What to leave out; may be repeated."),
    option(
        "--job",
        shell_complete=complete_jobs,
        multiple=True,
        help="Only assets of this job, with its config: all of them, or those that SEL selects too.",
    ),
    option("--partition", help="Only the partition with this key."),
    option("--partition-range", help="Only partitions from A to B, both included."),
    option("--from", help="Only partitions from this key or date on."),
    option("--to", help="Only partitions up to this key or date, included."),
    option("--latest", help="Only the last N partitions."),
)

PARAMETERS = {
    "init": (
        argument("folder", type=Path(file_okay=False)),
        option(
            "--from-dagster",
            type=Path(),
            help="Convert a project written for Dagster: its folder, its package or a .py file.",
        ),
        option("--into", type=Path(), help="Where the converted copy goes."),
        option("--write", is_flag=True, help="Convert the project where it is, without a copy."),
    ),
    "build": (
        *_SELECTION,
        option(
            "-k/-x",
            "--keep-going/--fail-fast",
            help="After a failure build what does not need it (the default), or start nothing more.",
        ),
        option(
            "--strict/--no-strict",
            help="Fail what runs and reads files of the project without declaring them, or only warn (default: build.strict of assets.toml, else warn). What is up to date is not looked at.",
        ),
        option("-n", "--dry-run", is_flag=True, help="Show the plan and run nothing."),
        option("--check", is_flag=True, help="Like --dry-run, and exit with 5 if work is needed, 1 if a check failed."),
        option("-f", "--force", is_flag=True, help="Build all that is selected, fresh or not."),
        option("--only", is_flag=True, help="Leave alone what is upstream of the selection."),
        option(
            "--max-partitions",
            help="Build at most N of what is selected, the oldest first; what they need upstream does not count.",
        ),
        option("--time-budget", help="Start nothing that history says would not end in this time: 30s, 50m, 2h."),
        option(
            "--verify",
            type=Choice(["none", "stat", "hash"]),
            help="How outputs are looked at, this time; default: what assets.toml says.",
        ),
        option(
            "--shard", help="Only the I-th of N parts of the work, which take about as long by what nodes took before."
        ),
        option(
            "--plan",
            type=Path(),
            help="Build what `plan -o F` wrote down, or exit with 2 if that is not what is to be done any more.",
        ),
        option("-j", "--jobs", help="Processes at once."),
        option("--lock-timeout", help="How long to wait for other builds."),
        option("--no-wait", is_flag=True, help="Don't wait for other builds: exit with 4."),
        option("--json", is_flag=True, help="Print a JSON object a line, for each event."),
        option("--junit", type=Path(), help="Write JUnit XML to F: an asset or a check is a test case."),
        option(
            "--github",
            is_flag=True,
            help="Annotate the lines that failed, group the logs of failures and write the job's summary.",
        ),
        option("--summary-md", type=Path(), help="Write a summary in Markdown to F."),
        option("-q", "--quiet", is_flag=True, help="Print only failures and the last line."),
        option("-v", "--verbose", is_flag=True, help="Print also what is started."),
        option("-c", multiple=True, help="Configure an asset, or a resource: RESOURCE.FIELD=VALUE; may be repeated."),
        option("--config", type=Path(), help="Run config for assets and resources, as TOML, JSON or YAML."),
        *PROJECT_OPTIONS,
    ),
    "tick": (
        argument("names", shell_complete=complete_automations, nargs=-1),
        option("-n", "--dry-run", is_flag=True, help="Say what is due; change and build nothing."),
        option("--explain", is_flag=True, help="Tell also of what is not due, and why, and when it comes next."),
        option("--at", help="Take this time for now, everywhere; in UTC, or with an offset."),
        option("--loop", is_flag=True, help="Tick again and again in the foreground, for those without cron."),
        option("--every", help="How often, with --loop."),
        option("-j", "--jobs", help="Processes at once."),
        option("--lock-timeout", help="How long to wait for other builds."),
        option("--no-wait", is_flag=True, help="Don't wait for other builds: exit with 4."),
        option("--json", is_flag=True, help="Print a JSON object a line, for each event."),
        option("--junit", type=Path(), help="Write JUnit XML to F: an asset or a check is a test case."),
        option(
            "--github",
            is_flag=True,
            help="Annotate the lines that failed, group the logs of failures and write the job's summary.",
        ),
        option("--summary-md", type=Path(), help="Write a summary in Markdown to F."),
        option("-q", "--quiet", is_flag=True, help="Print only failures and the last line."),
        option("-v", "--verbose", is_flag=True, help="Print also what is started."),
        *PROJECT_OPTIONS,
    ),
    "crontab": (
        option("--every", help="How often cron ticks."),
        option("--mail", is_flag=True, help="Keep no log: print failures only, which cron mails."),
        *PROJECT_OPTIONS,
    ),
    "backfill": (
        *_SELECTION,
        option("--newest-first", is_flag=True, help="Begin with the newest partitions, not with the oldest."),
        option(
            "--status", help="Only partitions in these states: missing, failed, stale; default: all that is not fresh."
        ),
        option(
            "-k/-x",
            "--keep-going/--fail-fast",
            help="After a failure build what does not need it (the default), or start nothing more.",
        ),
        option(
            "--strict/--no-strict",
            help="Fail what runs and reads files of the project without declaring them, or only warn (default: build.strict of assets.toml, else warn). What is up to date is not looked at.",
        ),
        option("-n", "--dry-run", is_flag=True, help="Show what would run and how long it would take; run nothing."),
        option("-f", "--force", is_flag=True, help="Build all that is selected, fresh or not."),
        option("--only", is_flag=True, help="Leave alone what is upstream of the selection."),
        option(
            "--max-partitions",
            help="Build at most N of what is selected, the oldest first; what they need upstream does not count.",
        ),
        option("--time-budget", help="Start nothing that history says would not end in this time: 30s, 50m, 2h."),
        option(
            "--verify",
            type=Choice(["none", "stat", "hash"]),
            help="How outputs are looked at, this time; default: what assets.toml says.",
        ),
        option("-j", "--jobs", help="Processes at once."),
        option("--lock-timeout", help="How long to wait for other builds."),
        option("--no-wait", is_flag=True, help="Don't wait for other builds: exit with 4."),
        option("--json", is_flag=True, help="Print a JSON object a line, for each event."),
        option("--junit", type=Path(), help="Write JUnit XML to F: an asset or a check is a test case."),
        option(
            "--github",
            is_flag=True,
            help="Annotate the lines that failed, group the logs of failures and write the job's summary.",
        ),
        option("--summary-md", type=Path(), help="Write a summary in Markdown to F."),
        option("-q", "--quiet", is_flag=True, help="Print only failures and the last line."),
        option("-v", "--verbose", is_flag=True, help="Print also what is started."),
        option("-c", multiple=True, help="Configure an asset, or a resource: RESOURCE.FIELD=VALUE; may be repeated."),
        option("--config", type=Path(), help="Run config for assets and resources, as TOML, JSON or YAML."),
        *PROJECT_OPTIONS,
    ),
    "check": (
        *_SELECTION,
        option("-f", "--force", is_flag=True, help="Make all checks again, whatever they found before."),
        option(
            "--verify",
            type=Choice(["none", "stat", "hash"]),
            help="How outputs are looked at, this time; default: what assets.toml says.",
        ),
        option("-j", "--jobs", help="Processes at once."),
        option("--lock-timeout", help="How long to wait for other builds."),
        option("--no-wait", is_flag=True, help="Don't wait for other builds: exit with 4."),
        option("--json", is_flag=True, help="Print a JSON object a line, for each event."),
        option("--junit", type=Path(), help="Write JUnit XML to F: an asset or a check is a test case."),
        option(
            "--github",
            is_flag=True,
            help="Annotate the lines that failed, group the logs of failures and write the job's summary.",
        ),
        option("--summary-md", type=Path(), help="Write a summary in Markdown to F."),
        option("-q", "--quiet", is_flag=True, help="Print only failures and the last line."),
        option("-v", "--verbose", is_flag=True, help="Print also what is started."),
        option("-c", multiple=True, help="Configure an asset, or a resource: RESOURCE.FIELD=VALUE; may be repeated."),
        option("--config", type=Path(), help="Run config for assets and resources, as TOML, JSON or YAML."),
        *PROJECT_OPTIONS,
    ),
    "plan": (
        *_SELECTION,
        option("-f", "--force", is_flag=True, help="As if everything selected were stale."),
        option("--only", is_flag=True, help="Leave alone what is upstream of the selection."),
        option("--explain", is_flag=True, help="Tell of each asset what is not as it was, as `why` does."),
        option("--diff", is_flag=True, help="Show also what changed of the code."),
        option("--exit-code", is_flag=True, help="Exit with 5 if work is needed, 1 if a check failed."),
        option("-q", "--quiet", is_flag=True, help="Print no plan, only warnings: for --exit-code and -o."),
        option(
            "--shard", help="Only the I-th of N parts of the work, which take about as long by what nodes took before."
        ),
        option(
            "-o",
            "--output",
            type=Path(),
            help="Write the plan down, for `build --plan F`; - is standard output, with nothing else on it.",
        ),
        option("--json", is_flag=True, help="Print one JSON document."),
        option(
            "--verify",
            type=Choice(["none", "stat", "hash"]),
            help="How outputs are looked at, this time; default: what assets.toml says.",
        ),
        option("-c", multiple=True, help="Configure an asset, or a resource: RESOURCE.FIELD=VALUE; may be repeated."),
        option("--config", type=Path(), help="Run config for assets and resources, as TOML, JSON or YAML."),
        *PROJECT_OPTIONS,
    ),
    "status": (
        *_SELECTION,
        option("--json", is_flag=True, help="Print one JSON document."),
        option(
            "--verify",
            type=Choice(["none", "stat", "hash"]),
            help="How outputs are looked at, this time; default: what assets.toml says.",
        ),
        option("-c", multiple=True, help="Configure an asset, or a resource: RESOURCE.FIELD=VALUE; may be repeated."),
        option("--config", type=Path(), help="Run config for assets and resources, as TOML, JSON or YAML."),
        *PROJECT_OPTIONS,
    ),
    "why": (
        argument("node", shell_complete=complete_nodes),
        option("--json", is_flag=True, help="Print one JSON document."),
        option(
            "--verify",
            type=Choice(["none", "stat", "hash"]),
            help="How outputs are looked at, this time; default: what assets.toml says.",
        ),
        option("-c", multiple=True, help="Configure an asset, or a resource: RESOURCE.FIELD=VALUE; may be repeated."),
        option("--config", type=Path(), help="Run config for assets and resources, as TOML, JSON or YAML."),
        *PROJECT_OPTIONS,
    ),
    "list": (
        *_SELECTION,
        option("--jobs", is_flag=True, help="List jobs instead; with SEL those that have any of it."),
        option("--schedules", is_flag=True, help="The same for schedules."),
        option("--sensors", is_flag=True, help="The same for sensors."),
        option("--checks", is_flag=True, help="List checks instead; with SEL those of it."),
        option("--json", is_flag=True, help="Print one JSON document."),
        *PROJECT_OPTIONS,
    ),
    "graph": (
        *_SELECTION,
        option("--format", type=Choice(["tree", "dot", "mermaid", "json"]), help="How to draw it."),
        option("--code", is_flag=True, help="Draw what the code of one asset consists of."),
        *PROJECT_OPTIONS,
    ),
    "show": (
        argument("node", shell_complete=complete_assets),
        option("-n", "--limit", help="Rows of a table."),
        *PROJECT_OPTIONS,
    ),
    "log": (
        argument("node", shell_complete=complete_nodes),
        option("--run", help="What it printed in that run; an id, or its last characters."),
        *PROJECT_OPTIONS,
    ),
    "history": (
        argument("target", shell_complete=complete_assets),
        option("-n", "--limit", help="So many at most."),
        option("--since", help="Only from then on: 7d, 2026-01-05."),
        option("--failed", is_flag=True, help="Only what did not end as it was meant to."),
        option("--json", is_flag=True, help="Print one JSON document."),
        *PROJECT_OPTIONS,
    ),
    "diff": (
        argument("node", shell_complete=complete_assets),
        option("--run", "--from", help="The older build; default: the last one that gave other data."),
        option("--to", help="The newer build; default: the last one that changed the data."),
        option("--json", is_flag=True, help="Print one JSON document."),
        *PROJECT_OPTIONS,
    ),
    "retry": (
        argument("run"),
        option(
            "-k/-x",
            "--keep-going/--fail-fast",
            help="After a failure build what does not need it (the default), or start nothing more.",
        ),
        option(
            "--strict/--no-strict",
            help="Fail what runs and reads files of the project without declaring them, or only warn (default: build.strict of assets.toml, else warn). What is up to date is not looked at.",
        ),
        option("--only", is_flag=True, help="Leave alone what is upstream, as is done where the run did."),
        option("--job", shell_complete=complete_jobs, help="Config of this job, if not of the run's."),
        option("-j", "--jobs", help="Processes at once."),
        option("--lock-timeout", help="How long to wait for other builds."),
        option("--no-wait", is_flag=True, help="Don't wait for other builds: exit with 4."),
        option("--json", is_flag=True, help="Print a JSON object a line, for each event."),
        option("--junit", type=Path(), help="Write JUnit XML to F: an asset or a check is a test case."),
        option(
            "--github",
            is_flag=True,
            help="Annotate the lines that failed, group the logs of failures and write the job's summary.",
        ),
        option("--summary-md", type=Path(), help="Write a summary in Markdown to F."),
        option("-q", "--quiet", is_flag=True, help="Print only failures and the last line."),
        option("-v", "--verbose", is_flag=True, help="Print also what is started."),
        option("-c", multiple=True, help="Configure an asset, or a resource: RESOURCE.FIELD=VALUE; may be repeated."),
        option("--config", type=Path(), help="Run config for assets and resources, as TOML, JSON or YAML."),
        *PROJECT_OPTIONS,
    ),
    "accept": (
        *_SELECTION,
        option("-r", "--reason", help="Why; kept in the history, and told by `why`."),
        option("--json", is_flag=True, help="Print one JSON document."),
        *PROJECT_OPTIONS,
    ),
    "invalidate": (
        *_SELECTION,
        option("-r", "--reason", help="Why; kept in the history."),
        option("--json", is_flag=True, help="Print one JSON document."),
        *PROJECT_OPTIONS,
    ),
    "mv": (
        argument("old"),
        argument("new", shell_complete=complete_assets),
        *PROJECT_OPTIONS,
    ),
    "gc": (
        option("-y", "--yes", is_flag=True, help="Remove what is listed."),
        option("--json", is_flag=True, help="Print one JSON document."),
        *PROJECT_OPTIONS,
    ),
    "state export": (
        option("-o", "--output", help="The file; default: standard output."),
        *PROJECT_OPTIONS,
    ),
    "state import": (
        argument("file", type=Path()),
        option("--json", is_flag=True, help="Print one JSON document."),
        *PROJECT_OPTIONS,
    ),
    "state merge": (
        argument("files", type=Path(), nargs=-1),
        option("-o", "--output", help="The file; default: standard output."),
        *PROJECT_OPTIONS,
    ),
    "state check": (
        option("--json", is_flag=True, help="Print one JSON document."),
        *PROJECT_OPTIONS,
    ),
    "state migrate": (
        option("--json", is_flag=True, help="Print one JSON document."),
        *PROJECT_OPTIONS,
    ),
    "partitions list": (
        argument("name", shell_complete=complete_partition_sets),
        option("--json", is_flag=True, help="Print one JSON document."),
        *PROJECT_OPTIONS,
    ),
    "partitions add": (
        argument("name", shell_complete=complete_partition_sets),
        argument("keys", nargs=-1),
        option("--json", is_flag=True, help="Print one JSON document."),
        *PROJECT_OPTIONS,
    ),
    "partitions remove": (
        argument("name", shell_complete=complete_partition_sets),
        argument("keys", nargs=-1),
        option("--json", is_flag=True, help="Print one JSON document."),
        *PROJECT_OPTIONS,
    ),
    "validate": (
        argument("terms", shell_complete=complete_assets, nargs=-1),
        option("-v", "--verbose", is_flag=True, help="Show what the code of each asset, or of SEL, consists of."),
        option("--json", is_flag=True, help="Print one JSON document."),
        *PROJECT_OPTIONS,
    ),
    "completion": (argument("shell", type=Choice(["bash", "zsh", "fish"])),),
}
