"""Peers that install from PyPI, in an environment of their own: `python -m benchmarks.peers [FOLDER]` makes it.

It takes some minutes. They neither change nor need the environment that assetmake is in. What does not install is
left out; its column stays empty.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

PACKAGES = ("doit", "pytask", "snakemake", "dagster")
PEERS = Path(__file__).resolve().parent / ".peers"


def install_peers(folder: Path) -> list[str]:
    """Make the environment, or bring it up to date, and return the packages that did not install."""
    venv.create(folder, with_pip=True, symlinks=True)
    failed = []
    for package in PACKAGES:
        command = [str(folder / "bin" / "python"), "-m", "pip", "install", "--upgrade", "--quiet", package]
        if subprocess.run(command, check=False).returncode:
            failed.append(package)
    return failed


if __name__ == "__main__":
    missing = install_peers(Path(sys.argv[1]) if len(sys.argv) > 1 else PEERS)
    for name in missing:
        print(f"{name} does not install here; its column will be empty", file=sys.stderr)
