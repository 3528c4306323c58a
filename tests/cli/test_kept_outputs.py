"""What an IO manager of the user's keeps in a database, as commands in processes of their own see it."""

from __future__ import annotations

import json
import os
import select
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

from real_project import RealProject

KEPT = """
    import os
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
            if os.path.exists("asked"):
                with open("asked", "w") as pipe:
                    pipe.write("x")
                with open("never") as pipe:
                    pipe.read()
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


def test_a_signal_while_it_is_asked_for_ends_the_build_without_an_answer(tmp_path: Path) -> None:
    project = RealProject(tmp_path)
    project.write(KEPT)
    project.build()
    with sqlite3.connect(tmp_path / "shop.db") as db:
        db.execute("delete from kept where name = 'prices'")
    for name in ("asked", "never"):
        os.mkfifo(tmp_path / name)
    command = [sys.executable, "-m", "assetmake", "build"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as build:
        # Opened for both ways, so that a build that asks nobody is waited for in select() only, not in open().
        pipe = os.open(tmp_path / "asked", os.O_RDWR)
        assert select.select([pipe], [], [], 60)[0], "nobody asked"
        os.close(pipe)

        build.send_signal(signal.SIGTERM)
        out, err = build.communicate(timeout=60)

    assert build.returncode == -signal.SIGTERM
    assert "it was not asked to the end" in err
    assert out.splitlines()[0] == "stopped before the end; what was finished is recorded"
    (tmp_path / "asked").unlink()
    assert project.build() == "Done. BUILT=0 UNCHANGED=1 FRESH=1 FAILED=0 SKIPPED=0"
