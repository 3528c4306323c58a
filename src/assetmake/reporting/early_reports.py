"""Reports that a build had not begun: written before anything else is loaded, so that no older ones outlive a signal.

It loads nothing, and comes before the command line is understood: what is wrong with that is told later.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # `typing` takes longer to load than this
if TYPE_CHECKING:
    from collections.abc import Sequence

KIND = "NotBegun"
MESSAGE = "the build had not begun: it was ended while the project was being loaded, or that is still going on"
SUMMARY_PAGE = "GITHUB_STEP_SUMMARY"
_COMMANDS = ("build", "check", "backfill", "tick", "retry")
_JUNIT, _SUMMARY = "--junit", "--summary-md"
_DEVICES = ("/dev/", "/proc/")


def replace_reports(arguments: Sequence[str]) -> None:
    """Replace the reports that a command line names, or write the first ones; what cannot be written is left.

    Args:
        arguments: Without the program's name.
    """
    words = list(arguments)
    words = words[: words.index("--")] if "--" in words else words
    command = next((word for word in words if word in _COMMANDS), None)
    if command is None or {"-h", "--help"}.intersection(words):
        return
    junit, summary = (_find_file(words, option) for option in (_JUNIT, _SUMMARY))
    if junit != summary:
        _replace(junit, _write_junit(command))
        if summary != os.path.realpath(os.environ.get(SUMMARY_PAGE) or os.devnull):
            _replace(summary, f"### assetmake {command}: not done\n\n**{KIND}**: <code>{MESSAGE}</code>\n")


def _find_file(words: list[str], option: str) -> str | None:
    """Return the file that the last of some options names, where a file can stand there."""
    named = None
    for word, after in zip(words, [*words[1:], ""], strict=True):
        if word == option:
            named = after
        elif word.startswith(f"{option}="):
            named = word[len(option) + 1 :]
    if not named or named == "-" or named.startswith(_DEVICES):
        return None
    try:
        path = os.path.realpath(named)
    except OSError:  # as where the current folder is gone
        return None
    return path if os.path.isfile(path) or not os.path.lexists(path) else None


def _write_junit(command: str) -> str:
    counts = 'tests="1" failures="0" errors="1" time="0.000"'
    return "\n".join(
        [
            '<?xml version="1.0" encoding="utf-8"?>',
            f'<testsuites name="assetmake" {counts}>',
            f'<testsuite name="assetmake {command}" {counts} skipped="0">',
            f'<testcase classname="assetmake" name="assetmake {command}">',
            f'<error type="{KIND}" message="{MESSAGE}"/>',
            "</testcase>",
            "</testsuite>",
            "</testsuites>",
            "",
        ]
    )


def _replace(path: str | None, text: str) -> None:
    if path is None:
        return
    beside = os.path.join(os.path.dirname(path), f".{os.path.basename(path)}.{os.getpid()}.tmp")
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(beside, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.replace(beside, path)
    except OSError:
        try:
            os.unlink(beside)
        except OSError:
            return
