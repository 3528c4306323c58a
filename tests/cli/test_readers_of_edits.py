"""An edit that changes no value, but what a reader gets of it: the reader runs, as in a build from nothing."""

from __future__ import annotations

import shutil
import textwrap
from pathlib import Path

import pytest
from real_project import RealProject

from fresh import FRAMES

VALUES = """
    import pandas as pd
    import polars as pl
    from pathlib import Path

    from assetmake import AssetExecutionContext, asset

    @asset
    def tickets() -> pd.DataFrame:
        return pd.DataFrame({"urgency": pd.Categorical(["low", "high"], categories=["high", "low"])})

    @asset
    def by_urgency(tickets: pd.DataFrame) -> list:
        return list(tickets.sort_values("urgency").urgency)

    @asset
    def weights():
        return {"b": 2, "a": 1}

    @asset
    def header(weights):
        return ",".join(weights)

    @asset
    def points():
        return pl.DataFrame({"x": [1]})

    @asset
    def maker(points):
        return type(points).__module__.partition(".")[0]

    @asset
    def report(context: AssetExecutionContext) -> Path:
        path = context.output_path.with_suffix(".csv")
        path.write_text("a,b")
        return path

    @asset
    def suffix(report):
        return report.suffix

    @asset
    def rows():
        return pl.DataFrame({"x": [1]})

    @asset
    def count(rows):
        return len(rows)
"""
EDITS = {
    'categories=["high", "low"]': 'categories=["low", "high"]',
    '{"b": 2, "a": 1}': '{"a": 1, "b": 2}',
    'def points():\n    return pl.DataFrame({"x": [1]})': 'def points():\n    return pd.DataFrame({"x": [1]})',
    '.with_suffix(".csv")': '.with_suffix(".tsv")',
    'def rows():\n    return pl.DataFrame({"x": [1]})': 'def rows():\n    return pl.DataFrame({"x": [2 - 1]})',
}
BEFORE = {"by_urgency": '["high", "low"]', "header": '"b,a"', "maker": '"polars"', "suffix": '".csv"', "count": "1"}
AFTER = {"by_urgency": '["low", "high"]', "header": '"a,b"', "maker": '"pandas"', "suffix": '".tsv"', "count": "1"}

MODELS = """
    from shapes import Model, Other

    from assetmake import asset

    @asset
    def model():
        return Model(2)

    @asset
    def handed_on(model):
        return (model,)

    @asset
    def predicted(handed_on):
        return handed_on[0].predict()

    @asset
    def other():
        Model(1)
        return Other(1)

    @asset
    def shown(other):
        return other.number
"""
SHAPES = """
    from dataclasses import dataclass

    @dataclass
    class Model:
        factor: int

        def predict(self):
            return scale(self.factor)

    @dataclass
    class Other:
        number: int

    def scale(factor):
        return factor * 10
"""


@pytest.fixture
def project(tmp_path: Path) -> RealProject:
    return RealProject(tmp_path, libraries=FRAMES)


def read(project: RealProject, names: dict[str, str]) -> dict[str, str]:
    return {name: (project.folder / "data" / f"{name}.json").read_text() for name in names}


def test_readers_run_where_they_get_something_else(project: RealProject) -> None:
    project.write(VALUES)
    project.build()
    assert read(project, BEFORE) == BEFORE

    for old, new in EDITS.items():
        project.edit(old, new)
    built = project.run("build").stdout
    assert read(project, AFTER) == AFTER

    assert "Done. BUILT=8 UNCHANGED=1 FRESH=1 FAILED=0 SKIPPED=0" in built, "and what is the same spares"
    assert project.build() == "up to date: 10 assets"
    shutil.rmtree(project.folder / "data")
    project.build("--force")
    assert read(project, AFTER) == AFTER


def test_objects_count_with_the_code_of_their_class(project: RealProject) -> None:
    project.write(MODELS)
    shapes = project.folder / "shapes.py"
    shapes.write_text(textwrap.dedent(SHAPES))
    project.build()
    assert read(project, {"predicted": ""}) == {"predicted": "20"}

    shapes.write_text(textwrap.dedent(SHAPES).replace("factor * 10", "factor * 100"))

    built = project.build()
    assert read(project, {"predicted": ""}) == {"predicted": "200"}
    assert built == "Done. BUILT=3 UNCHANGED=1 FRESH=1 FAILED=0 SKIPPED=0", "another class is as it was"
    assert project.build() == "up to date: 5 assets"


def test_the_same_objects_spare_what_reads_them(project: RealProject) -> None:
    project.write(MODELS)
    (project.folder / "shapes.py").write_text(textwrap.dedent(SHAPES))
    project.build()
    project.edit("return Model(2)", "return Model(1 + 1)")

    assert project.build() == "Done. BUILT=0 UNCHANGED=1 FRESH=4 FAILED=0 SKIPPED=0"
