"""Launch: the config that a command was given, in a file, in words, or by a job."""

from __future__ import annotations

import importlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path
from typing import Any

from assetmake.errors import RunConfigError


@dataclass(frozen=True, slots=True)
class Launch:
    """Config that a command was given.

    Attributes:
        file: The name of the file behind `config`, for messages.
        config: A run config.
        texts: Words of the form ASSET.FIELD=VALUE.
        job: The job whose runs have `job_config`, for messages.
        job_config: A run config; what the command was given is laid over it.
        job_name, partition: A job that makes the config of its runs of their partition, and the partition; `job_config`
            and `job_tags` are made of them where the project is imported.
        job_tags: Tags of the run.
    """

    file: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    texts: tuple[str, ...] = ()
    job: str = ""
    job_config: Mapping[str, Any] = field(default_factory=dict)
    job_name: str = ""
    partition: str = ""
    job_tags: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.file or self.config or self.texts or self.job_config or self.job_name)


def read_launch(file: Path | None, texts: tuple[str, ...]) -> Launch:
    """Return what --config and -c give.

    Raises:
        RunConfigError: the file cannot be read, or is no run config.
    """
    if file is None:
        return Launch(texts=texts)
    return Launch(str(file), _read_file(file), texts)


def make_plain(value: Any) -> Any:
    """Return what TOML and YAML have and JSON has not as text."""
    if isinstance(value, Mapping):
        return {str(name): make_plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [make_plain(each) for each in value]
    return value.isoformat() if isinstance(value, (date, time)) else value


def _read_file(file: Path) -> Mapping[str, Any]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise RunConfigError(f"cannot read {file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise RunConfigError(f"{file} is not UTF-8") from None
    config = make_plain(_parse(file, text))
    if not isinstance(config, Mapping):
        raise RunConfigError(
            f"{file} holds {type(config).__name__}, which is no run config",
            hint='write {"ops": {"orders": {"config": {"limit": 3}}}, "resources": {"db": {"config": {"host": "x"}}}}',
        )
    return config


def _parse(file: Path, text: str) -> Any:
    match file.suffix.lower():
        case ".toml":
            parse, kind = tomllib.loads, "TOML"
        case ".json":
            parse, kind = json.loads, "JSON"
        case ".yaml" | ".yml":
            parse, kind = _find_yaml(file).safe_load, "YAML"
        case suffix:
            raise RunConfigError(
                f"--config {file}: {suffix or 'a file without a suffix'} is of no format that is known",
                hint="give a .toml, .json or .yaml file",
            )
    try:
        return parse(text)
    except Exception as error:  # noqa: BLE001 - each of the three has an error of its own
        raise RunConfigError(f"{file} is not {kind}: {error}") from None


def _find_yaml(file: Path) -> Any:
    try:
        return importlib.import_module("yaml")
    except ImportError:
        raise RunConfigError(
            f"--config {file}: reading YAML takes PyYAML, which is not installed",
            hint="install pyyaml, or write the file as TOML or JSON",
        ) from None
