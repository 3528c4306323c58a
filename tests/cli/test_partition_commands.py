"""`assetmake partitions`: what it prints, where keys come from, and how it refuses."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from assetmake import DynamicPartitionsDefinition, asset
from assetmake.cli.entry import run
from assetmake.testing import Sandbox

CUSTOMERS = DynamicPartitionsDefinition(name="customers")


@asset(partitions_def=CUSTOMERS)
def orders() -> int:
    return 1


@asset(partitions_def=CUSTOMERS)
def invoice(orders: int) -> int:
    return orders


@asset(partitions_def=DynamicPartitionsDefinition(name="shops"))
def shop() -> int:
    return 1


class Terminal:
    """Somebody who types commands about one project."""

    def __init__(self) -> None:
        self.sandbox = Sandbox([orders, invoice, shop])

    def type(self, *words: str, status: int = 0) -> str:
        """Run `assetmake partitions ...`; return what it printed, of a failure what it said."""
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            found = run(["partitions", *words], obj=lambda **_: self.sandbox.project)
        assert found == status, err.getvalue()
        return (err if status else out).getvalue()

    def read(self, *words: str) -> Any:
        return json.loads(self.type(*words, "--json"))

    def keys(self) -> Sequence[str]:
        return self.type("list", "customers").splitlines()


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


def test_a_session(terminal: Terminal) -> None:
    assert terminal.type("list") == "customers  0 keys  orders, invoice\nshops      0 keys  shop\n"
    assert terminal.type("add", "customers", "acme", "bolt") == "added 2 keys to customers: acme, bolt\n"
    assert terminal.type("add", "customers", "acme", "zed") == (
        "added 1 key to customers: zed\n1 key was there already: acme\n"
    )
    assert terminal.type("list", "customers") == "acme\nbolt\nzed\n"
    assert terminal.type("remove", "customers", "bolt") == (
        "removed 1 key from customers: bolt\n"
        "what was built of it is no longer in the project: assetmake gc lists and removes it\n"
    )
    assert terminal.type("list") == "customers  2 keys  orders, invoice\nshops      0 keys  shop\n"
    assert terminal.type("list", "shops") == ""


def test_documents_for_scripts(terminal: Terminal) -> None:
    assert terminal.read("add", "customers", "acme") == {"name": "customers", "added": ["acme"], "known": []}
    assert terminal.read("add", "customers", "acme") == {"name": "customers", "added": [], "known": ["acme"]}
    assert terminal.read("list") == {
        "partitions": [
            {"name": "customers", "count": 1, "assets": ["orders", "invoice"]},
            {"name": "shops", "count": 0, "assets": ["shop"]},
        ]
    }
    assert terminal.read("list", "customers") == {"name": "customers", "count": 1, "keys": ["acme"]}
    assert terminal.read("remove", "customers", "acme") == {"name": "customers", "removed": ["acme"]}


def test_many_keys_come_from_a_file_or_from_standard_input(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "keys"
    file.write_bytes("\ufeffacme\r\n\r\n bolt \nzürich\n@home".encode())
    many = "".join(f"c{number}\n" for number in range(3_000))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(many.encode())))
    assert terminal.type("add", "customers", f"@{file}", "-", "one") == (
        "added 3,005 keys to customers: acme,  bolt , zürich, @home, c0, +3,000 more\n"
    )
    assert terminal.keys() == ["acme", " bolt ", "zürich", "@home", *many.splitlines(), "one"]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(many.encode())))
    terminal.type("remove", "customers", "-")
    assert terminal.keys() == ["acme", " bolt ", "zürich", "@home", "one"]


def test_with_no_definition_there_is_a_word_about_it(terminal: Terminal) -> None:
    terminal.type("add", "shops", "north")
    terminal.sandbox.replace([])
    assert terminal.type("list") == "shops  1 key  no definition has this name\n"
    terminal.type("remove", "shops", "north")
    assert terminal.type("list") == ("no dynamic partitions: no asset has a DynamicPartitionsDefinition with a name\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["list", "custmers"], "there are no dynamic partitions 'custmers'\n  hint: did you mean customers?"),
        (["list", "x"], "there are no dynamic partitions 'x'\n  hint: there are customers, shops"),
        (["add", "custmers", "x"], "there are no dynamic partitions 'custmers'\n  hint: did you mean customers?"),
        (["remove", "custmers", "x"], "there are no dynamic partitions 'custmers'\n  hint: did you mean customers?"),
        (
            ["remove", "customers", "acne"],
            "customers has no partition 'acne'; nothing was removed\n  hint: did you mean",
        ),
        (["remove", "shops", "acme"], "shops has no partition 'acme'; nothing was removed\n  hint: it has no keys at"),
        (["add", "customers"], "Missing argument 'KEY...'"),
        (["add", "customers", ""], "a partition key must not be empty"),
        (["add", "customers", "a...b"], "contains '...', which stands between the ends of a range"),
        (["add", "customers", "@no/file"], "cannot read keys from 'no/file': No such file or directory"),
        (["add", "customers", f"@{os.devnull}"], f"@{os.devnull} has no keys"),
    ],
    ids=" ".join,
)
def test_what_is_wrong_is_said_and_nothing_is_changed(terminal: Terminal, words: list[str], said: str) -> None:
    terminal.type("add", "customers", "acme")
    assert said in terminal.type(*words, status=2)
    assert terminal.keys() == ["acme"]


def test_keys_that_are_no_utf_8_are_refused(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "keys").write_bytes(b"acme\nb\xf6lt\n")
    said = terminal.type("add", "customers", f"@{tmp_path}/keys", status=2)
    assert "are not written in UTF-8" in said
    assert terminal.keys() == []


def test_a_selection_of_a_key_that_there_is_not_says_how_to_add_it(terminal: Terminal) -> None:
    terminal.type("add", "customers", "acme")
    err = io.StringIO()
    with redirect_stderr(err):
        assert run(["plan", "orders@acmee"], obj=lambda **_: terminal.sandbox.project) == 2
        assert run(["plan", "shop@north"], obj=lambda **_: terminal.sandbox.project) == 2
    assert "did you mean acme? If it is new: assetmake partitions add customers KEY" in err.getvalue()
    assert "there are no keys. If it is new: assetmake partitions add shops KEY" in err.getvalue()
