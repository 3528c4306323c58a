"""Where a project's other files call the other tool, or ask for it to be installed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from assetmake.migrating.decision import Decision

_NAMES = {"makefile", "justfile", "procfile", "dockerfile", "setup.py", "setup.cfg"}
_SUFFIXES = {".sh", ".yml", ".yaml", ".toml", ".md", ".rst", ".txt", ".ini", ".cfg"}
_SIZE_LIMIT = 1 << 18
_CALL = re.compile(
    r"""\b(?:dagster|dg)[ ",']{1,4}(?P<command>dev|asset|job|definitions|launch|check|code-server|api)\b"""
    r"|\b(?P<server>dagster-daemon|dagster-webserver|dagit)\b"
)
_REQUIREMENT = re.compile(r"""(?:^\s*(?:-\s*)?|["'])dagster(?:\[[^\]]*\])?\s*(?:[<>=~!,;"']|$)""")
_INSTEAD = {
    "dev": "assetmake build brings everything up to date, once; assetmake status and graph show it",
    "asset": "assetmake build NAME",
    "launch": "assetmake build NAME",
    "job": "assetmake build with the job's selection",
    "definitions": "assetmake validate",
    "check": "assetmake validate",
    "code-server": "leave it out: there is no server",
    "api": "leave it out: there is no server",
    "dagster-daemon": "leave it out: cron runs assetmake build, see docs/howto-cron.md",
    "dagster-webserver": "leave it out: assetmake status, graph and show are commands",
    "dagit": "leave it out: assetmake status, graph and show are commands",
}


def list_commands(root: Path, file: Path) -> Iterator[Decision]:
    """Yield what a file that is no Python says of the other tool."""
    if file.name.lower() not in _NAMES and file.suffix not in _SUFFIXES:
        return
    try:
        if (root / file).stat().st_size > _SIZE_LIMIT:
            return
        lines = (root / file).read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return
    found: dict[str, list[int]] = {}
    required = []
    for number, line in enumerate(lines, 1):
        for call in _CALL.finditer(line):
            found.setdefault(call["command"] or call["server"], []).append(number)
        if file.suffix in {".toml", ".txt", ".cfg", ".py"} and _REQUIREMENT.search(line):
            required.append(number)
    for name, numbers in found.items():
        what = f"dagster {name}" if name in {*_INSTEAD} - {"dagit"} and "-" not in name else name
        yield Decision(file.as_posix(), tuple(dict.fromkeys(numbers)), what, _INSTEAD[name])
    if required:
        yield Decision(file.as_posix(), tuple(required), "requires dagster", "require assetmake")
