"""Where the code of an asset stands, as metadata: files and lines, or addresses in a repository."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from assetmake.definitions.metadata.record import Record, require
from assetmake.definitions.metadata.values import MetadataValue

NAME = "dagster/code_references"
"""The name in metadata that users' code reads."""
_NONE = type(None)


class LocalFileCodeReference(Record):
    """A file on this machine, and a line of it."""

    __slots__ = ("file_path", "line_number", "label")  # noqa: RUF023 - as the arguments, by which it is copied
    file_path: str
    line_number: int | None
    label: str | None

    def __init__(self, file_path: str, line_number: int | None = None, label: str | None = None) -> None:
        self._hold(
            require(file_path, str, "LocalFileCodeReference: file_path"),
            require(line_number, (int, _NONE), "LocalFileCodeReference: line_number"),
            require(label, (str, _NONE), "LocalFileCodeReference: label"),
        )

    @property
    def source(self) -> str:
        return f"{self.file_path}:{self.line_number}" if self.line_number else self.file_path


class UrlCodeReference(Record):
    """An address, as of a file in a repository."""

    __slots__ = ("url", "label")  # noqa: RUF023 - as the arguments
    url: str
    label: str | None

    def __init__(self, url: str, label: str | None = None) -> None:
        self._hold(require(url, str, "UrlCodeReference: url"), require(label, (str, _NONE), "UrlCodeReference: label"))

    @property
    def source(self) -> str:
        return self.url


class CodeReferencesMetadataValue(MetadataValue):
    """Where the code of an asset stands."""

    __slots__ = ("code_references",)
    kind = "code_references"
    code_references: list[LocalFileCodeReference | UrlCodeReference]

    def __init__(self, code_references: Iterable[LocalFileCodeReference | UrlCodeReference]) -> None:
        kinds = (LocalFileCodeReference, UrlCodeReference)
        self._hold([require(each, kinds, "CodeReferencesMetadataValue: one of them") for each in code_references])

    @property
    def value(self) -> CodeReferencesMetadataValue:
        return self


def restore_references(plain: Iterable[Sequence[Any]]) -> CodeReferencesMetadataValue:
    """Return what `write_plain` made of references: three values of a file, two of an address."""
    return CodeReferencesMetadataValue(
        LocalFileCodeReference(*each) if len(each) == 3 else UrlCodeReference(*each) for each in plain
    )
