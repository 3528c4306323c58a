"""Config: what assets.toml says, checked, with its defaults filled in and one environment laid over it."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assetmake.discovery.notify_settings import NotifyConfig, make_notify_config
from assetmake.discovery.settings import (
    OutputCheck,
    check_settings,
    overlay_environment,
    read_settings,
)
from assetmake.errors import ConfigError
from assetmake.storage.standing import count_processors

CONFIG_NAME = "assets.toml"
DEFAULT_MODULES = ("assets.py", "assets/**/*.py")
_SIZE_LIMIT = 1 << 20


@dataclass(frozen=True, slots=True)
class ProjectConfig:
    """`[project]`: what it is called, and which modules declare its assets."""

    name: str
    modules: tuple[str, ...] = DEFAULT_MODULES
    python_path: tuple[str, ...] = (".",)


@dataclass(frozen=True, slots=True)
class BuildConfig:
    """`[build]`: how builds run.

    Attributes:
        jobs: Processes at once.
        lock_timeout: Seconds to wait for another build.
        strict: Undeclared reads are failures.
        observe_timeout: Seconds that a look at a source may take.
    """

    jobs: int = field(default_factory=count_processors)
    lock_timeout: float = 600.0
    strict: bool = False
    observe_timeout: float = 60.0


@dataclass(frozen=True, slots=True)
class StorageConfig:
    """`[storage]`: the folder of the outputs, relative to the project's root or absolute."""

    root: str = "data"


@dataclass(frozen=True, slots=True)
class StateConfig:
    """`[state]`: the file that remembers what was built."""

    path: str = ".assetmake/state.duckdb"


@dataclass(frozen=True, slots=True)
class StalenessConfig:
    """`[staleness]`: how outputs are verified, and the distributions whose version counts."""

    outputs: OutputCheck = OutputCheck.STAT
    environment: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that assets.toml decides. `env` is the overlay that was chosen; `notify` is None if nobody is told."""

    project: ProjectConfig
    build: BuildConfig = field(default_factory=BuildConfig)
    storage: StorageConfig = field(default_factory=StorageConfig)
    state: StateConfig = field(default_factory=StateConfig)
    staleness: StalenessConfig = field(default_factory=StalenessConfig)
    pools: Mapping[str, int] = field(default_factory=dict)
    resources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    notify: NotifyConfig | None = None
    selectors: Mapping[str, str] = field(default_factory=dict)
    env: str | None = None


def find_project(start: Path | None = None, *, project: Path | None = None) -> Path:
    """Return the folder of the nearest assets.toml, at `start` (default: here) or above it.

    Args:
        start: Where the search begins.
        project: The project's folder, or its assets.toml; then nothing is searched.

    Raises:
        ConfigError: there is none.
    """
    hint = "run `assetmake init` to make a project, or name one with --project DIR"
    if project is not None:
        folder = project.parent if project.name == CONFIG_NAME else project
        if not (folder / CONFIG_NAME).is_file():
            raise ConfigError(f"there is no {CONFIG_NAME} in {folder}", hint=hint)
        return folder.resolve()
    try:
        here = (start or Path.cwd()).resolve()
    except FileNotFoundError:
        raise ConfigError("the current folder no longer exists", hint=hint) from None
    for folder in (here, *here.parents):
        if (folder / CONFIG_NAME).is_file():
            return folder
    raise ConfigError(f"there is no {CONFIG_NAME} in {here} or above it", hint=hint)


def load_config(root: Path, *, env: str | None = None) -> Config:
    """Read the project's assets.toml.

    Args:
        root: The project's folder.
        env: The `[env.NAME]` overlay; default: what ASSETMAKE_ENV says, or none.

    Raises:
        ConfigError: the file is missing, no TOML, or says what we don't know.
    """
    file = root / CONFIG_NAME
    document = _parse_file(file)
    check_settings(document, file=file)
    chosen = env or os.environ.get("ASSETMAKE_ENV") or None
    merged = overlay_environment(document, env=chosen, by_variable=not env, file=file)
    settings = read_settings(merged, file=file)
    project = {"name": root.resolve().name or "project", **settings.get("project", {})}
    return Config(
        project=ProjectConfig(**project),
        build=BuildConfig(**settings.get("build", {})),
        storage=StorageConfig(**settings.get("storage", {})),
        state=StateConfig(**settings.get("state", {})),
        staleness=StalenessConfig(**settings.get("staleness", {})),
        pools=settings.get("pools", {}),
        resources=settings.get("resources", {}),
        notify=make_notify_config(settings.get("notify"), document=document, file=file),
        selectors=settings.get("selectors", {}),
        env=chosen,
    )


def _parse_file(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as stream:
            content = stream.read(_SIZE_LIMIT + 1)
    except OSError as error:
        raise ConfigError(
            f"cannot read {file}: {error.strerror}", hint="run `assetmake init` to make a project"
        ) from None
    if len(content) > _SIZE_LIMIT:
        raise ConfigError(f"{file} is larger than 1 MiB, which no configuration is")
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file} is not UTF-8: byte {error.start} is 0x{content[error.start]:02x}") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file} is not TOML: {error}") from None
    except RecursionError:
        raise ConfigError(f"{file} is nested too deeply") from None
