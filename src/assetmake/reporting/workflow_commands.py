"""Workflow commands: lines that a CI server obeys - ours, and none of anybody else's.

A line that begins with `::` and a name, after any white space, is a command; so is, in an older form, `##[name]`
anywhere in a line. Both streams are read for them.
"""

from __future__ import annotations

import re

_COMMAND = re.compile(r"(?:^|(?<=\r))(?P<space>[^\S\r\n]*):(?=:)|#(?=#\[)", re.MULTILINE)
_IN_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_PROPERTIES = {**_IN_DATA, ":": "%3A", ",": "%2C"}


def break_commands(text: str) -> str:
    r"""Return a text of which no line is a command; it stays good JSON if it is that.

    >>> break_commands("a\n  ::error::b ##[add-mask]c")
    'a\n  \\u003a:error::b \\u0023#[add-mask]c'
    """
    return _COMMAND.sub(_break, text) if "::" in text or "##[" in text else text


def write_command(name: str, data: str = "", **properties: object) -> str:
    r"""Return a line that is a command; properties that are empty are left out.

    >>> write_command("error", "50%\nless", file="a,b.py", line=3, title="")
    '::error file=a%2Cb.py,line=3::50%25%0Aless'
    """
    given = ",".join(f"{key}={_escape(str(value), _IN_PROPERTIES)}" for key, value in properties.items() if value)
    return f"::{name}{f' {given}' if given else ''}::{_escape(data, _IN_DATA)}"


def _break(found: re.Match[str]) -> str:
    space = found["space"]
    return "\\u0023" if space is None else f"{space}\\u003a"


def _escape(text: str, table: dict[str, str]) -> str:
    return "".join(table.get(character, character) for character in text)
