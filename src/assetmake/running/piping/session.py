"""A program that runs for an asset, from its start to its results."""

from __future__ import annotations

import os
import signal
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.checking.specs import AssetCheckResult
from assetmake.definitions.configuring.kinds import ResourceModel
from assetmake.definitions.results import MaterializeResult
from assetmake.errors import InvariantError, UserCodeError
from assetmake.running.piping.injecting import (
    CONTEXT_VARIABLE,
    MESSAGES_VARIABLE,
    Params,
    PipesContextInjector,
    PipesTempFileContextInjector,
    describe_context,
    encode_params,
)
from assetmake.running.piping.messages import (
    PipesExecutionResult,
    PipesMessageHandler,
    PipesMessageReader,
    PipesTempFileMessageReader,
)


@dataclass(frozen=True, slots=True)
class PipesSession:
    """What a program is told, and what it tells.

    Attributes:
        context_data: What it is told.
        message_handler: Takes what it tells.
        context_injector_params, message_reader_params: Where both are.
        context: Of the function that started it.
    """

    context_data: Mapping[str, Any]
    message_handler: PipesMessageHandler
    context_injector_params: Params
    message_reader_params: Params
    context: Any

    def get_bootstrap_params(self) -> Mapping[str, Any]:
        """Return the parameters that the program has to be given, by name."""
        return {CONTEXT_VARIABLE: self.context_injector_params, MESSAGES_VARIABLE: self.message_reader_params}

    def get_bootstrap_env_vars(self) -> Mapping[str, str]:
        """Return the parameters as environment variables."""
        return {name: encode_params(params) for name, params in self.get_bootstrap_params().items()}

    def get_bootstrap_cli_arguments(self) -> Mapping[str, str]:
        """Return the parameters as arguments of a command line."""
        named = self.get_bootstrap_env_vars().items()
        return {f"--{name.lower().replace('_', '-')}": text for name, text in named}

    def get_custom_messages(self) -> Sequence[Any]:
        return self.message_handler.get_custom_messages()

    def get_results(
        self, *, implicit_materializations: bool = True, metadata: Mapping[str, Any] | None = None
    ) -> Sequence[PipesExecutionResult]:
        """Return what the program told.

        Args:
            implicit_materializations: An asset that it told nothing of counts as made.
            metadata: Put on every result.
        """
        told = self.message_handler.get_reported_results()
        made = {each.asset_key for each in told if isinstance(each, MaterializeResult)}
        wanted = [AssetKey.from_escaped_user_string(text) for text in self.context_data["asset_keys"]]
        silent = [MaterializeResult[Any](key) for key in wanted if key not in made] if implicit_materializations else []
        return tuple(replace(each, metadata={**each.metadata, **(metadata or {})}) for each in (*told, *silent))


@contextmanager
def open_pipes_session(
    context: Any,
    context_injector: PipesContextInjector,
    message_reader: PipesMessageReader,
    extras: Mapping[str, Any] | None = None,
) -> Iterator[PipesSession]:
    """Tell a program of the asset that runs, and take what it tells, in a `with` block that starts it.

    Args:
        context: Of the function that starts it.
        context_injector, message_reader: Where it is told, and tells.
        extras: What else it is told.
    """
    data = describe_context(context, extras)
    handler = PipesMessageHandler(context, message_reader)
    with context_injector.inject_context(data) as told, handler.handle_messages() as read:
        yield PipesSession(data, handler, told, read, context)
    if not handler.received_opened_message:
        context.log.warning(
            "[pipes] did not receive any messages from external process. Check stdout / stderr logs from the external "
            f"process if possible.\n{context_injector.no_messages_debug_text()}\n"
            f"{message_reader.no_messages_debug_text()}"
        )
    elif not handler.received_closed_message:
        context.log.warning("[pipes] did not receive closed message from external process.")


@dataclass(frozen=True, slots=True)
class PipesClientCompletedInvocation:
    """A program that has ended.

    Args:
        session: It told this.
        metadata: Put on every result.
    """

    session: PipesSession
    metadata: Mapping[str, Any] | None = None

    def get_results(self, *, implicit_materializations: bool = True) -> Sequence[PipesExecutionResult]:
        """Return what the program told, for a function that returns all of it."""
        return self.session.get_results(implicit_materializations=implicit_materializations, metadata=self.metadata)

    def get_materialize_result(self, *, implicit_materialization: bool = True) -> MaterializeResult[Any]:
        """Return what the program told of the one asset, with what it told of checks.

        Raises:
            InvariantError: it told of several, or of none.
        """
        results = self.get_results(implicit_materializations=implicit_materialization)
        made = [each for each in results if isinstance(each, MaterializeResult)]
        checked = [each for each in results if isinstance(each, AssetCheckResult)]
        if len(made) != 1:
            raise InvariantError(f"the program told of {len(made)} assets, not of one", hint="use get_results()")
        return replace(made[0], check_results=[*made[0].check_results, *checked]) if checked else made[0]

    def get_asset_check_result(self) -> AssetCheckResult:
        """Return what the program told of the one check.

        Raises:
            InvariantError: it told of several, or of none.
        """
        found = self.get_results(implicit_materializations=False)
        checked = [each for each in found if isinstance(each, AssetCheckResult)]
        if len(checked) != 1:
            raise InvariantError(f"the program told of {len(checked)} checks, not of one", hint="use get_results()")
        return checked[0]

    def get_custom_messages(self) -> Sequence[Any]:
        return self.session.get_custom_messages()


class PipesClient(ResourceModel, ABC):
    """A resource that runs programs somewhere."""

    @abstractmethod
    def run(self, *, context: Any, extras: Mapping[str, Any] | None = None, **options: Any) -> Any:
        """Run a program for the asset that runs, and return what it told."""


class PipesSubprocessClient(PipesClient):
    """Runs programs on this machine.

    Args:
        env: Environment variables for them.
        cwd: Where they run.
        context_injector, message_reader: Where they are told, and tell; default: temporary files.
        forward_termination: An interrupted run interrupts them.
        forward_stdio: What they print is seen.
        termination_timeout_seconds: How long an interrupted one may take to end.
    """

    def __init__(
        self,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        context_injector: PipesContextInjector | None = None,
        message_reader: PipesMessageReader | None = None,
        forward_termination: bool = True,
        forward_stdio: bool = True,
        termination_timeout_seconds: float = 20,
    ) -> None:
        self.env = dict(env or {})
        self.cwd = cwd
        self.context_injector = context_injector or PipesTempFileContextInjector()
        self.message_reader = message_reader or PipesTempFileMessageReader()
        self.forward_termination = forward_termination
        self.forward_stdio = forward_stdio
        self.termination_timeout_seconds = termination_timeout_seconds

    def run(  # type: ignore[override]  # a command there has to be
        self,
        *,
        context: Any,
        command: str | Sequence[str],
        extras: Mapping[str, Any] | None = None,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
    ) -> PipesClientCompletedInvocation:
        """Run a command to its end.

        Args:
            context: Of the function that runs it.
            command: As `subprocess.Popen` takes it.
            extras: What else the program is told.
            env, cwd: Beside, or in place of, those of the client.

        Raises:
            UserCodeError: it ended with another status than 0.
        """
        with open_pipes_session(context, self.context_injector, self.message_reader, extras) as session:
            given = {**os.environ, **self.env, **(env or {}), **session.get_bootstrap_env_vars()}
            output = None if self.forward_stdio else subprocess.DEVNULL
            with subprocess.Popen(command, cwd=cwd or self.cwd, env=given, stdout=output, stderr=output) as process:
                try:
                    process.wait()
                except KeyboardInterrupt:
                    if self.forward_termination:
                        process.send_signal(signal.SIGINT)
                        process.wait(self.termination_timeout_seconds)
                    raise
            if process.returncode != 0:
                raise UserCodeError(f"External execution process failed with code {process.returncode}")
        return PipesClientCompletedInvocation(session)
