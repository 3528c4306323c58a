"""Executors and loggers as values: code that names them runs; how a build runs is said in assets.toml."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any


class Executor:
    """A class that users' executors derive from. Accepted for compatibility: none of them is asked to run anything."""


@dataclass(frozen=True, eq=False)
class ExecutorDefinition:
    """Names how runs are executed. Accepted for compatibility: a build follows assets.toml, `materialize` this process.

    Attributes:
        name: What it is called.
        executor_creation_fn: The decorated function.
        config_schema: What its config may be.
        config: Its config, where it is given.
    """

    name: str
    executor_creation_fn: Callable[..., Any] | None = None
    config_schema: Any = None
    config: Mapping[str, Any] | None = None

    def configured(self, config_or_config_fn: Any, name: str | None = None, **_options: Any) -> ExecutorDefinition:
        """Return the same with its config given."""
        return replace(self, name=name or self.name, config=config_or_config_fn)

    @staticmethod
    def hardcoded_executor(executor: Executor) -> ExecutorDefinition:
        """Return what names an executor that exists already."""
        return ExecutorDefinition("__executor__", lambda _context: executor)


@dataclass(frozen=True, eq=False)
class LoggerDefinition:
    """Makes a logger. Accepted for compatibility: what `context.log` is told stands in the log of the node.

    Attributes:
        logger_fn: The decorated function.
        config_schema: What its config may be.
        description: For people.
        config: Its config, where it is given.
    """

    logger_fn: Callable[..., Any]
    config_schema: Any = None
    description: str | None = None
    config: Mapping[str, Any] | None = None

    def configured(self, config_or_config_fn: Any, **_options: Any) -> LoggerDefinition:
        """Return the same with its config given."""
        return replace(self, config=config_or_config_fn)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.logger_fn(*args, **kwargs)


def executor(name: Callable[..., Any] | str | None = None, config_schema: Any = None, requirements: Any = None) -> Any:
    """Declare an executor.

    Args:
        name: Default: the function's name.
        config_schema: What its config may be.
        requirements: Accepted for compatibility.
    """
    del requirements
    if callable(name):
        return _declare_executor(name, None, None)
    return lambda function: _declare_executor(function, name, config_schema)


def _declare_executor(function: Callable[..., Any], name: str | None, schema: Any) -> ExecutorDefinition:
    return ExecutorDefinition(name or function.__name__, function, schema)


def logger(config_schema: Any = None, description: str | None = None) -> Any:
    """Declare a logger: the decorated function makes it.

    Args:
        config_schema: What its config may be.
        description: For people.
    """
    if callable(config_schema) and not isinstance(config_schema, type):
        return LoggerDefinition(config_schema)
    return lambda function: LoggerDefinition(function, config_schema, description)


in_process_executor = ExecutorDefinition("in_process")
multiprocess_executor = ExecutorDefinition("multiprocess")
multi_or_in_process_executor = ExecutorDefinition("multi_or_in_process_executor")
