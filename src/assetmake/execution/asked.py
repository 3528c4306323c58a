"""BuildOptions: how a person wants a build to go, and what comes of that and of what assets.toml says."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.discovery.config import Config
from assetmake.discovery.settings import OutputCheck
from assetmake.errors import RunConfigError
from assetmake.execution.terms import Terms
from assetmake.graph.asset_graph import AssetGraph
from assetmake.planning.portion import STATUSES, Portion
from assetmake.planning.shaping import Shape

_MERGING = "assetmake.discovery.launching"
"""Loaded only where config is given."""


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """How to build; None takes what assets.toml says.

    Attributes:
        command: What was asked for, told to builds that wait for this one.
        words: The command line, where that there is nothing to do may be remembered under it.
        is_told: Whether that command says a line where there is nothing to do.
        checks_only: Make no asset; make the checks of what stands.
        purpose: What the build is for, where a rule and no person decided that: it stands in the history.
        tags: What functions find as the tags of their run.
        shape: Chooses what of the selection is built; default: all of it.
        portion: How much of what is selected; None: all of it, and what the end waits for the longest goes first.
        time_budget: Seconds in which everything that is started should end.
        run: The run that the build is, where whoever asks has begun one; empty: one of its own.
    """

    jobs: int | None = None
    fail_fast: bool = False
    force: bool = False
    only: bool = False
    wait: bool = True
    lock_timeout: float | None = None
    strict: bool | None = None
    verify: OutputCheck | None = None
    command: str = ""
    words: tuple[str, ...] | None = None
    is_told: bool = True
    checks_only: bool = False
    purpose: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    shape: Shape | None = None
    portion: Portion | None = None
    time_budget: float | None = None
    run: str = ""

    def find_portion(self, *, is_again: bool = False) -> Portion | None:
        """Return how much is to be planned; of a portion that waited for other builds everything is looked at again."""
        portion = self.portion or (None if self.time_budget is None else Portion())
        if portion is None or not is_again:
            return portion
        return replace(portion, most=None, statuses=frozenset(STATUSES))


def agree_on(options: BuildOptions, config: Config, launched: Mapping[str, Any]) -> Terms:
    """Return the terms of a build.

    Args:
        options: What a person wants.
        config: What assets.toml says.
        launched: The run config that the command was given.
    """
    return Terms(
        command=options.command,
        pools=config.pools,
        fail_fast=options.fail_fast,
        time_budget=options.time_budget,
        wait=options.wait,
        lock_timeout=config.build.lock_timeout if options.lock_timeout is None else options.lock_timeout,
        strict=config.build.strict if options.strict is None else options.strict,
        run_config=merge_run_config(config, launched),
        purpose=options.purpose,
        tags=options.tags,
        run=options.run,
    )


def merge_run_config(config: Config, launched: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the config that assets and resources are given, as a run's config is written."""
    if not (config.resources or launched):
        return {}
    merged: Mapping[str, Any] = importlib.import_module(_MERGING).merge_given(config.resources, launched)
    return merged


def require_config(graph: AssetGraph, keys: Iterable[AssetKey]) -> None:
    """Check that everything that is about to run has its config.

    Raises:
        RunConfigError: with a line for each that has not.
    """
    lines = list_unconfigured(graph, keys)
    if lines:
        raise RunConfigError(
            "\n".join(lines),
            hint="give it with -c ASSET.FIELD=VALUE or RESOURCE.FIELD=VALUE, in a --config file, or to a resource "
            "under [resources.NAME] in assets.toml",
        )


def list_unconfigured(graph: AssetGraph, keys: Iterable[AssetKey]) -> list[str]:
    """Return a line for each asset or check that lacks config."""
    found = [graph.records[key] for key in keys if key in graph.records and graph.records[key].unconfigured]
    return [f"{record.place}: asset {record.key}: {record.unconfigured}" for record in found]
