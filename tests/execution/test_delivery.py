"""What a worker delivers: outcomes with the identity of files that are durable."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest

from assetmake.definitions.asset_key import AssetKey
from assetmake.execution.delivery import PATIENCE, Delivered, Delivery
from assetmake.execution.work import Node, Outcome, Success, Work
from assetmake.storage.files import write_file
from assetmake.storage.unsynced import Unsynced


class Coordinator:
    """The other end of a worker's channel: messages of works, at first one, and what comes back."""

    def __init__(self, work: Work) -> None:
        self.messages = [[work]]
        self.delivered: list[Delivered] = []

    def receive(self) -> list[Work]:
        return self.messages.pop()

    def has_message(self) -> bool:
        return bool(self.messages)

    def send(self, message: bytes) -> None:
        self.delivered.append(pickle.loads(message[8:]))  # behind its length


def make_work(folder: Path) -> Work:
    nodes = tuple(Node(number, number, None, (), str(folder / f"{number}"), str(folder / "log")) for number in (1, 2))
    return Work("run", AssetKey("a"), "m", "code", "io_manager", None, nodes)


def test_what_came_meanwhile_is_begun_before_what_is_done_is_delivered(tmp_path: Path) -> None:
    first, second = make_work(tmp_path), make_work(tmp_path)
    coordinator = Coordinator(first)
    begun = os.open(tmp_path / "begun", os.O_CREAT | os.O_RDWR)
    delivery = Delivery(coordinator, Unsynced(), begun=begun)  # type: ignore[arg-type]
    taken = []
    for work in delivery.take_works():
        taken.append(work)
        for (node,) in delivery.take_calls(work):
            delivery.start()
            delivery.add([Outcome(node.number, 0.0, Success(b"d"))], at_once=False)
        if work is first:
            assert coordinator.delivered == []
            coordinator.messages.append([second])

    os.close(begun)
    assert taken == [first, second]
    assert [len(each.outcomes) for each in coordinator.delivered] == [4]


@pytest.mark.parametrize("first_is_small", [True, False])
def test_a_file_written_while_another_is_delivered_is_told_with_its_own_identity(
    tmp_path: Path, first_is_small: bool
) -> None:
    work = make_work(tmp_path)
    coordinator, unsynced = Coordinator(work), Unsynced()
    begun = os.open(tmp_path / "begun", os.O_CREAT | os.O_RDWR)
    delivery = Delivery(coordinator, unsynced, begun=begun)  # type: ignore[arg-type]
    for taken in delivery.take_works():
        for (node,) in delivery.take_calls(taken):
            delivery.start()
            write_file(Path(node.temporary), b"x", unsynced=unsynced)
            delivery._relieve(delivery._held_since + 2 * PATIENCE)  # the second node takes its time after it wrote
            seconds = 0.0 if first_is_small else 1.0
            delivery.add([Outcome(node.number, seconds, Success(b"d", suffix=".json", size=1))], at_once=False)

    os.close(begun)
    told = [outcome for each in coordinator.delivered for outcome in each.outcomes]
    assert [outcome.number for outcome in told] == [1, 2]
    for outcome in told:
        seen = (tmp_path / str(outcome.number)).stat()
        assert isinstance(outcome.result, Success)
        assert (outcome.result.inode, outcome.result.mtime) == (seen.st_ino, seen.st_mtime_ns)
