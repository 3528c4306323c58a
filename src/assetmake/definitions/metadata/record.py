"""Record: a few values under names that never change, equal to another that holds the same."""

from __future__ import annotations

from typing import Any, NoReturn

from assetmake.errors import InvalidMetadataError


class Record:
    """What the kinds of metadata are made of; the slots of a class are what it holds, in the order of its arguments.

    A frozen dataclass does the same and takes a hundred times as long to be defined; every import of `asset` defines
    all of these.
    """

    __slots__: tuple[str, ...] = ()

    def _hold(self, *values: Any) -> None:
        for name, value in zip(self.__slots__, values, strict=True):
            object.__setattr__(self, name, value)

    def _held(self) -> tuple[Any, ...]:
        return tuple([getattr(self, name) for name in self.__slots__])

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} does not change: cannot set {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} does not change: cannot delete {name!r}")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._held() == other._held()

    def __hash__(self) -> int:
        return hash((type(self), self._held()))

    def __repr__(self) -> str:
        held = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"{type(self).__name__}({held})"

    def __reduce__(self) -> tuple[type[Record], tuple[Any, ...]]:
        return type(self), self._held()


def require(value: Any, kinds: type | tuple[type, ...], what: str) -> Any:
    """Return a value.

    Raises:
        InvalidMetadataError: It is of none of the kinds.
    """
    if not isinstance(value, kinds):
        allowed = kinds if isinstance(kinds, tuple) else (kinds,)
        names = " or ".join("None" if kind is type(None) else kind.__name__ for kind in allowed)
        raise InvalidMetadataError(f"{what} is {value!r}, and has to be of type {names}")
    return value


def to_plain_number(value: Any) -> Any:
    """Return what a scalar of an array library stands for as a number or text; anything else as it is."""
    item = getattr(value, "item", None)
    if item is None or not callable(item) or getattr(value, "ndim", 0) != 0:
        return value
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    plain = None if kind in {"m", "M"} else item()  # a time would become a number of nanoseconds
    return plain if isinstance(plain, bool | int | float | str) else value
