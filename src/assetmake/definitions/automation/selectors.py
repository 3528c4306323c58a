"""Selectors of jobs for run status sensors, from when there were several code locations; a project is one."""

from __future__ import annotations

from dataclasses import dataclass

ONE_REPOSITORY = "__repository__"


@dataclass(frozen=True, slots=True)
class CodeLocationSelector:
    """All jobs of a location: here, all that there are."""

    location_name: str


@dataclass(frozen=True, slots=True)
class RepositorySelector:
    """All jobs of a repository: here, all that there are."""

    location_name: str
    repository_name: str = ONE_REPOSITORY


@dataclass(frozen=True, slots=True, init=False)
class JobSelector:
    """A job by its name.

    Args:
        location_name: Accepted for compatibility: a project is one.
        repository_name: The same; with two arguments it may be the job.
        job_name: The job.
    """

    location_name: str
    repository_name: str
    job_name: str

    def __init__(self, location_name: str, repository_name: str | None = None, job_name: str | None = None) -> None:
        named = (repository_name, job_name) if job_name else (None, repository_name)
        object.__setattr__(self, "location_name", location_name)
        object.__setattr__(self, "repository_name", named[0] or ONE_REPOSITORY)
        object.__setattr__(self, "job_name", named[1] or "")
