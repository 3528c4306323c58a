"""Prints the fingerprints of the project in a folder, as JSON; it needs no library, so that any Python can run it."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.discovery.code.members import read_again
from assetmake.discovery.fingerprint import fingerprint_assets
from assetmake.discovery.loader import install


def describe(root: Path, module: str) -> dict[str, object]:
    """Return the code fingerprint of each asset of a module, and what each member of their closures is made of."""
    install(root)
    declared = [each for each in vars(importlib.import_module(module)).values() if isinstance(each, AssetsDefinition)]
    fingerprints, code, _ = fingerprint_assets(declared, root=root)
    return {
        "assets": {str(each.key): found.code for each, found in zip(declared, fingerprints, strict=True)},
        "members": {
            name: [member.identity, read_again(member).identity, dict(member.facts), dict(member.links)]
            for name, member in code.members.items()
        },
    }


if __name__ == "__main__":
    json.dump(describe(Path(sys.argv[1]).resolve(), sys.argv[2]), sys.stdout)
