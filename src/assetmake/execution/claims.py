"""Claims: which nodes are one run's to build, which are another's, and how long those are waited for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta

from assetmake import clock
from assetmake.definitions.asset_key import AssetKey
from assetmake.discovery.duration import tell_age
from assetmake.errors import LockTimeout
from assetmake.events import CaughtUp, Locked, NodesMadeElsewhere, Sink, WaitingForRun
from assetmake.execution.site import Site
from assetmake.planning.fingerprints import refresh_fingerprints
from assetmake.planning.plan import Parts, Plan
from assetmake.storage.attempts import trim_now_and_then
from assetmake.storage.ledger import Holding, claim, list_abandoned, list_holders, read_revision
from assetmake.storage.run_records import RunEnd, RunRow, finish_run, start_run
from assetmake.storage.state import Database

Nodes = Mapping[AssetKey, set[int]]
Vintage = tuple[int, list[str]]
"""What a plan was made from: the number of what was recorded, and the assets that dead runs had claimed."""
_POLL_SECONDS = 0.2
_LONG_WAIT = timedelta(seconds=30)
"""Who starts a command again while one of its runs has waited for so long does it every few minutes: one is enough."""


def read_vintage(site: Site, db: Database) -> Vintage:
    """Return what tells, when it changes, that a plan is to be made again."""
    return read_revision(db), sorted(list_abandoned(db, alive=site.runs.list_alive()))


def clean_up(site: Site, vintage: Vintage) -> None:
    """Remove what dead runs left, if they did, where there is nothing to build."""
    _, abandoned = vintage
    if not abandoned and not site.has_dead_workshops(alive=site.runs.list_alive()):
        return
    with site.state.writing() as db:
        alive = site.runs.list_alive()
        site.sweep(list_abandoned(db, alive=alive), alive=alive)
        claim(db, "", {}, alive=alive)


@dataclass(slots=True)
class Claims:
    """The claims of one run.

    Attributes:
        site: Where.
        row: The run.
        started: The state knows of the run.
        elsewhere: How many nodes of assets need not be made any more, as other runs that it waited for made them.
    """

    site: Site
    row: RunRow
    started: bool = False
    elsewhere: int = 0
    _taken: int = 0

    def take(
        self, db: Database, plan: Plan, *, write: Callable[[Mapping[AssetKey, Parts]], str | None]
    ) -> dict[AssetKey, set[int]]:
        """Claim what a plan wants; return what is not to be had. To be called in a writing block.

        Args:
            db: The connection.
            plan: What it is.
            write: Writes nodes down, for the row of the run.
        """
        # Asked for in here: a run that is not alive yet cannot have claimed anything before this block ends.
        alive = self.site.runs.list_alive()
        if not self.started:
            start_run(db, self.row, left=write({key: verdicts.parts for key, verdicts in plan.list_all()}))
            refresh_fingerprints(db)
            self.started = True
        self.site.sweep(list_abandoned(db, alive=alive), alive=alive)
        wanted = {str(key): verdicts.parts for key, verdicts in plan.list_all() if verdicts.parts}
        taken = claim(db, self.row.id, wanted, alive=alive)
        found = {AssetKey.from_user_string(key): parts for key, parts in taken.items()}
        self._taken = self._count(found)
        return found

    def settle(self, waited_for: Nodes, plan: Plan, *, sink: Sink) -> None:
        """Count what others have made of what was waited for, now that a plan tells what of it is left."""
        self.elsewhere += self._count(waited_for) - plan.work
        sink(NodesMadeElsewhere(self.elsewhere))

    def _count(self, nodes: Nodes) -> int:
        return sum(len(parts) for key, parts in nodes.items() if key in self.site.graph.assets)

    def finish(self, counts: Mapping[str, int], *, end: RunEnd | None = None, left: str | None = None) -> None:
        """Give up what is still claimed, and note what the run has done.

        Args:
            counts: How many nodes came to which end.
            end: How the run ended; None where it goes on.
            left: What it could not run, as a JSON object.
        """
        now = clock.now()
        seconds = (now - self.row.started_at).total_seconds()
        with self.site.state.writing() as db:
            finish_run(db, self.row.id, finished_at=now, counts=counts, seconds=seconds, outcome=end, left=left)
            if end is not None:
                trim_now_and_then(db, now=now)

    def await_others(
        self, held: Nodes, *, timeout: float, until: float | None = None, stopped: Callable[[], bool], sink: Sink
    ) -> bool:
        """Wait until no other living run holds any of the nodes; return whether that was so before there was no time.

        Args:
            held: The nodes.
            timeout: Seconds to wait at most.
            until: When there is no time left, by a monotonic clock; None: never.
            stopped: Tells whether the build is to end.
            sink: Hears of it.

        Raises:
            LockTimeout: it took too long, or another build of the same command has waited for a while.
        """
        with ExitStack() as stack:
            if self.row.command:
                now = clock.now()
                other = stack.enter_context(self.site.runs.wait_for_all(self.row.command, pid=self.row.pid, now=now))
                if other is not None and now - other.since >= _LONG_WAIT and self._list_holders(held):
                    self.refuse(held, "works on", sink=sink, waits_already=other.pid)
            return self._poll(held, timeout=timeout, until=until, stopped=stopped, sink=sink)

    def _poll(
        self, held: Nodes, *, timeout: float, until: float | None, stopped: Callable[[], bool], sink: Sink
    ) -> bool:
        deadline = time.monotonic() + timeout
        told, counted = "", self.elsewhere
        own = {str(key) for key in held if key in self.site.graph.assets}
        while not stopped():
            holders = self._list_holders(held)
            claimed = sum(number for each in holders for name, number in each.nodes.items() if name in own)
            if (done := self.elsewhere + max(0, self._taken - claimed)) != counted:
                counted = done
                sink(NodesMadeElsewhere(done))
                sink(CaughtUp())
            if not holders:
                return True
            if until is not None and time.monotonic() >= until:
                return False
            first = holders[0].run
            if first.id != told:
                told = first.id
                nodes = sum(holders[0].nodes.values())
                where = first.id, first.pid, first.host, _since(first), first.command
                sink(WaitingForRun(nodes, *where, seconds=_age(first), assets=tuple(holders[0].nodes)))
                sink(CaughtUp())
            if time.monotonic() > deadline:
                self.refuse(held, f"was waited for {timeout:g} s, and still works on", sink=sink)
            time.sleep(_POLL_SECONDS)
        return True

    def refuse(self, held: Nodes, verb: str, *, sink: Sink, waits_already: int | None = None) -> None:
        """Say who holds the nodes.

        Args:
            held: The nodes.
            verb: What that build does with them.
            sink: Hears of it.
            waits_already: The process of another build of the same command that waits for them.

        Raises:
            LockTimeout: always.
        """
        holders = self._list_holders(held)
        if not holders:
            raise LockTimeout(f"another build held {_shorten(map(str, held))}, and has just ended", hint="build again")
        first = holders[0].run
        message = _tell_holder(first, verb, _shorten(holders[0].nodes))
        hint = "wait for it (leave out --no-wait, or give a longer --lock-timeout), or select something else"
        if waits_already is not None:
            message += f"\nand another run of this command waits for it already (pid {waits_already})"
            hint = "one is enough: it will build what this one would have built"
        sink(Locked(message, first.id, first.pid, first.host, _since(first), first.command, _age(first)))
        sink(CaughtUp())
        raise LockTimeout(message, hint=hint, held=tuple(sorted({name for each in holders for name in each.nodes})))

    def _list_holders(self, held: Nodes) -> list[Holding]:
        wanted = {str(key): sorted(parts) for key, parts in held.items() if parts}
        with self.site.state.reading() as db:
            return list_holders(db, self.row.id, wanted, alive=self.site.runs.list_alive())


def refuse_held(db: Database, nodes: Mapping[str, Sequence[int]], *, alive: set[str]) -> None:
    """Let nobody decide about nodes, by the names of their assets, that a living build holds; inside a writing block.

    Raises:
        LockTimeout: a build holds some of them.
    """
    holders = list_holders(db, "", nodes, alive=alive)
    if holders:
        first = holders[0]
        message = _tell_holder(first.run, "is working on", _shorten(first.nodes))
        raise LockTimeout(message, hint="wait until it has ended", held=tuple(first.nodes))


def _shorten(names: Iterable[str]) -> str:
    ordered = sorted(names)
    return ", ".join(ordered[:3]) + (" ..." if len(ordered) > 3 else "")


def _tell_holder(other: RunRow, verb: str, names: str) -> str:
    where = f"pid {other.pid} on {other.host}, since {_since(other)}, for {tell_age(_age(other))}"
    return f"the build {other.id} {verb} {names}: {where}: {other.command}"


def _since(row: RunRow) -> str:
    return f"{row.started_at:%Y-%m-%d %H:%M:%S} UTC"


def _age(row: RunRow) -> float:
    return (clock.now() - row.started_at).total_seconds()
