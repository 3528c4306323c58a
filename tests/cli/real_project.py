"""A project of real files, and commands in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fresh import run_command

_UNSET = ("NO_COLOR", "FORCE_COLOR", "ASSETMAKE_ENV")


@dataclass
class RealProject:
    """A folder with an assets.toml.

    Attributes:
        variables: The environment that commands run in, besides our own.
        libraries: What its assets import, and is loaded already.
    """

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)
    libraries: tuple[str, ...] = ()

    def write(self, text: str, *, config: str = "") -> None:
        """Write the project's assets.py."""
        (self.folder / "assets.toml").write_text(config)
        (self.folder / "assets.py").write_text(textwrap.dedent(text).lstrip("\n"))

    def edit(self, old: str, new: str) -> None:
        file = self.folder / "assets.py"
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))

    def run(self, *arguments: str, status: int = 0) -> subprocess.CompletedProcess[str]:
        environ = {name: value for name, value in os.environ.items() if name not in _UNSET}
        environment = {**environ, "COLUMNS": "100", **self.variables}
        return run_command(self.folder, *arguments, environment=environment, status=status, libraries=self.libraries)

    def build(self, *arguments: str, status: int = 0) -> str:
        """Build, and return the last line."""
        return self.run("build", *arguments, status=status).stdout.splitlines()[-1].partition(" (")[0]

    def why(self, node: str, *arguments: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.run("why", node, "--json", *arguments).stdout)
        return found
