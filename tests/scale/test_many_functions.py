"""Twelve hundred functions in two hundred modules: each counts for the assets that reach it, and no others.

Function (m, i) calls (m + 1, i) in the next module, and of each pair of columns the even one calls the odd one. Every
tenth function of the first column calls nine modules back, which makes circles. Asset k begins at row 50 * (k // 6) of
column k % 6; the asset `everything` begins at the top of all columns.
"""

from __future__ import annotations

from pathlib import Path

from assetmake.discovery.collect import build_manifest
from assetmake.discovery.config import load_config
from assetmake.discovery.loader import uninstall
from assetmake.discovery.manifest import Manifest

MODULES, COLUMNS, ASSETS, STEP = 200, 6, 24, 50


def write_function(module: int, column: int) -> str:
    calls = []
    if module + 1 < MODULES:
        calls.append(f"m{module + 1}.f{column}(x)")
    if column % 2 == 0:
        calls.append(f"f{column + 1}(x)")
    if column == 0 and module % 10 == 9:
        calls.append(f"m{module - 9}.f0(x - 1) if x else 0")
    return f"def f{column}(x):\n    return [{', '.join([str(module), *calls])}]\n"


def write_project(root: Path) -> None:
    (root / "lib").mkdir(parents=True)
    (root / "assets.toml").write_text('[project]\nmodules = ["assets"]\n')
    (root / "lib/__init__.py").write_text("")
    for module in range(MODULES):
        needed = {module + 1, module - 9 if module % 10 == 9 else module + 1} & set(range(MODULES))
        imports = [f"import lib.m{each} as m{each}\n" for each in sorted(needed)]
        functions = [write_function(module, column) for column in range(COLUMNS)]
        (root / f"lib/m{module}.py").write_text("\n".join([*imports, *functions]))
    from_last = reversed(range(MODULES))  # the other way round imports nest deeper than Python allows
    lines = ["from assetmake import asset\n", *(f"from lib import m{module}\n" for module in from_last)]
    for asset in range(ASSETS):
        lines.append(f"\n@asset\ndef a{asset}() -> int:\n    return m{first_row(asset)}.f{asset % COLUMNS}(1)\n")
    tops = ", ".join(f"m0.f{column}" for column in range(COLUMNS))
    lines.append(f"\n@asset\ndef everything() -> int:\n    return [step(1) for step in ({tops},)]\n")
    (root / "assets.py").write_text("".join(lines))


def first_row(asset: int) -> int:
    return asset // COLUMNS * STEP


def count_reached(asset: int) -> int:
    """Return how many functions an asset rests on, itself too."""
    return 1 + (MODULES - first_row(asset)) * (2 if asset % 2 == 0 else 1)


def find_users(module: int, column: int) -> set[str]:
    """Return the assets that rest on a function."""
    columns = {column, column - column % 2}
    inside = [k for k in range(ASSETS) if k % COLUMNS in columns and first_row(k) <= module]
    return {"everything", *(f"a{k}" for k in inside)}


def discover(root: Path) -> Manifest:
    uninstall()
    try:
        return build_manifest(root, load_config(root))
    finally:
        uninstall()


def read_codes(manifest: Manifest) -> dict[str, str]:
    assert manifest.failures == ()
    return {str(record.key): record.fingerprint.code for record in manifest.assets}


def edit(root: Path, module: int, column: int) -> None:
    file = root / f"lib/m{module}.py"
    old = f"def f{column}(x):\n    return [{module}"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, old + "000"))


def test_every_function_counts_for_the_assets_that_reach_it(tmp_path: Path) -> None:
    root = tmp_path / "first"
    write_project(root)
    manifest = discover(root)
    before = read_codes(manifest)
    reached = {str(each.key): len(manifest.code.reach(each.fingerprint.root)) for each in manifest.assets}

    assert reached.pop("everything") == 1 + MODULES * COLUMNS
    assert reached == {f"a{asset}": count_reached(asset) for asset in range(ASSETS)}
    assert len(manifest.code.members) == 1 + MODULES * COLUMNS + ASSETS, "what is shared is followed once"

    edits = [(MODULES - 1, 5), (15, 0)]  # a leaf that two columns share, and a function in a circle
    for place in edits:
        edit(root, *place)
    after = read_codes(discover(root))
    assert {name for name in before if before[name] != after[name]} == set().union(
        *(find_users(*each) for each in edits)
    )

    write_project(tmp_path / "again")
    assert read_codes(discover(tmp_path / "again")) == before
