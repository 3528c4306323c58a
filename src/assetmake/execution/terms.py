"""Terms: on which a build runs, whatever it is that it builds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms a build runs.

    Attributes:
        command: What was asked for, told to builds that wait for this one.
        pools: How many nodes of each pool run at once.
        fail_fast: Start nothing more after a failure.
        wait: Wait for nodes that another build holds.
        lock_timeout: Seconds to wait at most.
        time_budget: Seconds in which all that is started should end; what would not is left for another build.
        strict: What reads files without declaring them fails.
        run_config: The config that assets and resources are given.
        purpose: What the build is for, where a rule and no person decided that.
        tags: What functions find as the tags of their run.
        run: The run that the build is; empty: one of its own.
    """

    command: str = ""
    pools: Mapping[str, int] | None = None
    fail_fast: bool = False
    wait: bool = True
    lock_timeout: float = 600.0
    time_budget: float | None = None
    strict: bool = False
    run_config: Mapping[str, Any] = field(default_factory=dict)
    purpose: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    run: str = ""
