"""What an IO manager of the user's keeps in a database, as commands in processes of their own see it."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from real_project import RealProject

KEPT = """
    import sqlite3

    from assetmake import Definitions, IOManager, asset

    class Rows(IOManager):
        def handle_output(self, context, obj):
            with sqlite3.connect("shop.db") as db:
                db.execute("create table if not exists kept (name text primary key, value text)")
                db.execute("insert or replace into kept values (?, ?)", [context.asset_key.path[-1], str(obj)])
            context.set_place("shop.db")

        def load_input(self, context):
            raise NotImplementedError

        def has_output(self, context):
            with sqlite3.connect("shop.db") as db:
                return bool(db.execute("select 1 from kept where name = ?", [context.asset_key.path[-1]]).fetchall())

    @asset
    def orders() -> int:
        return 1

    @asset
    def prices() -> int:
        return 2

    defs = Definitions(resources={"io_manager": Rows()})
"""


def test_commands_see_that_it_is_gone(tmp_path: Path) -> None:
    project = RealProject(tmp_path)
    project.write(KEPT)
    assert project.build() == "Done. BUILT=2 UNCHANGED=0 FRESH=0 FAILED=0 SKIPPED=0"
    assert project.build().startswith("up to date")

    with sqlite3.connect(tmp_path / "shop.db") as db:
        db.execute("delete from kept where name = 'prices'")

    assert json.loads(project.run("status", "--json").stdout)["counts"]["stale"] == 1
    told = project.why("prices")
    assert told["reason"] == "output_missing"
    assert told["because"] == ["its output is gone: the IO manager 'io_manager' finds it no more in shop.db"]
    assert project.build() == "Done. BUILT=0 UNCHANGED=1 FRESH=1 FAILED=0 SKIPPED=0"

    (tmp_path / "shop.db").unlink()
    assert project.why("orders")["because"] == ["its output is gone: shop.db is not there"]
