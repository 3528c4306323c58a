"""The one encoder between names or messages and a terminal."""

from __future__ import annotations

import re

_CONTROL = "\x00-\x1f\x7f-\x9f"
_INVISIBLE = "\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff"
_UNSAFE = re.compile(f"[{_CONTROL}{_INVISIBLE}]")
_UNSAFE_WITHIN_LINES = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f{_INVISIBLE}]")


def display(text: str, *, lines: bool = False) -> str:
    r"""Return a text with every character escaped that a terminal would obey or hide.

    Args:
        text: A name, a key, a message: anything that was not written by us.
        lines: Leave line ends and tabs alone, for tracebacks and logs.

    >>> display("a\x1b[2Jb")
    'a\\x1b[2Jb'
    """
    unsafe = _UNSAFE_WITHIN_LINES if lines else _UNSAFE
    return unsafe.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    if 0xDC80 <= code <= 0xDCFF:  # a byte that was no UTF-8
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
