"""YAML with the lines at which its keys stand. PyYAML is needed for it, and for nothing else here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assetmake.errors import UsageError


@dataclass(frozen=True, slots=True)
class YamlFile:
    """A mapping that a file holds, and the line of each of its keys.

    Args:
        content: The mapping.
        lines: By path of keys and positions, as in ("load_from", 0, "python_file").
    """

    content: dict[str, Any]
    lines: dict[tuple[str | int, ...], int]


def read_yaml(file: Path) -> YamlFile:
    """Read a file.

    Raises:
        UsageError: PyYAML is not installed, or this is not YAML.
    """
    try:
        import yaml
    except ImportError:
        raise UsageError(
            f"{file} is YAML, which PyYAML reads, and that is not installed; nothing was written",
            hint="pip install 'assetmake[yaml]' and run this again",
        ) from None
    try:
        text = file.read_text("utf-8-sig")
        content, node = yaml.safe_load(text), yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{file} cannot be read as YAML: {error}; nothing was written") from None
    lines: dict[tuple[str | int, ...], int] = {}
    if node is not None:
        _note_lines(node, (), lines)
    return YamlFile(content if isinstance(content, dict) else {}, lines)


def _note_lines(node: Any, path: tuple[str | int, ...], lines: dict[tuple[str | int, ...], int]) -> None:
    lines.setdefault(path, node.start_mark.line + 1)
    if node.id == "mapping":
        for key, value in node.value:
            here = (*path, str(key.value))
            lines[here] = key.start_mark.line + 1
            _note_lines(value, here, lines)
    elif node.id == "sequence":
        for position, value in enumerate(node.value):
            _note_lines(value, (*path, position), lines)
