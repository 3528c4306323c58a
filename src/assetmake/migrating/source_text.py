"""A Python file as text and back, so that what is not changed stays the same byte for byte."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterable
from dataclasses import dataclass


class UnreadableSourceError(ValueError):
    """A file is not Python that can be read; its message says why."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Characters of a text that others take the place of."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class SourceText:
    """A file's text, with its line ends as they are, and how it is encoded."""

    text: str
    encoding: str

    def apply(self, edits: Iterable[Edit]) -> bytes:
        """Return the file with its edits, in its own encoding."""
        text = self.text
        for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
            text = text[: edit.start] + edit.text + text[edit.end :]
        return text.encode(self.encoding)


def read_source(content: bytes) -> SourceText:
    """Decode a file as Python would: by its byte order mark or its coding comment, else as UTF-8.

    Raises:
        UnreadableSourceError: it cannot be decoded, or would not be the same when it is encoded again.
    """
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        text = content.decode(encoding)
        same = text.encode(encoding) == content
    except (SyntaxError, UnicodeError, LookupError) as error:
        raise UnreadableSourceError(f"its encoding is not understood: {error}") from None
    if not same:
        raise UnreadableSourceError(f"its encoding, {encoding}, cannot be written as it was read")
    return SourceText(text, encoding)
