"""Work and Outcome: what crosses the border between the coordinator and whoever runs a node. Plain data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import groupby
from operator import attrgetter
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.storage.io_managers import Input
from assetmake.storage.made import MadeRow

_Reduced = tuple[Callable[..., object], tuple[object, ...]]


def _list_fields(kind: type) -> Callable[[object], tuple[object, ...]]:
    """Return what lists an object's fields in the order in which they are given to make it."""
    return attrgetter(*(field.name for field in fields(kind)))


@dataclass(frozen=True, slots=True)
class Node:
    """One node to run.

    Attributes:
        number: Unique in the run.
        part, key: Its partition; the key is None where the asset has none.
        inputs: What its parameters are loaded from; nothing for a node of a range, see `Work`.
        temporary: The file to write the result to, in the folder of the final one.
        log: Where its captured output goes, if there is any.
        attempt: 1 for the first try.
        output: Which of the things that the function makes: the name of an output, or `a/b:name` for a check; empty
            where it makes only one.
    """

    number: int
    part: int
    key: str | None
    inputs: tuple[Input, ...]
    temporary: str
    log: str
    attempt: int = 1
    output: str = ""

    @property
    def scratch(self) -> str:
        """The folder that the asset's function may write into."""
        return self.temporary + ".d"

    def __reduce__(self) -> _Reduced:
        return Node, _list_node(self)


@dataclass(frozen=True, slots=True)
class Made:
    """When an asset was made.

    Attributes:
        rows: The last times, the newest first.
        parts: Of partitions: key, and seconds since 1970.
        is_cut: There are more partitions, which come before these.
    """

    asset: AssetKey
    rows: tuple[MadeRow, ...] = ()
    parts: tuple[tuple[str, float], ...] = ()
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """Nodes of one function, run by one worker: one after the other, or as a range, by one call.

    Attributes:
        asset: The key of an asset that it makes; of what only checks, of one that it checks.
        module: What to import to find it.
        code: The fingerprint that the plan was made with; other code is not run.
        declared: Regular expressions of the files that it may read, relative to the project's root.
        io_manager: What stores the result.
        timeout: Seconds that each call may take.
        seconds: How long all of it will take, as far as is known.
        unordered: The order of a table's rows does not count in its hash.
        env_vars: Names of environment variables whose values are written nowhere.
        together: No two of its nodes run at the same time, as those of a pool must not.
        inputs: What the parameters of the call are loaded from, where one call makes all nodes; None: each node has a
            call of its own.
        resources: What the function asks for of the user's resources, and the IO managers of theirs that store its
            results: the name of each, and the module whose definitions give it; empty: the asset gives it itself.
        loaders: The same of the IO managers of the user's that load its inputs.
        made: What ready-made checks are told of their assets.
        run_config: The config that was given, as a run's config is written:
            `{"ops": {node: {"config": ..}}, "resources": {name: {"config": ..}}}`.
        run_tags: What the function finds as the tags of its run.
        sought: The keys of what the IO manager is asked for whether it is there; then no function is called. None:
            nothing is asked.
    """

    run: str
    asset: AssetKey
    module: str
    code: str
    io_manager: str
    timeout: float | None
    nodes: tuple[Node, ...]
    seconds: float | None = None
    declared: tuple[str, ...] = ()
    unordered: bool = False
    env_vars: tuple[str, ...] = ()
    together: bool = False
    inputs: tuple[Input, ...] | None = None
    resources: tuple[tuple[str, str], ...] = ()
    loaders: tuple[tuple[str, str], ...] = ()
    run_config: Mapping[str, Any] = field(default_factory=dict)
    run_tags: Mapping[str, str] = field(default_factory=dict)
    made: tuple[Made, ...] = ()
    sought: tuple[str | None, ...] | None = None

    @property
    def calls(self) -> Sequence[tuple[Node, ...]]:
        """The nodes that each call of the function makes: all, or the neighbours that are of one partition."""
        if self.inputs is not None:
            return [self.nodes]
        if not any(node.output for node in self.nodes):
            return [(node,) for node in self.nodes]
        return [tuple(several) for _, several in groupby(self.nodes, key=attrgetter("part"))]

    def find_call(self, number: int) -> tuple[Node, ...]:
        """Return the nodes that one call makes, by the number of any of them."""
        return next(nodes for nodes in self.calls if any(node.number == number for node in nodes))


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a node failed, as text: exceptions themselves do not cross the border.

    Attributes:
        message: One line, `ValueError: no rows`.
        traceback: From the user's first frame on; empty where no code of theirs ran.
        file, line: Where their code raised.
        retryable: Another try may help.
        retries: How often the function asked to be called again, whatever the asset's policy; None: it did not ask.
        wait: Seconds that it wants to be waited first.
    """

    message: str
    traceback: str = ""
    file: str = ""
    line: int = 0
    retryable: bool = True
    retries: int | None = None
    wait: float = 0.0


@dataclass(frozen=True, slots=True)
class CheckAnswer:
    """What a check found.

    Attributes:
        passed: Whether the data is as it should be.
        severity: `ERROR` or `WARN`: how bad it is if it isn't.
        metadata: JSON-able, kind and value by name.
    """

    passed: bool
    severity: str = "ERROR"
    description: str = ""
    metadata: Mapping[str, tuple[str, object]] | None = None


@dataclass(frozen=True, slots=True)
class Success:
    """What a node made.

    Attributes:
        suffix: What follows the name of the output; None where nothing is stored.
        digest: Hash of the content, logical where the format allows.
        size, mtime, inode: The temporary file as stat saw it; renaming keeps them.
        content: Hash of the file's bytes.
        rows: Of a table.
        metadata: JSON-able, kind and value by name.
        undeclared: Project files that it read without declaring them, relative to the root, sorted.
        check: What was found, of a node that is a check.
        is_elsewhere: An IO manager of the user's keeps it.
        place: The file that this one says that it wrote, an absolute path; size and so on are that file's. Where it
            only has to be there the size is `ANY_SIZE`. Where no bytes tell, and the manager said that the output is
            there, the content is `FOUND`.
        absent: The function did not give this output, which it need not.
        versions: Of an asset that others make and that the function looked at: the version of each partition key, or,
            under an empty key, of all of it.
        profile: What the data looks like, a JSON object.
        missing: Of outputs that an IO manager was asked for: the keys of those that it has no more.
    """

    digest: bytes
    suffix: str | None = None
    size: int = 0
    mtime: int = 0
    inode: int = 0
    content: int = 0
    rows: int | None = None
    metadata: Mapping[str, tuple[str, object]] | None = None
    undeclared: tuple[str, ...] = ()
    check: CheckAnswer | None = None
    place: str = ""
    is_elsewhere: bool = False
    absent: bool = False
    versions: Mapping[str, str] | None = None
    profile: str | None = None
    missing: tuple[str | None, ...] = ()

    def __reduce__(self) -> _Reduced:
        return Success, _list_success(self)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one node."""

    number: int
    seconds: float
    result: Success | Failure
    logged: bool = False

    def __reduce__(self) -> _Reduced:
        return Outcome, _list_outcome(self)


# What a dataclass with slots is pickled by costs more than all else that a message is made of.
_list_node = _list_fields(Node)
_list_success = _list_fields(Success)
_list_outcome = _list_fields(Outcome)
