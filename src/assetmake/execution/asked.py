"""BuildOptions: how a person wants a build to go."""

from __future__ import annotations

from dataclasses import dataclass

from assetmake.discovery.settings import OutputCheck


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """How to build; None takes what assets.toml says.

    Attributes:
        command: What was asked for, told to builds that wait for this one.
        words: The command line, where that there is nothing to do may be remembered under it.
        is_told: Whether that command says a line where there is nothing to do.
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
