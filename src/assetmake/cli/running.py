"""The options of every command that builds: how many at once, how long to wait, what to tell, and to whom."""

from __future__ import annotations

import functools
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import click

from assetmake.cli.context import hide_overrides
from assetmake.cli.options import Duration
from assetmake.cli.output_options import output_options
from assetmake.execution.asked import BuildOptions
from assetmake.reporting.build_log import Verbosity
from assetmake.reporting.reports import Reports

_Function = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Running:
    """How a command builds, and how it tells of that.

    Attributes:
        options: What all commands that build have in common; each lays its own over them.
        as_json: Tell in lines of JSON.
        verbosity: How much is told in words.
        reports: What is written for CI servers.
    """

    options: BuildOptions
    as_json: bool
    verbosity: Verbosity
    reports: Reports


def running_options(function: _Function) -> _Function:
    """Give a command the options by which it builds; they arrive as `running=`, those of `failure_options` too."""

    @functools.wraps(function)
    def wrapped(
        *args: Any,
        jobs: int | None,
        lock_timeout: float | None,
        no_wait: bool,
        as_json: bool,
        reports: Reports,
        quiet: bool,
        verbose: bool,
        keep_going: bool = True,
        strict: bool | None = None,
        **others: Any,
    ) -> Any:
        options = BuildOptions(
            jobs=jobs,
            fail_fast=not keep_going,
            wait=not no_wait,
            lock_timeout=lock_timeout,
            strict=strict,
            command=shlex.join(["assetmake", *hide_overrides(sys.argv[1:])]),
            is_told=not quiet,
        )
        verbosity = Verbosity.QUIET if quiet else Verbosity.VERBOSE if verbose else Verbosity.NORMAL
        return function(*args, running=Running(options, as_json, verbosity, reports), **others)

    return _declare(_WAYS, output_options(_declare(_TALK, wrapped)))


def failure_options(function: _Function) -> _Function:
    """Give a command the options that say what a failure is, and what comes after one; outside of `running_options`."""
    return _declare(_FAILURES, function)


def _declare(options: Sequence[Callable[[_Function], _Function]], function: _Function) -> _Function:
    for declare in reversed(options):
        function = declare(function)
    return function


_WAYS: tuple[Callable[[_Function], _Function], ...] = (
    click.option("-j", "--jobs", type=click.IntRange(min=1), metavar="N", help="Processes at once."),
    click.option("--lock-timeout", type=Duration(), metavar="DUR", help="How long to wait for other builds."),
    click.option("--no-wait", is_flag=True, help="Don't wait for other builds: exit with 4."),
)
_TALK: tuple[Callable[[_Function], _Function], ...] = (
    click.option("-q", "--quiet", is_flag=True, help="Print only failures and the last line."),
    click.option("-v", "--verbose", is_flag=True, help="Print also what is started."),
)
_FAILURES: tuple[Callable[[_Function], _Function], ...] = (
    click.option(
        "-k/-x",
        "--keep-going/--fail-fast",
        "keep_going",
        default=True,
        help="After a failure build what does not need it (the default), or start nothing more.",
    ),
    click.option(
        "--strict/--no-strict",
        default=None,
        help="Fail what runs and reads files of the project without declaring them, or only warn (default:"
        " build.strict of assets.toml, else warn). What is up to date is not looked at.",
    ),
)
