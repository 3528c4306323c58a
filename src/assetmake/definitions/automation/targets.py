"""Target: what a schedule or a sensor runs: a job, a job by its name, or assets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from assetmake.definitions.automation.jobs import Job, define_asset_job, is_job
from assetmake.definitions.selecting.selection import AssetSelection
from assetmake.errors import DefinitionError, InvariantError

_ANONYMOUS = "__anonymous_asset_job"


@dataclass(frozen=True, slots=True)
class Target:
    """A job, or the name of one that is found where all jobs are known.

    Attributes:
        assets_defs: The assets that it was made of, which then belong to the definitions too.
    """

    job: Job | str
    assets_defs: tuple[Any, ...] = ()

    @property
    def job_name(self) -> str:
        return self.job if isinstance(self.job, str) else self.job.name

    @property
    def is_anonymous(self) -> bool:
        """Whether it was made of assets, and not of a job."""
        return self.job_name.startswith(_ANONYMOUS)

    @property
    def has_job_def(self) -> bool:
        return not isinstance(self.job, str)

    @property
    def job_def(self) -> Job:
        """The job.

        Raises:
            InvariantError: only its name is known.
        """
        if isinstance(self.job, str):
            raise InvariantError(f"the job {self.job!r} is known by its name only")
        return self.job


def read_targets(
    *,
    noun: str,
    name: str | None,
    target: Any = None,
    job: Any = None,
    job_name: str | None = None,
    jobs: Sequence[Any] | None = None,
) -> list[Target]:
    """Return what a declaration names, in whichever way.

    Args:
        noun: What it is: a schedule or a sensor.
        name: What it is called; needed for a target that is no job.
        target: Assets, a selection, its text, or a job.
        job, job_name, jobs: A job, the name of one, or several jobs.

    Raises:
        DefinitionError: it names none of them properly.
    """
    if target is not None and not is_job(target):
        return [_make_anonymous(target, noun=noun, name=name)]
    if job_name is not None:
        if not isinstance(job_name, str):
            raise DefinitionError(f"{noun} {name}: job_name is a text, got {job_name!r}", hint="give a job as job=")
        return [Target(job_name)]
    given = [each for each in (target, job) if each is not None] or list(jobs or ())
    for each in given:
        if not is_job(each):
            raise DefinitionError(
                f"{noun} {name}: {each!r} is no job",
                hint='make one with define_asset_job, or give the name of one as job_name="..."',
            )
    return [Target(each) for each in given]


def _make_anonymous(target: Any, *, noun: str, name: str | None) -> Target:
    if name is None:
        raise DefinitionError(f"If you specify target you must specify {noun} name")
    try:
        selection = AssetSelection.from_coercible(target)
    except DefinitionError as error:
        raise DefinitionError(
            f"{noun} {name}: Invalid target passed to schedule/sensor: {error.message}", hint=error.hint
        ) from None
    several = target if isinstance(target, list | tuple) else (target,)
    assets = tuple(each for each in several if not isinstance(each, str | AssetSelection) and hasattr(each, "key"))
    return Target(define_asset_job(f"{_ANONYMOUS}_{name}", selection=selection), assets)
