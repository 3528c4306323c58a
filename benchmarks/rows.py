"""The rows of the table, by name: a kind and a size."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from benchmarks.cases import (
    Case,
    ColdBuild,
    NothingToDo,
    NothingToDoWithFrames,
    PartitionsFresh,
    PartitionsPlanned,
    SameSum,
    ScatteredPlanned,
    SourceChanged,
)
from benchmarks.graphs import Chain, Fan, Keys, Layered
from benchmarks.measuring import BenchmarkError
from benchmarks.scattered import Scattered
from benchmarks.trials import JOBS


def _name_chain(chain: Chain) -> str:
    return f"{chain.total:,} partitions of 3 assets"


def _make_partitions(name: str, size: int) -> Case:
    chain = Chain.of_partitions(size)
    return PartitionsFresh(name, f"nothing to do, {_name_chain(chain)}", chain)


def _make_plan(name: str, size: int) -> Case:
    chain = Chain.of_partitions(size)
    return PartitionsPlanned(name, f"plan or dry run, {_name_chain(chain)}, all fresh", chain)


def _make_backfill(name: str, size: int) -> Case:
    chain = Chain.of_partitions(size)
    return ColdBuild(name, f"cold backfill, {_name_chain(chain)}, {JOBS} workers", chain)


def _make_scattered(name: str, size: int) -> Case:
    graph = Scattered.of_nodes(size)
    return ScatteredPlanned(name, f"plan, {graph.total:,} nodes of {graph.assets} assets, 1 % stale at random", graph)


KINDS: dict[str, Callable[[str, int], Case]] = {
    "nothing": lambda name, size: NothingToDo(name, f"nothing to do, {size:,} assets", Layered(size)),
    "pandas": lambda name, size: NothingToDoWithFrames(
        name, f"nothing to do, {size:,} assets whose modules import pandas", Layered(size, frames=True)
    ),
    "cold": lambda name, size: ColdBuild(name, f"cold build, {size:,} assets, {JOBS} workers", Layered(size)),
    "source": lambda name, size: SourceChanged(
        name, f"one source changed, {{below:,}} of {size:,} assets below it", Layered(size)
    ),
    "cutoff": lambda name, size: SameSum(
        name, f"one source changed, its consumer's value not, {size:,} assets", Layered(size)
    ),
    "backfill": _make_backfill,
    "partitions": _make_partitions,
    "plan": _make_plan,
    "static": lambda name, size: PartitionsFresh(name, f"nothing to do, {size:,} static keys of one asset", Keys(size)),
    "fan": lambda name, size: NothingToDo(name, f"nothing to do, fan-in and fan-out of {size:,} keys", Fan(size)),
    "fankey": lambda name, size: SourceChanged(
        name, f"one key changed, fan-in and fan-out of {size:,} keys, {{below}} nodes below it", Fan(size)
    ),
    "scattered": _make_scattered,
}
USUAL = (
    "cold-20",
    "cold-1000",
    "nothing-100",
    "nothing-1000",
    "pandas-1000",
    "source-1000",
    "cutoff-1000",
    "cold-10000",
    "nothing-10000",
    "source-10000",
    "nothing-100000",
    "backfill-365",
    "partitions-1",
    "partitions-49",
    "partitions-365",
    "backfill-36500",
    "partitions-36500",
    "partitions-1000000",
    "plan-1000000",
    "static-100000",
    "fan-10000",
    "fankey-10000",
    "scattered-4380000",
)
QUICK = (
    "cold-100",
    "nothing-100",
    "pandas-100",
    "source-100",
    "cutoff-100",
    "backfill-49",
    "partitions-49",
    "plan-49",
    "static-100",
    "fan-50",
    "fankey-50",
    "scattered-10000",
)


def choose_cases(names: Sequence[str], *, quick: bool) -> list[Case]:
    """Return the rows: those of a kind (`nothing`), of one name (`nothing-1000`), or all.

    Raises:
        BenchmarkError: there is no such row.
    """
    usual = QUICK if quick else USUAL
    chosen: list[str] = []
    for name in names or usual:
        kind, dash, size = name.partition("-")
        if kind not in KINDS or (dash and not size.isdecimal()):
            raise BenchmarkError(f"there is no row {name!r}; name one of {', '.join(KINDS)}, or {usual[0]}")
        chosen += [name] if dash else [each for each in usual if each.startswith(f"{kind}-")]
    return [KINDS[name.partition("-")[0]](name, int(name.partition("-")[2])) for name in dict.fromkeys(chosen)]
