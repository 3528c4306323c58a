"""What every IO manager keeps. An implementation joins by one line in IMPLEMENTATIONS."""

from __future__ import annotations

import errno
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from assetmake.errors import ConfigError, StorageError
from assetmake.storage import files
from assetmake.storage.io_managers import IO_MANAGERS, IOManager, Piece, open_io_manager
from assetmake.storage.io_managers.files import FileIO, JsonIO, ParquetIO, PickleIO

Factory = Callable[[], IOManager]

ONE = pa.table({"a": [1, 2], "b": ["x", None]})
OTHER = pa.table({"a": [1, 3], "b": ["x", None]})

IMPLEMENTATIONS = [
    pytest.param(FileIO, ONE, OTHER, id="fitting"),
    pytest.param(ParquetIO, ONE, OTHER, id="parquet"),
    pytest.param(JsonIO, {"a": [1]}, {"a": [2]}, id="json"),
    pytest.param(PickleIO, (1, {2}), (1, {3}), id="pickle"),
]


def save(value: object, stem: Path, manager: IOManager) -> Piece:
    """Save a value the way a worker does, and publish it the way the coordinator does."""
    stored = manager.save(value, temporary=stem.parent / ".am-run-1.tmp")
    path = stem.with_name(stem.name + stored.suffix)
    files.publish(stored.temporary, path)
    return Piece(None, path, stored.kind)


@pytest.mark.parametrize(("factory", "one", "other"), IMPLEMENTATIONS)
class TestEveryIOManager:
    def test_gives_back_what_was_saved(self, tmp_path: Path, factory: Factory, one: Any, other: Any) -> None:
        manager = factory()
        piece = save(one, tmp_path / "new" / "folder" / "v1.2", manager)

        assert manager.load([piece], annotation=None, partitioned=False) == one
        assert piece.path.name.startswith("v1.2.")

    def test_says_what_it_wrote(self, tmp_path: Path, factory: Factory, one: Any, other: Any) -> None:
        stored = factory().save(one, temporary=tmp_path / "t")

        assert stored.temporary == tmp_path / "t"
        assert stored.size == stored.temporary.stat().st_size > 0
        assert len(stored.digest) == 16

    def test_equal_data_has_equal_digests(self, tmp_path: Path, factory: Factory, one: Any, other: Any) -> None:
        first, second, third = (
            factory().save(value, temporary=tmp_path / str(number)).digest
            for number, value in enumerate((one, one, other))
        )

        assert first == second != third

    def test_recognises_its_data(self, tmp_path: Path, factory: Factory, one: Any, other: Any) -> None:
        manager = factory()
        stored = manager.save(one, temporary=tmp_path / "t")
        path = tmp_path / f"x{stored.suffix}"
        files.publish(stored.temporary, path)

        assert manager.matches(path, stored.digest)
        assert not manager.matches(save(other, tmp_path / "y", manager).path, stored.digest)
        assert not manager.matches(tmp_path / "missing", stored.digest)
        path.write_bytes(b"damaged")
        assert not manager.matches(path, stored.digest)

    def test_never_writes_over_a_file(self, tmp_path: Path, factory: Factory, one: Any, other: Any) -> None:
        (tmp_path / "t").write_text("mine")

        with pytest.raises(StorageError, match="cannot write"):
            factory().save(one, temporary=tmp_path / "t")
        assert (tmp_path / "t").read_text() == "mine"

    def test_leaves_nothing_on_a_full_disk(
        self, tmp_path: Path, factory: Factory, one: Any, other: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def no_space(_descriptor: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(files.os, "fsync", no_space)

        with pytest.raises(StorageError, match="no space left on device in"):
            factory().save(one, temporary=tmp_path / "t")
        assert list(tmp_path.iterdir()) == []

    def test_names_the_file_that_is_missing_or_damaged(
        self, tmp_path: Path, factory: Factory, one: Any, other: Any
    ) -> None:
        manager = factory()
        piece = save(one, tmp_path / "x", manager)
        piece.path.write_bytes(b"\x00")

        with pytest.raises(StorageError, match=piece.path.name):
            manager.load([piece], annotation=None, partitioned=False)
        piece.path.unlink()
        with pytest.raises(StorageError, match="missing"):
            manager.load([piece], annotation=None, partitioned=False)

    def test_has_an_identity_of_its_own(self, tmp_path: Path, factory: Factory, one: Any, other: Any) -> None:
        identities = Counter(open_io_manager(name).identity() for name in IO_MANAGERS)

        assert factory().identity() == factory().identity()
        assert identities[factory().identity()] == 1


def test_an_unknown_io_manager_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ConfigError) as caught:
        open_io_manager("parket")
    assert "parquet" in caught.value.hint
