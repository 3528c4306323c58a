"""Types for `config_schema=`: what a dict of config may hold, where no Config class says so."""

from __future__ import annotations

import enum
import types
import typing as t
from collections.abc import Iterator, Mapping, Sequence

from assetmake.definitions.configuring.annotations import is_kind
from assetmake.definitions.configuring.kinds import ConfigModel
from assetmake.definitions.configuring.plain_values import is_resource_field, list_fields
from assetmake.errors import DefinitionError


class Missing:
    """Stands where nothing is given, and where a field has no default."""


FIELD_NO_DEFAULT_PROVIDED = Missing


class ConfigType:
    """A type of config; its classes stand for themselves where they take no arguments."""


class Scalar(ConfigType):
    """A single value.

    Attributes:
        kinds: The Python types that it is.
        source: An environment variable may stand for it, written {"env": name}.
    """

    kinds: t.ClassVar[tuple[type, ...]] = ()
    source: t.ClassVar[bool] = False


class String(Scalar):
    """A text."""

    kinds = (str,)


class Int(Scalar):
    """A whole number."""

    kinds = (int,)


class Float(Scalar):
    """A number."""

    kinds = (float, int)


class Bool(Scalar):
    """True or False."""

    kinds = (bool,)


class StringSource(String):
    """A text, or {"env": name} for the value of an environment variable."""

    source = True


class IntSource(Int):
    """A whole number, or {"env": name} for the value of an environment variable."""

    source = True


class BoolSource(Bool):
    """True or False, or {"env": name} for the value of an environment variable."""

    source = True


class Any(ConfigType):
    """Whatever is given."""


class Noneable(ConfigType):
    """None, or what another type takes."""

    def __init__(self, inner_type: t.Any) -> None:
        self.inner = read_type(inner_type)


class Array(ConfigType):
    """A list; also written `[inner]`."""

    def __init__(self, inner_type: t.Any) -> None:
        self.inner = read_type(inner_type)


class Map(ConfigType):
    """A dict of which the keys are not known beforehand; also written `{str: inner}`."""

    def __init__(self, key_type: t.Any, inner_type: t.Any, key_label_name: str | None = None) -> None:
        self.key = read_type(key_type)
        self.inner = read_type(inner_type)
        self.key_label_name = key_label_name


class ScalarUnion(ConfigType):
    """A scalar, or something that is none."""

    def __init__(self, scalar_type: t.Any, non_scalar_schema: t.Any) -> None:
        self.scalar = read_type(scalar_type)
        self.other = read_type(non_scalar_schema)


class _Fielded(ConfigType):
    def __init__(self, fields: Mapping[str, t.Any] | None = None, description: str | None = None) -> None:
        self.fields = {str(name): read_field(each) for name, each in (fields or {}).items()}
        self.description = description


class Shape(_Fielded):
    """A dict with these fields and no others; also written as a plain dict."""


class Permissive(_Fielded):
    """A dict with these fields, and any others."""


class Selector(_Fielded):
    """A dict with exactly one of these fields."""


class EnumValue:
    """One value of an Enum: the name that config writes, and what it means in Python (default: the name)."""

    def __init__(self, config_value: str, python_value: t.Any = None, description: str | None = None) -> None:
        self.config_value = config_value
        self.python_value = config_value if python_value is None else python_value
        self.description = description


class Enum(ConfigType):
    """One of several named values."""

    def __init__(self, name: str, enum_values: Sequence[EnumValue]) -> None:
        self.name = name
        self.enum_values = list(enum_values)

    @classmethod
    def from_python_enum(cls, kind: type[enum.Enum], name: str | None = None) -> Enum:
        """Make one of an enum of Python, whose members are written by name."""
        return cls(name or kind.__name__, [EnumValue(each.name, each) for each in kind])

    @classmethod
    def from_python_enum_direct_values(cls, kind: type[enum.Enum], name: str | None = None) -> Enum:
        """Make one of an enum of Python, of which config gets the name and no member."""
        return cls(name or kind.__name__, [EnumValue(each.name) for each in kind])


class Field:
    """An entry of config: its type, and its default.

    Args:
        config: The type: `str`, `int`, a dict of fields, `[inner]`, or one of the types of this module.
        default_value: Taken where nothing is given.
        is_required: Default: whether there is no default.
        description: For people.
        is_secret: For people: no config is kept.

    Example:
        >>> Field(int, default_value=3).is_required
        False
    """

    def __init__(
        self,
        config: t.Any,
        default_value: t.Any = Missing,
        is_required: bool | None = None,
        description: str | None = None,
        is_secret: bool = False,
    ) -> None:
        self.config_type = read_type(config)
        self.is_secret = is_secret
        self.description = description
        if default_value is not Missing and is_required:
            raise DefinitionError("required fields should not specify default values")
        self._given_default = default_value
        self.is_required = is_required if is_required is not None else self.default_value is Missing

    @property
    def default_value(self) -> t.Any:
        """The default, or Missing: that of the type where the field has none of its own."""
        return find_default(self.config_type) if self._given_default is Missing else self._given_default

    @property
    def default_provided(self) -> bool:
        return self.default_value is not Missing


def find_default(kind: t.Any) -> t.Any:
    """Return what a type is where nothing is given, or Missing."""
    if isinstance(kind, Noneable):
        return None
    if isinstance(kind, (Shape, Permissive)) and not any(each.is_required for each in kind.fields.values()):
        return {name: each.default_value for name, each in kind.fields.items() if each.default_provided}
    return Missing


_OF_PYTHON: dict[t.Any, t.Any] = {str: String, int: Int, float: Float, bool: Bool, t.Any: Any}


def read_type(written: t.Any) -> t.Any:
    """Return the type of config that something written stands for; Config classes stand for themselves.

    Raises:
        DefinitionError: it stands for none.
    """
    if written is None or written is Any:
        return Any
    if isinstance(written, Field):
        return written.config_type
    if isinstance(written, ConfigType) or (isinstance(written, type) and issubclass(written, ConfigType)):
        return written
    if is_kind(written, ConfigModel):
        return written
    if written in (dict, list):
        return Permissive() if written is dict else Array(Any)
    if isinstance(written, Mapping):
        return _read_mapping(written)
    if isinstance(written, list) and len(written) == 1:
        return Array(written[0])
    found = next((kind for python, kind in _OF_PYTHON.items() if python is written), None)
    if found is None:
        raise DefinitionError(
            f"{written!r} is no type of config",
            hint="write str, int, float, bool, dict, a dict of fields, [inner], or Field(...)",
        )
    return found


def _read_mapping(written: Mapping[t.Any, t.Any]) -> ConfigType:
    if len(written) == 1 and not isinstance(key := next(iter(written)), str):
        return Map(key, written[key])
    return Shape(written)


def read_annotation(annotation: t.Any) -> t.Any:
    """Return the type of config that a parameter's annotation stands for.

    Raises:
        DefinitionError: it stands for none.
    """
    origin, arguments = t.get_origin(annotation), t.get_args(annotation)
    if origin is t.Annotated:
        return read_annotation(arguments[0])
    if origin in {t.Union, types.UnionType}:
        rest = [each for each in arguments if each is not type(None)]
        if len(rest) == 1 and len(rest) < len(arguments):
            return Noneable(read_annotation(rest[0]))
    if origin in {list, Sequence} and len(arguments) == 1:
        return Array(read_annotation(arguments[0]))
    if origin in {dict, Mapping} and len(arguments) == 2:
        return Map(read_annotation(arguments[0]), read_annotation(arguments[1]))
    if origin is None and (isinstance(annotation, type) or annotation is t.Any):
        return read_type(annotation)
    raise DefinitionError(f"{annotation!r} is no type of config", hint="write a class of Config")


def read_field(written: t.Any) -> Field:
    return written if isinstance(written, Field) else Field(written)


def describe_model(model: t.Any) -> dict[str, Field]:
    """Return the fields of a Config class, for a `config_schema=` that is a dict."""
    return dict(_describe_fields(model))


def _describe_fields(model: t.Any) -> Iterator[tuple[str, Field]]:
    for entry, field in list_fields(model).items():
        if not is_resource_field(field):
            default = Missing if field.is_required() else field.get_default(call_default_factory=True)
            yield entry, Field(Any, default_value=default, description=field.description)
