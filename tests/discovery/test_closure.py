"""What a function rests on: one construct each, edited, on real files imported as a new process would."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from closure_cases import CASES, asset_file

from assetmake.discovery.manifest import Manifest


def code_of(discover: Callable[[], Manifest]) -> str:
    manifest = discover()
    assert manifest.failures == ()
    return next(record.fingerprint.code for record in manifest.assets if str(record.key) == "made")


def write_all(root: Path, files: dict[str, str], swap: tuple[str, str] = ("", "")) -> None:
    old, new = swap
    found = [name for name, text in files.items() if old and old in text]
    assert len(found) == bool(old), f"{old!r} stands in {found}"
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text.replace(old, new, 1) if name in found else text)


@pytest.mark.parametrize(
    ("name", "swap", "counts"),
    [
        pytest.param(name, swap, counts, id=f"{name}-{'counts' if counts else 'idle'}{number}")
        for name, case in CASES.items()
        for counts, swaps in ((True, case.counts), (False, case.idle))
        for number, swap in enumerate(swaps)
    ],
)
def test_an_edit(root: Path, discover: Callable[[], Manifest], name: str, swap: tuple[str, str], counts: bool) -> None:
    write_all(root, CASES[name].files)
    before = code_of(discover)
    assert code_of(discover) == before
    write_all(root, CASES[name].files, swap)
    assert (code_of(discover) != before) is counts


CLASS = "class Any:\n    def __call__(self): ...\n"
FOREIGN = {
    "an expression builder": CLASS + "    def __getattr__(self, name):\n        return Any()\nX = Any()\n",
    "itself at every name": CLASS + "    def __getattr__(self, name):\n        return self\nX = Any()\n",
    "a proxy without an object": CLASS + "    def __getattr__(self, name):\n        raise RuntimeError\nX = Any()\n",
    "a property that fails": CLASS + "    @property\n    def __wrapped__(self):\n        raise OSError\nX = Any()\n",
    "a class that lies": CLASS + "    @property\n    def __class__(self):\n        raise RuntimeError\nX = Any()\n",
    "a dict with attributes": "class Any(dict):\n    __getattr__ = dict.__getitem__\nX = Any(a=1)\n",
    "a list nested deeply": "X = []\nfor _ in range(5000):\n    X = [X]\n",
}


@pytest.mark.parametrize("name", FOREIGN)
def test_no_object_of_somebody_else_s_keeps_a_project_from_being_read(
    root: Path, discover: Callable[[], Manifest], name: str
) -> None:
    write_all(root, {"helpers.py": FOREIGN[name], **asset_file("X is None", head="from helpers import X\n")})
    before = code_of(discover)
    assert code_of(discover) == before
