"""A project whose manifest is remembered, discovered by processes in which it is an hour later.

What had just changed when it was looked at is read again the next time, and an hour later nothing had.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from assetmake import clock
from assetmake.discovery.config import load_config
from assetmake.discovery.recall.discover import Discovered, discover_manifest

HOUR = 3600 * 10**9
LATER_CHILD = """
import sys
from assetmake import clock
read = clock.now_ns
clock.now_ns = lambda: read() + {hour}
from assetmake.discovery.recall.child import main
main(sys.argv[1:])
"""
COUNTING = """
with open({log!r}, "a") as stream:
    print(__name__, file=stream)
"""


@dataclass(frozen=True)
class Remembered:
    """A project and a folder outside of it.

    Attributes:
        root: The project.
        outside: A folder on PYTHONPATH, as an editable install makes it one.
        log: What is imported writes a line there.
    """

    root: Path
    outside: Path
    log: Path

    def write(self, name: str, text: str) -> None:
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def write_counting(self, text: str, name: str = "assets.py") -> None:
        """Write a module that tells when it is imported."""
        self.write(name, COUNTING.format(log=str(self.log)) + text)

    def discover(self, *, env: str | None = None, fresh: bool = False) -> Discovered:
        return discover_manifest(self.root, load_config(self.root, env=env), fresh=fresh)

    def count_imports(self) -> int:
        return len(self.log.read_text().splitlines()) if self.log.exists() else 0

    def is_remembered(self, *, env: str | None = None) -> bool:
        """Discover, and tell whether nothing was imported for it."""
        before = self.count_imports()
        self.discover(env=env)
        return self.count_imports() == before


def later_now() -> int:
    return clock.now_ns()
