"""The coordinator's end of a channel: it waits for nothing, and nothing is lost or put in another order."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from assetmake.execution.channel import Channel, PromptChannel, pack

LARGE = b"x" * 1_000_000


@pytest.fixture
def ends() -> Iterator[tuple[PromptChannel, socket.socket]]:
    ours, theirs = socket.socketpair()
    channel = PromptChannel(ours.detach())
    yield channel, theirs
    channel.close()
    theirs.close()


def test_a_message_is_returned_when_all_of_it_has_come(ends: tuple[PromptChannel, socket.socket]) -> None:
    channel, theirs = ends
    sent = pack("one") + pack("two")
    came = []
    for place in range(len(sent)):
        theirs.send(sent[place : place + 1])
        came.append(channel.receive())

    assert came.count([]) == len(sent) - 2
    assert came[len(pack("one")) - 1] == ["one"]
    assert came[-1] == ["two"]


def test_what_has_come_together_is_returned_in_order(ends: tuple[PromptChannel, socket.socket]) -> None:
    channel, theirs = ends
    theirs.send(b"".join(map(pack, range(50))) + pack("rest")[:-1])

    assert channel.receive() == list(range(50))
    assert channel.receive() == []


def test_what_was_sent_before_the_end_is_returned_before_it(ends: tuple[PromptChannel, socket.socket]) -> None:
    channel, theirs = ends
    theirs.send(pack("last") + b"half a message")
    theirs.close()

    assert channel.receive() == ["last"]
    with pytest.raises(EOFError):
        channel.receive()


def test_a_message_that_the_socket_does_not_take_goes_bit_by_bit(ends: tuple[PromptChannel, socket.socket]) -> None:
    channel, theirs = ends
    assert channel.send(pack(LARGE))
    assert channel.is_full
    theirs.setblocking(False)
    came = bytearray()
    while channel.is_full:
        came += theirs.recv(1_000_000)
        channel.go_on()
    assert channel.send(pack("behind"))
    while len(came) < len(pack(LARGE) + pack("behind")):
        came += theirs.recv(1_000_000)

    assert came == pack(LARGE) + pack("behind")


def test_nothing_is_kept_of_a_message_of_which_nothing_was_taken(ends: tuple[PromptChannel, socket.socket]) -> None:
    channel, theirs = ends
    count = 0
    while channel.send(pack(count)):
        count += 1
    assert channel.is_full
    reader = Channel(theirs.detach())

    assert [reader.receive() for _ in range(count)] == list(range(count))
    channel.go_on()
    assert channel.send(pack("after"))
    assert reader.receive() == "after"


def test_who_writes_to_a_closed_end_is_told(ends: tuple[PromptChannel, socket.socket]) -> None:
    channel, theirs = ends
    assert channel.send(pack(LARGE))
    theirs.close()

    for attempt in (channel.go_on, lambda: channel.send(pack("more"))):
        with pytest.raises(OSError):  # noqa: PT011 - which it is depends on what had been read
            attempt()
