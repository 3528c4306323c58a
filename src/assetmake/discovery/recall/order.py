"""What the process that imports a project is asked, and the names of what it answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from assetmake.discovery.config import Config, ProjectConfig, StalenessConfig
from assetmake.discovery.launch import Launch, make_plain

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
        given: The config that resources and assets are given, as JSON. It may hold what is nobody else's business, so
            it is sent apart from the rest, which every user of the machine can read.
    """

    root: str
    modules: tuple[str, ...]
    python_path: tuple[str, ...]
    distributions: tuple[str, ...]
    given: str = ""

    def to_json(self) -> str:
        """Return all but what is given."""
        return json.dumps({name: value for name, value in asdict(self).items() if name != "given"})

    @classmethod
    def from_json(cls, text: str, given: str) -> Order:
        found: Mapping[str, Any] = json.loads(text)
        modules, python_path, distributions = (
            tuple(found[name]) for name in ("modules", "python_path", "distributions")
        )
        return cls(found["root"], modules, python_path, distributions, given)

    def to_config(self) -> Config:
        project = ProjectConfig(Path(self.root).name, self.modules, self.python_path)
        tables = json.loads(self.given)["resources"] if self.given else {}
        return Config(project, staleness=StalenessConfig(environment=self.distributions), resources=tables)

    def to_launch(self) -> Launch:
        found = json.loads(self.given).get("launch") if self.given else None
        return Launch(**{**found, "texts": tuple(found["texts"])}) if found else Launch()


def write_given(tables: Mapping[str, Any], launch: Launch | None) -> str:
    """Return what an order has as `given`; nothing where there is none."""
    if not (tables or launch):
        return ""
    return json.dumps({"resources": make_plain(tables), "launch": asdict(launch) if launch else None}, sort_keys=True)
