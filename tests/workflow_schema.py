"""What may stand in the workflow files of two CI servers, as far as our examples use it, and who runs one of them.

The real schemas are a hundred times as long; what is not used here is not allowed here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

INPUTS = {
    "actions/checkout": {"fetch-depth", "path", "ref", "persist-credentials"},
    "actions/setup-python": {"python-version", "cache"},
    "actions/cache/restore": {"path", "key", "restore-keys"},
    "actions/cache/save": {"path", "key"},
    "actions/upload-artifact": {"name", "path", "include-hidden-files", "if-no-files-found"},
    "actions/download-artifact": {"pattern", "merge-multiple", "path", "name"},
}
"""The actions that are used, and what each of them takes."""
CONTEXTS = {"github.run_id", "github.run_attempt", "github.ref", "github.base_ref", "matrix.shard"}
SAFE_IN_SCRIPTS = {"matrix.shard"}
"""Others can be anybody's text, and a script into which that is written runs it."""
EXPRESSION = re.compile(r"\$\{\{ ?(.*?) ?\}\}")
USES = re.compile(r"(?P<action>[\w-]+(?:/[\w-]+)+)@v\d+")


def find_github_faults(workflow: dict[Any, Any]) -> Iterator[str]:
    """Return what is wrong with a workflow for GitHub Actions."""
    given = {"on" if key is True else key: value for key, value in workflow.items()}  # YAML 1.1 reads `on` as true
    yield from _compare(
        "the workflow", given, {"name", "on", "permissions", "concurrency", "jobs"}, {"name", "on", "jobs"}
    )
    if given.get("permissions") != {"contents": "read"}:
        yield "the workflow may do more than read"
    triggers = {given["on"]} if isinstance(given.get("on"), str) else set(given.get("on", ()))
    yield from (f"trigger {each}" for each in triggers - {"push", "pull_request", "schedule", "workflow_dispatch"})
    for name, job in given.get("jobs", {}).items():
        allowed = {"runs-on", "timeout-minutes", "needs", "if", "strategy", "env", "steps"}
        yield from _compare(f"job {name}", job, allowed, {"runs-on", "timeout-minutes", "steps"})
        if job.get("needs") and job["needs"] not in given["jobs"]:
            yield f"job {name} needs {job['needs']}"
        for number, step in enumerate(job.get("steps", ()), start=1):
            yield from _find_step_faults(f"step {number} of {name}", step)
        yield from _find_cache_faults(name, job)


def _find_step_faults(where: str, step: dict[str, Any]) -> Iterator[str]:
    yield from _compare(where, step, {"name", "uses", "with", "run", "if", "env"}, set())
    if ("uses" in step) == ("run" in step):
        yield f"{where} has to have either uses or run"
    if "uses" in step:
        found = USES.fullmatch(step["uses"])
        known = INPUTS.get(found["action"]) if found else None
        if known is None:
            yield f"{where} uses {step['uses']}"
        else:
            yield from _compare(where, step.get("with", {}), known, set())
    for text in _list_texts(step):
        yield from (f"{where}: {each}" for each in EXPRESSION.findall(text) if each not in CONTEXTS)
    yield from (
        f"{where} runs {each}" for each in EXPRESSION.findall(step.get("run", "")) if each not in SAFE_IN_SCRIPTS
    )


def _find_cache_faults(name: str, job: dict[str, Any]) -> Iterator[str]:
    """A cache that is saved has to be what the next build restores."""
    steps = {step.get("uses", "").partition("@")[0]: step.get("with", {}) for step in job.get("steps", ())}
    restored, saved = steps.get("actions/cache/restore"), steps.get("actions/cache/save")
    if restored and not any(restored["key"].startswith(each) for each in restored["restore-keys"].split()):
        yield f"job {name} restores other keys than its own"
    if saved and restored and (saved["path"], saved["key"]) != (restored["path"], restored["key"]):
        yield f"job {name} saves something else than it restores"


def find_gitlab_faults(pipeline: dict[str, Any]) -> Iterator[str]:
    """Return what is wrong with a pipeline for GitLab CI."""
    jobs = {name: job for name, job in pipeline.items() if name != "stages"}
    for name, job in jobs.items():
        whole = {**jobs.get(job.get("extends", ""), {}), **job}
        if job.get("extends", ".") != "." and job["extends"] not in jobs:
            yield f"{name} extends {job['extends']}"
        allowed = {
            "stage", "image", "timeout", "variables", "before_script", "artifacts", "extends", "rules",
            "resource_group", "interruptible", "cache", "script",
        }  # fmt: skip
        yield from _compare(name, whole, allowed, set() if name.startswith(".") else {"stage", "script", "rules"})
        if whole.get("stage") not in pipeline.get("stages", ()):
            yield f"{name} is of stage {whole.get('stage')}"
        for cache in whole.get("cache", ()):
            yield from _compare(
                f"cache of {name}", cache, {"key", "paths", "fallback_keys", "when", "policy"}, {"key", "paths"}
            )
        artifacts = whole.get("artifacts", {})
        yield from _compare(
            f"artifacts of {name}", artifacts, {"when", "expire_in", "paths", "reports"}, {"when", "reports"}
        )
        yield from _compare(f"reports of {name}", artifacts.get("reports", {}), {"junit"}, {"junit"})
        yield from (f"rule {rule} of {name}" for rule in whole.get("rules", ()) if set(rule) != {"if"})
        scripts = [*whole.get("before_script", ()), *whole.get("script", ())]
        yield from (f"{name} has {each!r} in a script" for each in scripts if not isinstance(each, str))


def _compare(where: str, given: dict[str, Any], allowed: set[str], required: set[str]) -> Iterator[str]:
    yield from (f"{where} has {key}" for key in sorted(set(given) - allowed))
    yield from (f"{where} lacks {key}" for key in sorted(required - set(given)))


def _list_texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for each in value.values():
                yield from _list_texts(each)
        case list():
            for each in value:
                yield from _list_texts(each)


@dataclass
class Runner:
    """Runs the steps of a job one after the other, as a server does: after a failure only those that always run.

    Attributes:
        context: What expressions stand for.
        act: Does what an action does, given its name and what it takes.
        shell: Runs a script and returns its exit status.
        ran: The steps that ran, by name or action, and how each ended.
    """

    context: dict[str, str]
    act: Callable[[str, dict[str, str]], None]
    shell: Callable[[str, dict[str, str]], int]
    ran: dict[str, int] = field(default_factory=dict)

    def run(self, job: dict[str, Any]) -> int:
        """Run a job and return its exit status."""
        environment = {name: self.fill(str(value)) for name, value in job.get("env", {}).items()}
        status = 0
        for step in job["steps"]:
            if status and step.get("if") != "always()":
                continue
            if "run" in step:
                ended = self.shell(self.fill(step["run"]), environment)
            else:
                ended = 0
                action = step["uses"].partition("@")[0]
                self.act(action, {key: self.fill(str(value)) for key, value in step.get("with", {}).items()})
            self.ran[step.get("name", step.get("uses", ""))] = ended
            status = status or ended
        return status

    def fill(self, text: str) -> str:
        return EXPRESSION.sub(lambda found: self.context[found[1]], text)
