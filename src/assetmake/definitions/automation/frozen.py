"""Fields of frozen objects whose constructors take other arguments than they keep."""

from __future__ import annotations

import copy
from typing import Any, TypeVar

T = TypeVar("T")


def set_fields(made: object, **values: Any) -> None:
    """Set fields of an object that is being made."""
    for name, value in values.items():
        object.__setattr__(made, name, value)


def replace_fields(given: T, **values: Any) -> T:
    """Return a copy with other values."""
    made = copy.copy(given)
    set_fields(made, **values)
    return made
