"""A CI server that reads what a job prints, as the platform's runner does, in its own words.

A line that begins with `::NAME`, after white space, is a command where NAME is one that is known; so is `##[NAME]`
anywhere in a line. `stop-commands` has everything taken for text until its token comes as a command.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

KNOWN = {
    "error", "warning", "notice", "debug", "group", "endgroup", "add-mask", "set-output", "set-env", "add-path",
    "save-state", "stop-commands", "echo", "add-matcher", "remove-matcher",
}  # fmt: skip
_DATA = {"%0D": "\r", "%0A": "\n"}
_PROPERTY = {**_DATA, "%3A": ":", "%2C": ","}


@dataclass(frozen=True)
class Command:
    name: str
    data: str
    properties: dict[str, str] = field(default_factory=dict)


def read_commands(printed: str) -> list[Command]:
    """Return the commands that a server obeys in what was printed, but for those that stop and resume."""
    obeyed: list[Command] = []
    token = ""
    for line in printed.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        found = _parse(line, {*KNOWN, token} - {""})
        if found is None:
            continue
        if token:
            token = "" if found.name == token else token
        elif found.name == "stop-commands":
            token = found.data
        else:
            obeyed.append(found)
    assert not token, "commands were stopped for good"
    return obeyed


def _parse(line: str, known: Iterable[str]) -> Command | None:
    text = line.lstrip()
    if text.startswith("::") and "::" in text[2:]:
        head, _, data = text[2:].partition("::")
        name, _, rest = head.partition(" ")
        if name.lower() in known:
            pairs = (pair.partition("=") for pair in rest.split(",") if "=" in pair)
            return Command(name, _unescape(data, _DATA), {key: _unescape(value, _PROPERTY) for key, _, value in pairs})
    if "##[" in line:
        head, closed, data = line[line.index("##[") + 3 :].partition("]")
        name = head.partition(" ")[0]
        if closed and name.lower() in known:
            return Command(name, data)
    return None


def _unescape(text: str, table: dict[str, str]) -> str:
    for escaped, character in table.items():
        text = text.replace(escaped, character)
    return text.replace("%25", "%")
