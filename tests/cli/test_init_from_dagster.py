"""`init --from-dagster` writes a converted copy, or converts in place, and says what is left to decide."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest
from fake_project import call

SALES = """\
from dagster import asset, op  # the tool


@asset
def sales(): ...


@op
def send(): ...
"""
CONVERTED = SALES.replace("from dagster", "from assetmake")
CONFIG = """\
[project]
name = "shop"
modules = ["sales.py"]
python_path = ["."]

[storage]
root = "data"
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "shop"
    (folder / "raw").mkdir(parents=True)
    (folder / ".git").mkdir()
    (folder / ".git/config").write_text("mine", "utf-8")
    (folder / "sales.py").write_bytes(SALES.encode())
    (folder / "sales.py").chmod(0o755)
    (folder / "raw/sales.csv").write_bytes(b"\x00\xff")
    monkeypatch.chdir(tmp_path)
    return folder


def read_files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_copy_is_written_beside_the_project(shop: Path) -> None:
    before = read_files(shop)
    result = call("init", "--from-dagster", "shop")
    assert result.status == 0
    assert result.out == (
        "wrote shop-assetmake/assets.toml (2 files copied)\n"
        "changed shop-assetmake/sales.py: 1 import\n"
        "\n"
        "to decide:\n"
        "shop-assetmake/sales.py:8: op: assetmake has no ops, graphs and jobs of ops: a function that makes something "
        "is an asset\n"
        "\n"
        "Done. FILES=1 IMPORTS=1 DECISIONS=1\n"
    )
    assert result.err == (
        "ignored by git: .assetmake/, data/\nnext: cd shop-assetmake && assetmake validate, then assetmake plan\n"
    )
    assert read_files(shop) == before
    assert read_files(shop.parent / "shop-assetmake") == {
        "assets.toml": CONFIG.encode(),
        "sales.py": CONVERTED.encode(),
        "raw/sales.csv": b"\x00\xff",
        ".gitignore": b".assetmake/\ndata/\n",
    }
    assert stat.S_IMODE((shop.parent / "shop-assetmake/sales.py").stat().st_mode) == 0o755


def test_a_project_is_converted_where_it_is(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shop)
    result = call("init", "--from-dagster", ".", "--write")
    assert result.status == 0
    assert result.out.startswith("wrote assets.toml\nchanged sales.py: 1 import\n")
    assert result.err == (
        "ignored by git: .assetmake/, data/\n"
        "next: assetmake validate, then assetmake plan\n"
        "what was changed: git diff\n"
    )
    files = read_files(shop)
    assert (files["sales.py"], files["assets.toml"]) == (CONVERTED.encode(), CONFIG.encode())
    assert stat.S_IMODE((shop / "sales.py").stat().st_mode) == 0o755
    assert set(files) == {".git/config", ".gitignore", "assets.toml", "raw/sales.csv", "sales.py"}


def test_another_folder_can_be_named(shop: Path) -> None:
    assert call("init", "--from-dagster", "shop/sales.py", "--into", "new/place").status == 0
    assert set(read_files(shop.parent / "new/place")) == {"assets.toml", "sales.py", ".gitignore"}


def test_what_is_converted_can_be_validated(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (shop / "sales.py").write_text("from dagster import asset\n\n\n@asset\ndef sales(): ...\n", "utf-8")
    call("init", "--from-dagster", "shop")
    monkeypatch.chdir("shop-assetmake")
    monkeypatch.setattr(sys, "path", list(sys.path))
    result = call("validate")
    assert result.status == 0, result.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["gone"], "there is no gone"),
        (["shop/raw/sales.csv"], "shop/raw/sales.csv is no .py file"),
        (["shop/raw"], "no .py file in shop/raw imports dagster; nothing was written"),
        (["shop", "--into", "shop"], "shop is there already; nothing was written"),
        (["shop", "--into", "shop/new"], "shop/new is within the project that is copied"),
        (["shop", "--into", "new", "--write"], "--write changes the project where it is, --into a copy of it"),
        (["shop", "other"], "--from-dagster PATH takes no other folder"),
    ],
)
def test_what_cannot_be_done_changes_nothing(shop: Path, arguments: list[str], message: str) -> None:
    before = read_files(shop.parent)
    result = call("init", "--from-dagster", *arguments)
    assert result.status == 2
    assert result.err.startswith(f"assetmake: error: {message}")
    assert read_files(shop.parent) == before


@pytest.mark.parametrize("option", [[], ["--write"]])
def test_a_project_of_ours_is_left_alone(shop: Path, option: list[str]) -> None:
    (shop / "assets.toml").write_text("mine", "utf-8")
    before = read_files(shop.parent)
    result = call("init", "--from-dagster", "shop", *option)
    assert result.status == 2
    assert result.err.startswith("assetmake: error: shop/assets.toml is there already; nothing was written\n")
    assert read_files(shop.parent) == before


def test_the_options_of_a_conversion_go_with_it(shop: Path) -> None:
    assert call("init", "--write").status == 2
    assert call("init", "--into", "new").status == 2
    assert not (shop.parent / "new").exists()


def test_links_are_copied_as_links_and_not_written_through(shop: Path) -> None:
    outside = shop.parent / "outside.py"
    outside.write_text(SALES, "utf-8")
    (shop / "linked.py").symlink_to(outside)
    (shop / "more").symlink_to("raw")
    result = call("init", "--from-dagster", "shop")
    copy = shop.parent / "shop-assetmake"
    assert outside.read_text("utf-8") == SALES
    assert (os.readlink(copy / "linked.py"), os.readlink(copy / "more")) == (str(outside), "raw")
    assert "shop-assetmake/linked.py: a link: what it leads to is not changed through it\n" in result.out


def test_a_copy_that_cannot_be_finished_leaves_nothing(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.copy2", _fail)
    result = call("init", "--from-dagster", "shop")
    assert result.status == 3
    assert [path.name for path in shop.parent.iterdir()] == ["shop"]


def _fail(*_given: object, **_options: object) -> None:
    raise OSError("the disk is full")


def test_yaml_needs_its_reader(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (shop / "workspace.yaml").write_text("load_from: []\n", "utf-8")
    monkeypatch.setitem(sys.modules, "yaml", None)
    before = read_files(shop.parent)
    result = call("init", "--from-dagster", "shop")
    assert result.status == 2
    assert "pip install 'assetmake[yaml]'" in result.err
    assert read_files(shop.parent) == before
