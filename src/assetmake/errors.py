"""Errors that speak to the user, and the exit codes they end in.

AssetmakeError                 message, hint
├── UsageError             2   the command line, a selection or a key is wrong; nothing was started
│   ├── SelectionError         a selection names something unknown or matches nothing
│   ├── UnknownPartitionError  a partition key or range that the definition does not have
│   │   └── UnknownRangeError      a range of partition keys, where keys of it were called for
│   ├── RunConfigError         config of a run does not fit what it is for
│   ├── InvocationError        a definition is called with arguments that it does not take
│   └── InvariantError         something is asked for that is not there, or not yet
│       ├── UnknownResourceError   a resource that was not asked for
│       └── MissingOutputError     a function gave no result that it has to give
├── DefinitionError        2   a definition, or the graph they make together, is wrong
│   ├── CyclicDependencyError  assets that wait for each other
│   ├── InvalidMetadataError   a value that is no metadata
│   └── MappedKeyError         a mapping names a key that a definition does not have (a ValueError as well)
├── ConfigError            2   assets.toml is wrong
├── StorageError           3   state, storage or disk trouble
│   └── StateError             the state file is damaged, newer, or cannot be written
├── LockTimeout            4   another build holds what this one needs
├── UserCodeError          1   code of the user's raised while something was prepared for the function that runs
│   ├── ResourceFunctionError  a resource could not be opened
│   └── LoadInputError         what an asset reads could not be loaded
├── ValueTypeError         1   a value is not of the type that is declared
└── BuildFailed            1   an asset failed (raised by the Python API only)
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a command's exit status means; scripts rely on these numbers."""

    OK = 0
    FAILED = 1
    USAGE = 2
    STORAGE = 3
    LOCKED = 4
    STALE = 5
    BUG = 70


class AssetmakeError(Exception):
    """An expected error: shown as one message and a hint, never with a traceback of ours.

    Args:
        message: What is wrong, naming the asset, the key and the file.
        hint: What to do about it.
    """

    exit_code: ExitCode = ExitCode.FAILED

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(AssetmakeError):
    exit_code = ExitCode.USAGE


class SelectionError(UsageError):
    pass


class UnknownPartitionError(UsageError):
    pass


class RunConfigError(UsageError):
    pass


class InvocationError(UsageError):
    pass


class InvariantError(UsageError):
    pass


class UnknownResourceError(InvariantError, AttributeError):
    pass


class MissingOutputError(InvariantError):
    pass


class UnknownRangeError(UnknownPartitionError, InvocationError):
    pass


class DefinitionError(AssetmakeError):
    exit_code = ExitCode.USAGE


class CyclicDependencyError(DefinitionError):
    pass


class InvalidMetadataError(DefinitionError):
    pass


class MappedKeyError(DefinitionError, ValueError):
    pass


class ConfigError(AssetmakeError):
    exit_code = ExitCode.USAGE


class StorageError(AssetmakeError):
    exit_code = ExitCode.STORAGE


class StateError(StorageError):
    pass


class LockTimeout(AssetmakeError):
    """Others hold what was needed.

    Args:
        message: Who, since when.
        hint: What to do about it.
        held: The assets that they hold, by name, as far as it is assets.
    """

    exit_code = ExitCode.LOCKED

    def __init__(self, message: str, *, hint: str = "", held: tuple[str, ...] = ()) -> None:
        super().__init__(message, hint=hint)
        self.held = held


class UserCodeError(AssetmakeError):
    exit_code = ExitCode.FAILED


class ResourceFunctionError(UserCodeError):
    pass


class LoadInputError(UserCodeError):
    pass


class ValueTypeError(AssetmakeError):
    exit_code = ExitCode.FAILED


class BuildFailed(AssetmakeError):
    exit_code = ExitCode.FAILED
