"""From what a function returned to what is asked for: outcomes as a list, and requests checked against their job."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from assetmake.definitions.automation.contexts import EvaluationContext
from assetmake.definitions.automation.jobs import Job, request_partition
from assetmake.definitions.automation.requests import RunRequest
from assetmake.definitions.automation.targets import Target
from assetmake.errors import InvariantError


def list_outcomes(result: Any) -> list[Any]:
    """Return what a function returned or yielded as a list; what a generator returns comes last, None is nothing."""
    if inspect.isgenerator(result):
        outcomes, last = _exhaust(result)
        return [each for each in (*outcomes, last) if each is not None]
    if isinstance(result, list | tuple) and not hasattr(result, "_fields"):
        return [each for each in result if each is not None]
    return [] if result is None else [result]


def check_outcomes(outcomes: Sequence[Any], kinds: tuple[type, ...], *, noun: str, name: str) -> None:
    """Raise InvariantError where a function returned something that means nothing."""
    for outcome in outcomes:
        if not isinstance(outcome, kinds):
            raise InvariantError(
                f"Error in {noun} {name}: {noun.capitalize()} unexpectedly returned output {outcome!r} of type "
                f"{type(outcome).__name__}. Should only return {' or '.join(kind.__name__ for kind in kinds)} objects.",
            )


def resolve_request(
    request: RunRequest,
    target: Target,
    context: EvaluationContext,
    *,
    noun: str,
    added: Collection[str] = (),
) -> RunRequest:
    """Return a request whose partition exists, with the tags that say so and the config of its job.

    Args:
        request: As the function returned it.
        target: The job that it is for.
        context: What was evaluated with.
        noun: What was evaluated, a schedule or a sensor.
        added: Dynamic partitions that come to be with it.

    Raises:
        InvariantError: the partitions of the job are not known, or it has none.
        UnknownPartitionError: there is no such partition.
    """
    if request.partition_key is None or request.is_resolved:
        return request
    job = _find_job(request.job_name or target.job_name, target, context, noun=noun)
    definition = job.partitions_def
    if definition is None:
        asked = f"the {noun} asks for the partition {request.partition_key!r} of job {job.name}"
        raise InvariantError(f"{asked}, which has none")
    if request.partition_key not in added:
        definition.validate_partition_key(request.partition_key)
    resolved = request_partition(job, definition, request.partition_key, request=request)
    return resolved.with_replaced_attrs(job_name=request.job_name)


def resolve_each(
    requests: Iterable[RunRequest], context: EvaluationContext, resolve: Callable[[RunRequest], RunRequest]
) -> list[RunRequest]:
    """Return requests resolved; where the context wants to be told of those that cannot be, without them."""
    resolved = []
    for request in requests:
        try:
            resolved.append(resolve(request))
        except Exception as error:
            if context.on_refused is None:
                raise
            context.on_refused(error)
    return resolved


def _find_job(name: str, target: Target, context: EvaluationContext, *, noun: str) -> Job:
    own = target.job_def if target.has_job_def and target.job_name == name else None
    if own is not None and own.partitions_def is not None:
        return own
    if context.repository_def is None:
        raise InvariantError(
            f"Must provide repository def to build_{noun}_context when yielding partitioned run requests",
            hint=f"build_{noun}_context(repository_def=...), or give the job a partitions_def",
        )
    found: Job = context.repository_def.get_job(name)
    return found


def _exhaust(generator: Any) -> tuple[list[Any], Any]:
    outcomes = []
    while True:
        try:
            outcomes.append(next(generator))
        except StopIteration as end:
            return outcomes, end.value
