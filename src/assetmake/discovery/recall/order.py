"""What the process that imports a project is asked, and the names of what it answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from assetmake.discovery.config import Config, ProjectConfig, StalenessConfig

BEGIN, FOUND, FOREIGN, REFUSED, BROKEN = "begin", "found", "foreign", "refused", "broken"
"""What is sent: a module's name before it is imported, and then the end of it."""


@dataclass(frozen=True, slots=True)
class Order:
    """What of a project is to be discovered.

    Attributes:
        root: Its folder.
        modules: As assets.toml lists them.
        python_path: Folders from which they are imported.
        distributions: Those whose version is part of fingerprints.
    """

    root: str
    modules: tuple[str, ...]
    python_path: tuple[str, ...]
    distributions: tuple[str, ...]

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Order:
        found: Mapping[str, Any] = json.loads(text)
        several = (tuple(found[name]) for name in ("modules", "python_path", "distributions"))
        return cls(found["root"], *several)

    def to_config(self) -> Config:
        project = ProjectConfig(Path(self.root).name, self.modules, self.python_path)
        return Config(project, staleness=StalenessConfig(environment=self.distributions))
