"""Reports: what a command tells other programs, if it is asked to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from assetmake.discovery.manifest import AssetRecord, ModuleFailure
from assetmake.events import Event
from assetmake.reporting.console import Console


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for.

    Attributes:
        junit: The file for JUnit XML.
        summary: The file for a summary in Markdown.
        github: Tell the server with commands in what is printed, and its page with a summary.
        as_json: Stdout is for JSON, so commands go to stderr.
    """

    junit: Path | None = None
    summary: Path | None = None
    github: bool = False
    as_json: bool = False

    def list_options(self) -> list[str]:
        """Return the options of reports that were given."""
        given = {"--junit": self.junit, "--github": self.github, "--summary-md": self.summary}
        return [option for option, value in given.items() if value]


class Reports:
    """Listens to a command from its beginning to its end. This one was asked for nothing, and does nothing."""

    def open(self, console: Console) -> None:
        """Make sure, before anything starts, that all can be written."""

    def learn(self, root: Path, records: Iterable[AssetRecord], broken: Sequence[ModuleFailure]) -> None:
        """Take note of the project that is reported of: its folder, its assets and checks, what did not import."""

    def listen(self, console: Console) -> None:
        """Take note that nothing is imported any more."""

    def hear(self, event: Event) -> None:
        """Take note of what happens."""

    def refuse(self, option: str) -> None:
        """Raise a UsageError where anything was asked for: with this option nothing runs."""

    def end(self, error: BaseException) -> None:
        """Take note of what ends the command before it is done."""

    def close(self, console: Console) -> None:
        """Write all reports, the first time."""


NO_REPORTS = Reports()
