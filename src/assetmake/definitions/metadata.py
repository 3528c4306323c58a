"""MetadataValue: facts about an asset or about one of its results, in kinds that a reader can show."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assetmake.errors import DefinitionError


@dataclass(frozen=True, slots=True)
class MetadataValue:
    """A value with a kind; made by the class methods below, or from a plain value.

    >>> MetadataValue.md("**done**").kind
    'md'
    """

    kind: str
    value: Any

    @classmethod
    def text(cls, text: str) -> MetadataValue:
        return cls("text", text)

    @classmethod
    def md(cls, data: str) -> MetadataValue:
        return cls("md", data)

    @classmethod
    def url(cls, url: str) -> MetadataValue:
        return cls("url", url)

    @classmethod
    def path(cls, path: str | Path) -> MetadataValue:
        return cls("path", str(path))

    @classmethod
    def int(cls, value: int) -> MetadataValue:
        return cls("int", value)

    @classmethod
    def float(cls, value: float) -> MetadataValue:
        return cls("float", value)

    @classmethod
    def bool(cls, value: bool) -> MetadataValue:
        return cls("bool", value)

    @classmethod
    def json(cls, data: Any) -> MetadataValue:
        try:
            json.dumps(data)
        except (TypeError, ValueError) as error:
            raise DefinitionError(f"MetadataValue.json: {error}") from None
        return cls("json", data)

    @classmethod
    def null(cls) -> MetadataValue:
        return cls("null", None)

    @classmethod
    def timestamp(cls, value: Any) -> MetadataValue:
        """Take seconds since 1970 or an aware datetime."""
        return cls("timestamp", value.timestamp() if hasattr(value, "timestamp") else float(value))

    @classmethod
    def read(cls, value: Any) -> MetadataValue:
        """Make a metadata value of a plain one; numpy and pandas scalars are taken as numbers.

        Raises:
            DefinitionError: the value is of no kind that can be shown.
        """
        if hasattr(value, "item") and callable(value.item) and getattr(value, "ndim", 0) == 0:
            value = value.item()
        match value:
            case MetadataValue():
                return value
            case None:
                return cls.null()
            case bool():
                return cls("bool", value)
            case int():
                return cls("int", value)
            case float():
                return cls("float", value if math.isfinite(value) else str(value))
            case str():
                return cls("text", value)
            case Path():
                return cls.path(value)
            case list() | dict() | tuple():
                return cls.json(value)
            case _:
                raise DefinitionError(
                    f"a {type(value).__name__} is no metadata value",
                    hint="give a str, number, bool, None, list, dict or Path, or a MetadataValue",
                )


def check_metadata(metadata: Mapping[str, Any]) -> dict[str, MetadataValue]:
    """Read every entry as a MetadataValue.

    Raises:
        DefinitionError: naming the entry that is none.
    """
    checked = {}
    for name, value in metadata.items():
        try:
            checked[str(name)] = MetadataValue.read(value)
        except DefinitionError as error:
            raise DefinitionError(f"metadata {name!r}: {error.message}", hint=error.hint) from None
    return checked
