"""Projects that meet bytes of no UTF-8: in messages, in metadata, in the names of their files."""

from __future__ import annotations

import json
import os
from pathlib import Path

from real_project import RealProject

BAD = 'NAME = b"caf\\xe9.csv".decode("utf-8", "surrogateescape")'


def test_a_node_that_says_such_a_thing_costs_nothing_of_the_run(tmp_path: Path) -> None:
    project = RealProject(tmp_path)
    project.write(
        f"""
        from assetmake import AssetCheckResult, AssetCheckSeverity, DataVersion, Output, asset, asset_check

        {BAD}

        @asset
        def good():
            return Output(1, metadata={{"file": NAME, NAME: "key"}})

        @asset
        def versioned():
            return Output(2, data_version=DataVersion(NAME))

        @asset
        def bad():
            raise ValueError("cannot parse " + NAME)

        @asset_check(asset=good)
        def seen():
            return AssetCheckResult(
                passed=False, severity=AssetCheckSeverity.WARN, description="no " + NAME, metadata={{NAME: NAME}}
            )
        """
    )

    done = project.build(status=1)

    assert done == "Done. BUILT=2 UNCHANGED=0 FRESH=0 FAILED=1 SKIPPED=0 CHECKS=0/1"
    counts = json.loads(project.run("status", "--json").stdout)["counts"]
    assert (counts["fresh"], counts["stale"]) == (2, 1)
    assert project.why("bad")["reason"] == "failed"
    assert "cannot parse caf\\udce9.csv" in project.run("log", "bad").stdout
    assert "no caf\\udce9.csv" in project.run("why", "good:seen").stdout
    runs = json.loads(project.run("history", "--json").stdout)["runs"]
    assert [run["outcome"] for run in runs] == ["failed"]


def test_a_source_file_of_such_a_name_is_read_and_known_again(tmp_path: Path) -> None:
    project = RealProject(tmp_path)
    project.write(
        """
        from pathlib import Path

        from assetmake import FileSource, asset

        raw = FileSource("raw", "raw/*.csv")

        @asset
        def total(raw: list[Path]) -> int:
            return sum(int(path.read_text()) for path in raw)
        """
    )
    file = os.fsencode(tmp_path) + b"/raw/caf\xe9.csv"
    (tmp_path / "raw").mkdir()
    with open(file, "w") as raw:
        raw.write("1")

    assert project.build().startswith("Done. BUILT=1 ")
    assert project.build() == "up to date: 1 asset"
    with open(file, "w") as raw:
        raw.write("22")

    assert "changed" in project.run("why", "total").stdout
    assert project.build().startswith("Done. BUILT=1 ")
