"""EnvVar: the name of an environment variable, whose value is read when a run starts and never before."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NoReturn

from assetmake.errors import RunConfigError

_IS_KEPT: ContextVar[bool] = ContextVar("is_kept", default=False)


class EnvVar(str):
    """Stands for the value of an environment variable in config and resources.

    Example:
        >>> EnvVar("HOME").env_var_name
        'HOME'
    """

    __slots__ = ()

    @classmethod
    def int(cls, name: str) -> IntEnvVar:
        """Name a variable whose value is a whole number."""
        return IntEnvVar(name)

    @property
    def env_var_name(self) -> str:
        return str.__str__(self)

    def get_value(self, default: str | None = None) -> str | None:
        """Return the value that the variable has now."""
        return os.environ.get(self.env_var_name, default)

    def __str__(self) -> str:
        raise _refuse(self)

    def __add__(self, other: object) -> NoReturn:
        raise _refuse(self)

    def __radd__(self, other: object) -> NoReturn:
        raise _refuse(self)

    def __repr__(self) -> str:
        return f'EnvVar("{self.env_var_name}")'


class IntEnvVar(int):
    """Stands for the whole number that an environment variable holds; made by `EnvVar.int`."""

    env_var_name: str

    def __new__(cls, name: str) -> IntEnvVar:
        made = super().__new__(cls, 0)
        made.env_var_name = name
        return made

    def __getnewargs__(self) -> tuple[str]:  # type: ignore[override]  # what __new__ takes, for pickle
        return (self.env_var_name,)

    @property
    def name(self) -> str:
        return self.env_var_name

    def get_value(self, default: int | None = None) -> int | None:
        """Return the number that the variable holds now.

        Raises:
            RunConfigError: it holds something else.
        """
        text = os.environ.get(self.env_var_name)
        if text is None:
            return default
        try:
            return int(text)
        except ValueError:
            raise RunConfigError(
                f'Value stored in env variable "{self.env_var_name}" cannot be coerced into an int'
            ) from None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, IntEnvVar) and other.env_var_name == self.env_var_name

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(("IntEnvVar", self.env_var_name))

    def __int__(self) -> int:
        raise _refuse(self)

    def __str__(self) -> str:
        raise _refuse(self)

    def __format__(self, spec: str) -> str:
        raise _refuse(self)

    def __repr__(self) -> str:
        return f'IntEnvVar("{self.env_var_name}")'


AnyEnvVar = EnvVar | IntEnvVar


@contextmanager
def keeping_variables() -> Iterator[None]:
    """Have config read in the block without the environment: variables stay what they are, by name."""
    token = _IS_KEPT.set(True)
    try:
        yield
    finally:
        _IS_KEPT.reset(token)


def are_variables_kept() -> bool:
    return _IS_KEPT.get()


def read_variable(variable: AnyEnvVar, *, path: str) -> str | int:
    """Return what a variable holds now; itself in a block of `keeping_variables`.

    Raises:
        RunConfigError: it is not set, or holds something else than it is said to hold; the message has the path.
    """
    if are_variables_kept():
        return variable
    name = variable.env_var_name
    try:
        value = variable.get_value()
    except RunConfigError as error:
        raise RunConfigError(f"{error.message}. It is asked for at path {path}") from None
    if value is None:
        raise RunConfigError(
            f'You have attempted to fetch the environment variable "{name}" which is not set. '
            f"It is asked for at path {path}",
            hint=f"set {name} before the run",
        )
    return value


def _refuse(variable: AnyEnvVar) -> RuntimeError:
    kind = type(variable).__name__
    return RuntimeError(
        f"Attempted to directly retrieve environment variable {variable!r}. {kind} defers resolution of the "
        "environment variable value until run time, and should only be used as input to config or resources. "
        f'To read it now, call get_value() on it or use os.environ["{variable.env_var_name}"].'
    )
