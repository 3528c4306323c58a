"""The options by which machines share work: shards, and plans in files."""

from __future__ import annotations

import functools
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click

from assetmake.cli.context import hide_overrides
from assetmake.cli.extent import Extent
from assetmake.discovery.settings import OutputCheck
from assetmake.errors import UsageError
from assetmake.graph.jobs import read_job
from assetmake.graph.selection import Selection
from assetmake.planning.plan_files import Document, list_targets, read_plan, write_plan
from assetmake.planning.planned import NotingShape, PlannedShape, PlannedShardShape
from assetmake.planning.shaping import Everything, Shape
from assetmake.planning.shards import Shard, ShardShape, read_shard

_Function = Callable[..., Any]


def _read_shard(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> Shard | None:
    return None if value is None else read_shard(value)


shard_option = click.option(
    "--shard",
    metavar="I/N",
    callback=_read_shard,
    help="Only the I-th of N parts of the work, which take about as long by what nodes took before.",
)
_plan_option = click.option(
    "--plan",
    "plan_file",
    metavar="F",
    type=click.Path(path_type=Path),
    help="Build what `plan -o F` wrote down, or exit with 2 if that is not what is to be done any more.",
)


def shaping_options(function: _Function) -> _Function:
    """Give `build` the options --shard and --plan; what they mean arrives as `shape=`, and in what it takes besides."""

    @functools.wraps(function)
    def wrapped(*args: Any, plan_file: Path | None, shard: Shard | None, **others: Any) -> Any:
        if plan_file is None:
            return function(*args, shape=choose_shape(shard), **others)
        _refuse_besides(others)
        document = _read_document(plan_file)
        planned = PlannedShape(document, str(plan_file))
        job, key = read_job(document["job"]) if document["job"] else (None, None)
        others["selection"] = Selection(tuple(list_targets(document)), job=job, job_key=key)
        verify = document["verify"] and OutputCheck(document["verify"])
        others["extent"] = replace(others["extent"], verify=verify)
        others["no_wait"] = True  # what another build makes meanwhile, the plan knows nothing of
        shape: Shape = planned if shard is None else PlannedShardShape(shard, planned)
        return function(*args, shape=shape, **others)

    return shard_option(_plan_option(wrapped))


def choose_shape(shard: Shard | None) -> Shape | None:
    """Return what chooses a shard; None where all is asked for."""
    return None if shard is None else ShardShape(shard, Everything())


def tell_idle(shape: Shape | None) -> str | None:
    """Return what to say where a shape has chosen nothing; None for what is said without one."""
    shard = _find_shard(shape)
    return None if shard is None else f"shard {shard} has nothing to do"


def tell_why_idle(shape: Shape | None) -> Sequence[str]:
    """Return why a shard has nothing to do, if that is known."""
    return shape.remarks if isinstance(shape, ShardShape) else ()


def count_shards(shape: Shape | None) -> int | None:
    """Return into how many shards work is divided; None where it is not."""
    shard = _find_shard(shape)
    return None if shard is None else shard.count


def _find_shard(shape: Shape | None) -> Shard | None:
    inner = shape.chosen if isinstance(shape, NotingShape) else shape
    return inner.shard if isinstance(inner, ShardShape | PlannedShardShape) else None


def list_document(
    document: Document, selection: Selection, *, verify: OutputCheck | None, shard: Shard | None
) -> list[str]:
    """Return a plan as the lines of a file."""
    told = {
        "command": shlex.join(["assetmake", *hide_overrides(sys.argv[1:])]),
        "selection": asdict(selection),
        "job": selection.job_run,
        "verify": None if verify is None else verify.value,
        "shard": None if shard is None else str(shard),
    }
    return write_plan({**told, **document})


def _read_document(file: Path) -> Document:
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot read the plan {file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"the plan {file} is damaged: it is not written in UTF-8") from None
    return read_plan(text, name=str(file))


def _refuse_besides(given: dict[str, Any]) -> None:
    selection: Selection = given["selection"]
    extent: Extent = given["extent"]
    besides = {
        "a selection": selection != Selection(),
        "--force": extent.force,
        "--only": extent.only,
        "--verify": extent.verify is not None,
    }
    wrong = [name for name, was_given in besides.items() if was_given]
    if wrong:
        raise UsageError(
            f"--plan says what is built: {' and '.join(wrong)} cannot be given with it",
            hint="give it to `assetmake plan -o F`",
        )
