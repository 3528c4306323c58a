"""The command line: arguments become one call of the project, and what comes back an exit code."""

from __future__ import annotations

from assetmake.cli.entry import main as main
