"""Everything that can happen while a project builds; a listener is one function of an Event.

Events carry counts for a batch of partitions and one record for each failed one, never one for each good one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Warned:
    """Something a person should know that stops nothing."""

    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A build begins. `assets` and `partitions` are what the plan looked at, `fresh` and `to_run` count nodes.

    `to_run` is an upper bound: what waits may turn out fresh. So is `estimate`, the seconds that it will take; None
    where too little is known. `checks` counts those that are to be made, `standing` those that need not be. `unasked`
    counts nodes that were selected and are in no state that was asked for, `unasked_states` the same by state.
    """

    run: str
    assets: int
    fresh: int
    to_run: int
    partitions: int = 0
    estimate: float | None = None
    checks: int = 0
    standing: int = 0
    unasked: int = 0
    unasked_states: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RestEstimated:
    """The seconds that the rest will take, where they are not what was told before less the time that has passed.

    None: too little is known.
    """

    seconds: float | None


@dataclass(frozen=True, slots=True)
class WaitingForRun:
    """Nodes of assets are claimed by another build that is alive, and has been for so many seconds."""

    nodes: int
    run: str
    pid: int
    host: str
    since: str
    command: str
    seconds: float = 0.0
    assets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NodesMadeElsewhere:
    """So many nodes that this build was to make need not be made any more, as builds that it waits for have made them.

    Counted from its start, of assets only; while they work, it counts what they no longer claim.
    """

    nodes: int


@dataclass(frozen=True, slots=True)
class Locked:
    """The build ends, because nodes are claimed by another build and are not waited for, or not any longer."""

    message: str
    run: str
    pid: int
    host: str
    since: str
    command: str
    seconds: float


@dataclass(frozen=True, slots=True)
class NodesStarted:
    """Nodes of one asset were handed to a worker. `keys` reads as a range, empty if not partitioned."""

    asset: str
    count: int
    keys: str


@dataclass(frozen=True, slots=True)
class NodesBuilt:
    """Nodes of one asset were built, published and stand under their final names."""

    asset: str
    built: int
    unchanged: int
    seconds: float


@dataclass(frozen=True, slots=True)
class NodesSpared:
    """Nodes that waited turned out fresh: upstream was rebuilt to the same data."""

    asset: str
    count: int


@dataclass(frozen=True, slots=True)
class NodesMended:
    """Nodes that failed when they were last tried are fresh though they were not made: what they read is as it was.

    `keys` lists them; of an asset that is not partitioned it has an empty text.
    """

    asset: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NodeRetried:
    """A try failed and another one will follow after `delay` seconds.

    Where one call makes several nodes, `key` reads as a range and `count` says how many.
    """

    asset: str
    key: str
    attempt: int
    delay: float
    message: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class NodeFailed:
    """A node failed for good. `log` is the project-relative path of its captured output.

    `file` and `line` are where the user's code raised; where none of it ran, where the asset or check is declared.

    Where one call that makes several nodes failed, each of them has an event, and `call` names them all as a range.
    """

    asset: str
    key: str
    message: str
    traceback: str
    log: str
    file: str = ""
    line: int = 0
    call: str = ""


@dataclass(frozen=True, slots=True)
class CheckAnswered:
    """A check was made, or `stands` as it was. `verdict` is passed, warned or failed.

    `metadata` holds plain values by name. Of checks that stand, `count` nodes of which the same was found are told at
    once and `key` reads as ranges; `since` is when the first of them was made, as an ISO 8601 text.
    """

    asset: str
    check: str
    key: str
    verdict: str
    blocking: bool = False
    description: str = ""
    metadata: Mapping[str, object] = field(default_factory=dict)
    stands: bool = False
    count: int = 1
    since: str | None = None


@dataclass(frozen=True, slots=True)
class NodesSkipped:
    """Nodes that cannot run, because something upstream failed or the build was stopped.

    Checks are told by their names, as where they fail.
    """

    asset: str
    count: int
    because: str


@dataclass(frozen=True, slots=True)
class AssetFinished:
    """Nothing more of this asset will run in this build.

    `seconds` are those that its node took; where it has partitions, those from the start of the first to now.
    """

    asset: str
    built: int
    unchanged: int
    spared: int
    failed: int
    skipped: int
    reason: str
    keys: str
    seconds: float


@dataclass(frozen=True, slots=True)
class WorkLeft:
    """A build that was to do a portion ends, and some of what was asked for is left for another one.

    `nodes` of `total` are left, `keys` reads as ranges. `seconds` is how long the rest will take, None where too little
    is known; `nothing_fits` says that the time was too short for any of them. `failed` counts what failed, in this
    build or when it was last tried: the next build comes to it after the others.
    """

    nodes: int
    total: int
    keys: str
    seconds: float | None = None
    nothing_fits: bool = False
    failed: int = 0


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """All that has happened was told, and the build waits for something to happen: now is the time to write it down."""


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The build is over. `fresh` counts what was selected and did not need to run, spared nodes included.

    `left` counts what was asked for and is left for another build, as only a portion was to be done, or in little time.
    """

    run: str
    built: int
    unchanged: int
    fresh: int
    failed: int
    skipped: int
    spared: int
    cached: int
    checks_passed: int
    checks_failed: int
    seconds: float
    interrupted: bool = False
    checks_warned: int = 0
    checks_skipped: int = 0
    left: int = 0

    @property
    def checks(self) -> int:
        """How many checks have an answer, or should have one."""
        return self.checks_passed + self.checks_warned + self.checks_failed + self.checks_skipped


Event = (
    Warned
    | RunStarted
    | RestEstimated
    | WaitingForRun
    | NodesMadeElsewhere
    | Locked
    | NodesStarted
    | NodesBuilt
    | NodesSpared
    | NodesMended
    | NodeRetried
    | NodeFailed
    | CheckAnswered
    | NodesSkipped
    | AssetFinished
    | WorkLeft
    | CaughtUp
    | RunFinished
)
Sink = Callable[[Event], None]
