"""Types of values with a test of the user's own; for `dagster_type=` and for annotations."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from assetmake.definitions.assets.value_types import OWN_TYPES, ValueType, read_type
from assetmake.definitions.metadata import MetadataValue, check_metadata
from assetmake.definitions.own_logger import get_logger
from assetmake.errors import DefinitionError, InvariantError

Kind = TypeVar("Kind", bound=type)


@dataclass(frozen=True, slots=True)
class TypeCheck:
    """What the test of a type says of a value.

    Args:
        success: It is of the type.
        description: Why, or why not.
        metadata: Facts about the value.
    """

    success: bool
    description: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TypeCheckContext:
    """Given to the test of a type."""

    log: logging.Logger = field(default_factory=get_logger)


class DeclaredType:
    """A type of values, with a test.

    Args:
        type_check_fn: Given a TypeCheckContext and a value, returns a bool or a TypeCheck.
        key: Default: the name.
        name: What it is called; a key or a name there has to be.
        description, metadata: For people.
        typing_type: The annotation that it stands for.
        loader, required_resource_keys, is_builtin: Accepted for compatibility; values are loaded by IO managers.

    Raises:
        DefinitionError: there is neither a name nor a key, or the test is no function.

    Example:
        >>> even = DeclaredType(lambda _context, value: value % 2 == 0, name="even")
        >>> even.type_check(TypeCheckContext(), 3).success
        False
    """

    def __init__(
        self,
        type_check_fn: Callable[[Any, Any], bool | TypeCheck],
        key: str | None = None,
        name: str | None = None,
        is_builtin: bool = False,
        description: str | None = None,
        loader: Any = None,
        required_resource_keys: Iterable[str] | None = None,
        metadata: Mapping[str, Any] | None = None,
        typing_type: Any = Any,
    ) -> None:
        if key is None and name is None:
            raise DefinitionError("Must set key or name of a type")
        if not callable(type_check_fn):
            raise DefinitionError(f"type_check_fn is {type_check_fn!r}, not a function")
        self.key = str(key or name)
        self.unique_name = name
        self.description = description
        self.metadata: Mapping[str, MetadataValue] = check_metadata(metadata or {})
        self.typing_type = typing_type
        self.is_builtin = is_builtin
        self.loader = loader
        self.required_resource_keys = frozenset(required_resource_keys or ())
        self._test = type_check_fn

    @property
    def display_name(self) -> str:
        return self.unique_name or self.key

    @property
    def has_unique_name(self) -> bool:
        return self.unique_name is not None

    def type_check(self, context: Any, value: object) -> TypeCheck:
        """Return what the test says of a value.

        Raises:
            InvariantError: it returned neither a bool nor a TypeCheck.
        """
        said = self._test(context, value)
        if isinstance(said, TypeCheck):
            return said
        if not isinstance(said, bool):
            raise InvariantError(
                f"the test of type {self.display_name} returned {said!r}", hint="return a bool or a TypeCheck"
            )
        return TypeCheck(said)

    def to_value_type(self) -> ValueType:
        """Return what parameters and results are tested with."""
        context = TypeCheckContext()
        return ValueType(self.display_name, self.typing_type, lambda value: self.type_check(context, value).success)


class PythonObjectType(DeclaredType):
    """The type of the objects of a class, or of several.

    Args:
        python_type: The class, or a tuple of classes.
        key, name, description, loader, metadata: As for DeclaredType; default name: the class's.
    """

    def __init__(
        self,
        python_type: Any,
        key: str | None = None,
        name: str | None = None,
        description: str | None = None,
        loader: Any = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        several = python_type if isinstance(python_type, tuple) else (python_type,)
        own = f"Union[{', '.join(each.__name__ for each in several)}]" if len(several) > 1 else several[0].__name__
        super().__init__(
            lambda _, value: isinstance(value, several),
            key,
            name or own,
            description=description,
            loader=loader,
            metadata=metadata,
            typing_type=python_type if len(several) == 1 else Any,
        )
        self.python_type = python_type


def check_type(dagster_type: Any, value: object) -> TypeCheck:
    """Return what a type says of a value, as a test does.

    Args:
        dagster_type: A DeclaredType, or an annotation.
        value: The value.
    """
    if isinstance(dagster_type, DeclaredType):
        return dagster_type.type_check(TypeCheckContext(), value)
    return TypeCheck(read_type(dagster_type).accepts(value))


def declare_python_type(python_type: type, dagster_type: DeclaredType) -> None:
    """Have values that are annotated with a class tested as a DeclaredType says.

    Raises:
        DefinitionError: the class has another one.
    """
    if OWN_TYPES.setdefault(python_type, dagster_type) is not dagster_type:
        raise DefinitionError(f"{python_type.__name__} is tested as {OWN_TYPES[python_type].display_name} already")


def declares_type(
    python_type: Kind | None = None, name: str | None = None, description: str | None = None, loader: Any = None
) -> Any:
    """Declare a class to be a type of its own name; for code that has it so. Any class is one without.

    Args:
        python_type: The class.
        name: Default: the class's.
        description: For people.
        loader: Accepted for compatibility.
    """

    def declare(decorated: Kind) -> Kind:
        own = PythonObjectType(decorated, name=name, description=description or decorated.__doc__, loader=loader)
        declare_python_type(decorated, own)
        return decorated

    return declare if python_type is None else declare(python_type)
