"""Paint: colours, where they are wanted, and the room that there is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

_CODES = {"bold": 1, "dim": 2, "red": 31, "green": 32, "yellow": 33, "blue": 34, "cyan": 36}


@dataclass(frozen=True, slots=True)
class Paint:
    """Colours a text, or leaves it alone where `enabled` is False.

    Attributes:
        columns: How wide the terminal is; None where there is none.
    """

    enabled: bool = False
    columns: int | None = None

    def __call__(self, text: str, *styles: str) -> str:
        """Return a text, already safe for a terminal, in the styles named."""
        codes = [str(_CODES[style]) for style in styles if style]
        return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if self.enabled and codes and text else text


PLAIN = Paint()


def wants_colour(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Tell whether to colour a stream: NO_COLOR forbids it, FORCE_COLOR demands it, a terminal likes it."""
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR", "0") != "0":
        return True
    return stream.isatty() and environ.get("TERM") != "dumb"
