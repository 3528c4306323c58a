"""Who asked for a build: a person, cron, a CI job or a rule; found out without starting a process.

It decides nothing. It is kept with the run, so that the history can tell who did it and from which commit.
"""

from __future__ import annotations

import json
import os
import pwd
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from assetmake.execution.git_head import read_head

_CRON = frozenset({"cron", "crond", "anacron", "fcron", "atd", "busybox", "supercronic", "launchd"})
"""What starts jobs at set times, as the system names its processes."""
_GENERATIONS = 6
"""Between cron and the build there may be shells, a lock and a wrapper."""


class Asker(StrEnum):
    """Who asks for a build."""

    PERSON = "person"
    CRON = "cron"
    CI = "ci"
    TICK = "tick"
    """A schedule, a sensor or a rule, of which `tick` found that it is due."""
    PROGRAM = "program"
    """Another one: there is no terminal, and nothing tells more."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asked.

    Attributes:
        by: What kind of asker.
        user: On whose account.
        commit: The commit that the project's folder is at, where it is one of git's.
        purpose: What the build is for.
        service: The CI service.
        url: Where it shows the job.
        ref: The branch or tag that the job is for.
    """

    by: Asker
    user: str = ""
    commit: str = ""
    purpose: str = ""
    service: str = ""
    url: str = ""
    ref: str = ""

    def write(self) -> str:
        """Return it as a JSON object of what is known."""
        return json.dumps({name: value for name, value in asdict(self).items() if value}, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class _Service:
    name: str
    sign: str
    url: str = ""
    ref: str = ""


_SERVICES = (
    _Service(
        "GitHub Actions",
        "GITHUB_ACTIONS",
        "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}",
        "{GITHUB_HEAD_REF|GITHUB_REF_NAME}",
    ),
    _Service("GitLab CI", "GITLAB_CI", "{CI_JOB_URL}", "{CI_COMMIT_REF_NAME}"),
    _Service("Jenkins", "JENKINS_URL", "{BUILD_URL}", "{BRANCH_NAME|GIT_BRANCH}"),
    _Service("CircleCI", "CIRCLECI", "{CIRCLE_BUILD_URL}", "{CIRCLE_BRANCH}"),
    _Service("Buildkite", "BUILDKITE", "{BUILDKITE_BUILD_URL}", "{BUILDKITE_BRANCH}"),
    _Service("Azure Pipelines", "TF_BUILD", "", "{BUILD_SOURCEBRANCHNAME}"),
    _Service("Bitbucket Pipelines", "BITBUCKET_BUILD_NUMBER", "", "{BITBUCKET_BRANCH}"),
    _Service("Forgejo Actions", "FORGEJO_ACTIONS"),
    _Service("CI", "CI"),
)
"""The first of which a variable is set is the one that runs the job; the last has only what most of them set."""
_OFF = frozenset({"", "0", "false", "no"})


def find_asker(
    project: Path,
    environ: Mapping[str, str],
    *,
    purpose: str = "",
    is_terminal: Callable[[], bool] | None = None,
    list_ancestors: Callable[[], list[str]] | None = None,
) -> Asked:
    """Return who asks for a build of a project.

    Args:
        project: Its folder.
        environ: The environment of the command.
        purpose: What the build is for, where `tick` decided it.
        is_terminal: Tells whether somebody sits before it.
        list_ancestors: Returns the names of the processes that it was started by, the nearest first.
    """
    service = next((each for each in _SERVICES if environ.get(each.sign, "").lower() not in _OFF), None)
    url, ref = ("", "") if service is None else (_fill(service.url, environ), _fill(service.ref, environ))
    if purpose:
        by = Asker.TICK
    elif service is not None:
        by = Asker.CI
    elif (is_terminal or _is_terminal)():
        by = Asker.PERSON
    elif "INVOCATION_ID" in environ or not _CRON.isdisjoint((list_ancestors or _list_ancestors)()):
        by = Asker.CRON  # a unit of systemd without a terminal is one that a timer has started, or might as well
    else:
        by = Asker.PROGRAM
    return Asked(
        by,
        _find_user(environ),
        read_head(project) or "",
        purpose,
        "" if service is None else service.name,
        url,
        ref,
    )


def _fill(pattern: str, environ: Mapping[str, str]) -> str:
    """Put variables into a pattern, of several names the first that is set; empty where one is missing."""
    filled = ""
    for piece in pattern.split("{"):
        names, brace, rest = piece.partition("}")
        if not brace:
            filled += piece
            continue
        value = next((environ[name] for name in names.split("|") if environ.get(name)), "")
        if not value:
            return ""
        filled += value + rest
    return filled


def _find_user(environ: Mapping[str, str]) -> str:
    with suppress(KeyError):
        return pwd.getpwuid(os.getuid()).pw_name
    return environ.get("LOGNAME") or environ.get("USER") or str(os.getuid())


def _is_terminal() -> bool:
    return any(_is_open_terminal(number) for number in range(3))


def _is_open_terminal(number: int) -> bool:
    with suppress(OSError):
        return os.isatty(number)
    return False


def _list_ancestors() -> list[str]:
    """Return the names of the processes above this one, as far as the system tells."""
    names: list[str] = []
    pid = os.getppid()
    with suppress(OSError, ValueError, IndexError):
        for _ in range(_GENERATIONS):
            if pid <= 1:
                break
            with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
                told = file.read()
            before, _, after = told.rpartition(")")
            names.append(before.partition("(")[2])
            pid = int(after.split()[1])
    return names
