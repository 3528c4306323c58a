"""Jobs: an asset that has work, and how its nodes become works of the right size."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Container, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any, Protocol

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.keeping import UNORDERED
from assetmake.discovery.manifest import AssetRecord
from assetmake.events import CheckAnswered, Sink
from assetmake.execution.chain import Chain
from assetmake.execution.declared import Declarations
from assetmake.execution.shares import Ready, Share
from assetmake.execution.work import Made, Node, Outcome, Work
from assetmake.planning.forecast import Forecast, Leg
from assetmake.planning.inputs import NodeInputs
from assetmake.planning.plan import Parts
from assetmake.planning.turns import Turns
from assetmake.storage.io_managers import Input
from assetmake.storage.paths import encode_key, temporary_name, write_stem

_CHUNK_SECONDS = 0.1
LARGEST_CHUNK = 100
_SECONDS_OF_UNKNOWN = 1.0
"""Long enough that no worker is sent another one ahead of it, as may still be kept back."""
_SETTLED_AT_ONCE = 8
_FIRST_CHUNK = 8
"""Of nodes of which nothing is known: what stands behind a slow one is given back by the worker."""


Gather = Callable[[AssetKey, Parts], tuple[Input, ...]]
TellMade = Callable[[Sequence[AssetRecord]], tuple[Made, ...]]


class Rebuilder(Protocol):
    """What a running build asks of those who know hashes."""

    def recheck(self, key: AssetKey, parts: Parts) -> set[int]:
        """Return those of the nodes that must run, now that all they read stands."""

    def prepare(self, key: AssetKey, parts: Parts) -> list[NodeInputs]:
        """Return the nodes with what they will read."""

    def gather(self, key: AssetKey, parts: Parts) -> tuple[Input, ...]:
        """Return what one call that makes all of the nodes will read; they were prepared before."""

    def former(self, key: AssetKey, parts: Parts) -> Mapping[int, tuple[int, str | None]]:
        """Return data hash and suffix of what stood of the nodes before."""

    def find_altered(self, key: AssetKey, parts: Parts) -> Container[int]:
        """Return those of the nodes whose output is not what was recorded before."""

    def publish(self, key: AssetKey, news: Mapping[int, tuple[int, str | None]]) -> None:
        """Take note of nodes that were built."""

    def inputs_moved(self, key: AssetKey, parts: Parts) -> str:
        """Return the source file that changed since the plan was made, or an empty text."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a build runs.

    Attributes:
        run: Its id.
        outputs: Where outputs are.
        logs: Where logs of nodes go.
        project: What log paths are shown relative to.
        pools: How many works of each pool run at once.
        fail_fast: Start nothing more after a failure.
        strict: What reads files without declaring them fails.
        one_by_one: Nodes of an asset of which nothing is known are not sent several at a time.
        run_config: The config that assets and resources are given.
        run_tags: What functions find as the tags of their run.
    """

    run: str
    outputs: Path
    logs: Path
    project: Path
    pools: Mapping[str, int] = field(default_factory=dict)
    fail_fast: bool = False
    strict: bool = False
    one_by_one: bool = False
    run_config: Mapping[str, Any] = field(default_factory=dict)
    run_tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Job:
    """A function that has work: for an asset, or for all that one call makes.

    Attributes:
        record: The first asset or check that it makes.
        leg: What is foreseen of it.
        position: Its place in the order of the plan.
        shares: The assets and checks that it makes and that are not fresh, in the order in which they come to stand.
        candidates: Partitions that were not yet found ready.
        unfinished: Those whose end has not come.
        open: Of several shares, how many of each partition are under way.
        ready: Partitions that may run.
        ranges: Where one call may make several: how many of the ready ones each call makes.
        wholes: What comes before any of it and is not done.
        below: What reads something of it, or waits for it.
        average: Seconds a node takes, as far as is known.
        scanned_at: When all candidates were last looked through.
        answers: What its checks found, to be told after what became of the assets that they are of.
        chain: Where its partitions read earlier ones: those that are no candidates yet.
    """

    record: AssetRecord
    leg: Leg
    position: int
    shares: tuple[Share, ...]
    candidates: deque[int]
    unfinished: set[int]
    average: float | None = None
    open: dict[int, int] = field(default_factory=dict)
    ready: deque[Ready] = field(default_factory=deque)
    ranges: deque[int] = field(default_factory=deque)
    wholes: set[AssetKey] = field(default_factory=set)
    below: list[Job] = field(default_factory=list)
    started_at: float | None = None
    scanned_at: float = 0.0
    answers: list[CheckAnswered] = field(default_factory=list)
    chain: Chain | None = None

    @property
    def key(self) -> AssetKey:
        return self.record.key

    @property
    def is_check(self) -> bool:
        """Tell whether nothing but checks is made."""
        return all(share.is_check for share in self.shares)

    @property
    def inner(self) -> frozenset[AssetKey]:
        """What the same call makes, whether it is to now or not, and some of the shares depend on."""
        return frozenset().union(*(share.inner for share in self.shares))

    def list_behind(self, parts: Set[int]) -> set[int]:
        """Return some of its partitions together with all of its own that read them, directly or not."""
        return set(parts) if self.chain is None else self.chain.list_behind(parts)

    def take_ready(self, typical: float | None, *, one_by_one: bool = False) -> list[Ready]:
        """Take the ready partitions that go to a worker together: a range, or a chunk.

        Args:
            typical: Seconds that nodes of any asset take, as far as is known.
            one_by_one: Take one alone where nothing is known of this asset.
        """
        if self.ranges:
            size = self.ranges.popleft()
        elif one_by_one and self.average is None:
            size = 1
        else:
            size = min(self._size_chunk(typical), len(self.ready))
        return [self.ready.popleft() for _ in range(size)]

    def tell_answers(self, sink: Sink) -> None:
        """Tell what was kept of its checks until now."""
        for answered in self.answers:
            sink(answered)

    def arrange_ranges(self, turns: Turns) -> None:
        """Have the ranges that are ready go in the order of their turns; what failed, after the others."""
        calls = [[self.ready.popleft() for _ in range(size)] for size in self.ranges]
        if turns.newest_first:
            calls.reverse()
        calls.sort(key=lambda call: max(turns.find(self.key, each.part)[0] for each in call))
        self.ranges = deque(map(len, calls))
        self.ready.extend(each for call in calls for each in call)

    def _size_chunk(self, typical: float | None) -> int:
        """Return how many nodes take a tenth of a second, leaving some for the other workers."""
        average = typical if self.average is None else self.average
        fitting = _FIRST_CHUNK if average is None else int(_CHUNK_SECONDS / max(average, 1e-4))
        fair = (len(self.ready) + len(self.candidates)) // 4
        return max(1, min(fitting, fair, LARGEST_CHUNK))


@dataclass(slots=True, eq=False)
class Batch:
    """A work under way: how many of its nodes have not come back, and since when."""

    job: Job
    left: int
    since: float


@dataclass(frozen=True, slots=True)
class Flight:
    """A node under way, or one that waits for its next try."""

    node: Node
    inputs: tuple[int, ...]
    batch: Batch
    share: Share

    @property
    def job(self) -> Job:
        return self.batch.job


class Dispatcher:
    """Makes works of ready nodes and knows which are under way.

    Args:
        options: How the build runs.
        declarations: What assets may read.
        forecast: Learns how long nodes take.
        gather: Tells what one call for several nodes reads.
        tell_made: Tells what checks ask of the times that their assets were made.
    """

    def __init__(
        self, options: Options, declarations: Declarations, forecast: Forecast, gather: Gather, tell_made: TellMade
    ) -> None:
        self._gather = gather
        self._tell_made = tell_made
        self._options = options
        self._declarations = declarations
        self._forecast = forecast
        self._numbers = count(1)
        self._pools: dict[str, int] = {}
        self._typical: float | None = None
        self._places: dict[AssetKey, tuple[str, str]] = {}
        self.flights: dict[int, Flight] = {}
        self.batches: set[Batch] = set()

    def is_pool_full(self, job: Job) -> bool:
        return self.is_full(job.record.pool)

    def is_full(self, pool: str | None) -> bool:
        limit = None if pool is None else self._options.pools.get(pool)
        return limit is not None and pool is not None and self._pools.get(pool, 0) >= limit

    def cut_work(self, job: Job) -> Work:
        """Take the next chunk, or range, of a job's ready nodes."""
        taken = job.take_ready(self._typical, one_by_one=self._options.one_by_one)
        nodes = [
            (self.make_node(share, ready.inputs), digests, share) for ready in taken for share, digests in ready.shares
        ]
        return self._launch(job, nodes)

    def launch_again(self, flights: Sequence[Flight]) -> Work:
        """Make a work of what is tried again together: a node, or neighbours that one call made."""
        return self._launch(flights[0].job, [(flight.node, flight.inputs, flight.share) for flight in flights])

    def next_try(self, flight: Flight) -> Flight:
        """Return the flight of a node's next try."""
        number = next(self._numbers)
        node = replace(flight.node, number=number, attempt=flight.node.attempt + 1)
        return replace(flight, node=node)

    def land(self, number: int, *, seconds: float) -> Flight:
        """Take a node that has come back off the list, and learn from how long it took."""
        flight = self.flights.pop(number)
        job, batch = flight.job, flight.batch
        job.average = _mix(job.average, seconds)
        self._typical = _mix(self._typical, seconds)
        if seconds:  # nobody knows how long a node ran whose worker died
            self._forecast.learn(job.leg, seconds)
        batch.left -= 1
        if not batch.left:
            self.batches.remove(batch)
            self._count_pool(job, -1)
        return flight

    def divide(self, outcomes: Sequence[Outcome]) -> Iterator[Sequence[Outcome]]:
        """Yield outcomes some at a time, those of one work together."""
        begin = 0
        last: Batch | None = None
        for index, outcome in enumerate(outcomes):
            batch = self.flights[outcome.number].batch
            if batch is not last and index - begin >= _SETTLED_AT_ONCE:
                yield outcomes[begin:index]
                begin = index
            last = batch
        yield outcomes[begin:]

    def make_node(self, share: Share, inputs: NodeInputs) -> Node:
        number = next(self._numbers)
        outputs, logs = self._find_places(share.key)
        name = temporary_name(self._options.run, number)
        return Node(
            number=number,
            part=inputs.part,
            key=inputs.key,
            inputs=inputs.inputs,
            temporary=f"{os.path.dirname(outputs)}/{name}" if inputs.key is None else f"{outputs}/{name}",
            log=f"{logs}.log" if inputs.key is None else f"{logs}/{encode_key(inputs.key)}.log",
            output=share.record.output,
        )

    def _find_places(self, key: AssetKey) -> tuple[str, str]:
        """Return the stems of an asset's output and log, which are the folders of its partitions'."""
        places = self._places.get(key)
        if places is None:
            options = self._options
            roots = str(options.outputs), str(options.logs)
            places = self._places[key] = write_stem(roots[0], key.parts), write_stem(roots[1], key.parts)
        return places

    def _launch(self, job: Job, nodes: Sequence[tuple[Node, tuple[int, ...], Share]]) -> Work:
        together: tuple[Input, ...] | None = None
        if job.record.is_ranged:
            together = self._gather(nodes[0][2].key, list(dict.fromkeys(node.part for node, _, _ in nodes)))
        if together is not None and len(nodes) == 1:
            nodes, together = [(replace(node, inputs=together), inputs, share) for node, inputs, share in nodes], None
        batch = Batch(job, len(nodes), time.monotonic())
        self.batches.add(batch)
        for node, inputs, share in nodes:
            self.flights[node.number] = Flight(node, inputs, batch, share)
        self._count_pool(job, 1)
        return self._make_work(job, [node for node, _, _ in nodes], together)

    def _make_work(self, job: Job, nodes: Sequence[Node], together: tuple[Input, ...] | None) -> Work:
        record = job.record
        average = self._typical if job.average is None else job.average
        if job.average is None and self._options.one_by_one:
            average = _SECONDS_OF_UNKNOWN
        return Work(
            run=self._options.run,
            asset=record.key,
            module=record.module,
            code=record.fingerprint.call or record.fingerprint.code,
            io_manager=record.io_manager,
            timeout=record.timeout,
            nodes=tuple(nodes),
            seconds=None if average is None else average * len(nodes),
            declared=tuple(
                dict.fromkeys(each for share in job.shares for each in self._declarations.list_patterns(share.key))
            ),
            unordered=record.hash_rows == UNORDERED,
            env_vars=record.env_vars,
            together=record.pool is not None,
            inputs=together,
            resources=tuple(dict.fromkeys(each for share in job.shares for each in share.record.resources)),
            loaders=tuple(dict.fromkeys((name, module) for _, name, module in record.loaders)),
            run_config=self._options.run_config,
            run_tags=self._options.run_tags,
            made=self._tell_made([share.record for share in job.shares]) if record.asks else (),
        )

    def _count_pool(self, job: Job, step: int) -> None:
        if job.record.pool is not None:
            self._pools[job.record.pool] = self._pools.get(job.record.pool, 0) + step


def _mix(average: float | None, seconds: float) -> float:
    """Return the average with one more duration, which counts more than older ones."""
    return seconds if average is None else 0.7 * average + 0.3 * seconds
