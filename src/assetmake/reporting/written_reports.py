"""WrittenReports: what a command was asked to tell other programs, written when it ends, however it ends.

Loaded only where anything was asked for.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from assetmake import clock
from assetmake.discovery.manifest import AssetRecord, ModuleFailure
from assetmake.errors import AssetmakeError, StorageError, UsageError
from assetmake.events import Event, RunStarted
from assetmake.reporting.annotations import list_annotations, list_log_groups
from assetmake.reporting.console import Console
from assetmake.reporting.display import display
from assetmake.reporting.early_reports import KIND, MESSAGE, SUMMARY_PAGE
from assetmake.reporting.junit import write_junit
from assetmake.reporting.markdown_summary import write_summary
from assetmake.reporting.report_file import ReportFile, append
from assetmake.reporting.reports import Asked, Reports
from assetmake.reporting.run_story import Ending, RunStory
from assetmake.reporting.source_places import SourcePlaces, find_repository
from assetmake.reporting.workflow_commands import write_command

_SUMMARY_LIMIT = 1_000_000
"""Bytes: the server takes nothing of a larger one."""
_NOT_BEGUN = Ending(KIND, MESSAGE)
_UNFINISHED = Ending("Killed", "it did not come to its end: it was killed, or it is still running")


class WrittenReports(Reports):
    """Listens to a command, and writes what it was asked for when it is closed.

    Args:
        asked: What that is.
        command: The command's name.
        environ: Where the CI server says what is what.
    """

    def __init__(self, asked: Asked, *, command: str = "build", environ: Mapping[str, str] = os.environ) -> None:
        self.asked = asked
        self.story = RunStory(command)
        self._environ = environ
        self._places: SourcePlaces | None = None
        self._is_closed = False
        self._has_begun = False
        self._token = ""
        self._is_muted = False
        self._junit = ReportFile(asked.junit, "--junit") if asked.junit else None
        self._summary = ReportFile(asked.summary, "--summary-md") if asked.summary else None

    def open(self, console: Console) -> None:
        """Make sure that files can be written; from here on nothing that modules print is taken for a command.

        Raises:
            UsageError: a file cannot be written.
        """
        if self._junit and self._summary and self._junit.path == self._summary.path:
            raise UsageError("--junit and --summary-md name the same file", hint="give each its own")
        story = RunStory(self.story.command, ending=_NOT_BEGUN)
        if self._junit:
            self._junit.open(write_junit(story, None, now=clock.now()))
        if self._summary and not self._is_page(self._summary.path):
            self._summary.open(write_summary(story, None))
        if self.asked.github:
            self._token = f"assetmake-{os.urandom(16).hex()}"
            self._is_muted = True
            console.command(write_command("stop-commands", self._token), to_err=True)

    def learn(self, root: Path, records: Iterable[AssetRecord], broken: Sequence[ModuleFailure]) -> None:
        """Take note of the project that is reported of."""
        self.story.broken = broken
        by_name = {str(record.key): record for record in records}
        self._places = SourcePlaces(Path(os.path.realpath(root)), find_repository(root, self._environ), by_name)

    def listen(self, console: Console) -> None:
        """Have the server obey again: all modules were imported."""
        if self._is_muted:
            self._is_muted = False
            console.command(write_command(self._token), to_err=True)

    def hear(self, event: Event) -> None:
        """Take note of what happens."""
        if isinstance(event, RunStarted) and not self._has_begun:
            self._has_begun = True
            self._say_that_it_began()
        self.story(event)

    def refuse(self, option: str) -> None:
        """Raise a UsageError: with this option nothing runs."""
        first = self.asked.list_options()[0]
        raise UsageError(
            f"{first} tells what ran, and with {option} nothing runs", hint=f"leave out {first} or {option}"
        )

    def end(self, error: BaseException) -> None:
        """Take note of what ends the command before it is done."""
        match error:
            case AssetmakeError():
                self.story.ending = Ending(type(error).__name__, error.message, error.hint)
            case KeyboardInterrupt():
                self.story.ending = Ending("Stopped", "stopped before it was done")
            case BrokenPipeError():
                pass
            case _:
                self.story.ending = Ending("a bug in assetmake", f"{type(error).__name__}: {error}")

    def close(self, console: Console) -> None:
        """Write all reports, the first time.

        Raises:
            StorageError: one of them cannot be written; the others are.
        """
        if self._is_closed:
            return
        self._is_closed = True
        self.listen(console)
        if self.asked.github:
            self._print_commands(console)
        troubles = list(self._write_files(console))
        if troubles:
            raise troubles[0]

    def _say_that_it_began(self) -> None:
        story = RunStory(self.story.command, ending=_UNFINISHED)
        with suppress(StorageError):  # at the end they are written again, and that tells it
            if self._junit and self._junit.is_regular:
                self._junit.write(write_junit(story, None, now=clock.now()))
            if self._summary and self._summary.is_regular and not self._is_page(self._summary.path):
                self._summary.write(write_summary(story, None))

    def _write_files(self, console: Console) -> Iterator[StorageError]:
        summary = write_summary(self.story, self._places) if self._summary or self.asked.github else ""
        page = self._environ.get(SUMMARY_PAGE)
        is_paged = self.asked.github and bool(page)
        if self._junit:
            yield from _try_to_write(self._junit, write_junit(self.story, self._places, now=clock.now()))
        if self._summary:
            if self._is_page(self._summary.path):
                is_paged = True
            else:
                yield from _try_to_write(self._summary, summary)
        if page and is_paged:
            told = _try_to_append(Path(page), summary)
            if told:  # which fails nothing
                console.talk(f"warning: the summary is not on the job's page ({SUMMARY_PAGE}={display(page)}): {told}")

    def _print_commands(self, console: Console) -> None:
        to_err = self.asked.as_json
        groups = list_log_groups(self.story, self._places, is_all_there_is=to_err)
        lines = [*groups, *list_annotations(self.story, self._places)]
        with suppress(BrokenPipeError, StorageError):
            if lines and self._token and not to_err:
                # The server reads both streams side by side: it may not have come to that line of the other one.
                console.command(write_command(self._token))
            for line in lines:
                console.command(line, to_err=to_err)

    def _is_page(self, path: Path) -> bool:
        page = self._environ.get(SUMMARY_PAGE)
        return bool(page) and str(path) == os.path.realpath(str(page))


def _try_to_write(file: ReportFile, text: str) -> Iterator[StorageError]:
    try:
        file.write(text)
    except StorageError as error:
        yield error


def _try_to_append(page: Path, text: str) -> str:
    """Write a text behind what a page has, and return why that cannot be done, if it cannot."""
    try:
        has = page.stat().st_size if page.is_file() else 0
        if has + len(text.encode("utf-8", "backslashreplace")) > _SUMMARY_LIMIT:
            return f"it has {has:,} bytes already, and no more than {_SUMMARY_LIMIT:,} are taken"
        append(page, text)
    except OSError as error:
        return error.strerror or str(error)
    return ""
