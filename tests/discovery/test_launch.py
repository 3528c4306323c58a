"""--config and -c: what a file may be, and what is told of one that cannot be read."""

from __future__ import annotations

import importlib
import json
import types
from pathlib import Path

import pytest

from assetmake.discovery.launch import Launch, read_launch
from assetmake.errors import RunConfigError

CONFIG = {"ops": {"orders": {"config": {"limit": 3, "day": "2026-01-05"}}}}
TOML = "[ops.orders.config]\nlimit = 3\nday = 2026-01-05\n"


def write(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


@pytest.mark.parametrize(("name", "text"), [("run.toml", TOML), ("run.json", json.dumps(CONFIG))])
def test_a_file_is_read_by_its_suffix(tmp_path: Path, name: str, text: str) -> None:
    file = write(tmp_path, name, text)

    assert read_launch(file, ("orders.limit=4",)) == Launch(str(file), CONFIG, ("orders.limit=4",))


def test_yaml_is_read_where_it_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    yaml = types.SimpleNamespace(safe_load=lambda text: CONFIG if text == "a yaml" else None)
    monkeypatch.setattr(importlib, "import_module", lambda name: {"yaml": yaml}[name])

    assert read_launch(write(tmp_path, "run.yaml", "a yaml"), ()).config == CONFIG


def test_without_a_library_for_yaml_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", refuse)
    with pytest.raises(RunConfigError, match="PyYAML, which is not installed") as caught:
        read_launch(write(tmp_path, "run.yml", "a: 1"), ())
    assert caught.value.hint == "install pyyaml, or write the file as TOML or JSON"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("run.toml", "a = ", "is not TOML"),
        ("run.json", "{", "is not JSON"),
        ("run.json", "3", "holds int, which is no run config"),
        ("run.ini", "a = 1", ".ini is of no format that is known"),
        ("run", "a = 1", "a file without a suffix is of no format"),
    ],
)
def test_what_is_no_run_config_is_refused(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(RunConfigError) as caught:
        read_launch(write(tmp_path, name, text), ())
    assert message in caught.value.message
    assert name in caught.value.message


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(RunConfigError, match=r"cannot read .*: No such file"):
        read_launch(tmp_path / "none.toml", ())


def test_nothing_given_is_no_launch() -> None:
    assert not read_launch(None, ())
    assert read_launch(None, ("a.b=1",))
