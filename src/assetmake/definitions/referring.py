"""with_source_code_references: assets whose metadata says where their code stands."""

from __future__ import annotations

import inspect
import os
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.assets.specs import AssetSpec
from assetmake.definitions.metadata.code_references import (
    NAME,
    CodeReferencesMetadataValue,
    LocalFileCodeReference,
    UrlCodeReference,
)
from assetmake.errors import DefinitionError

_PLATFORMS = {"github": "tree", "gitlab": "-/tree"}


class FilePathMapping(ABC):
    """Tells where in a repository a file of this machine stands."""

    @abstractmethod
    def convert_to_source_control_path(self, local_path: Path) -> str:
        """Return the path from the repository's root."""


@dataclass
class AnchorBasedFilePathMapping(FilePathMapping):
    """Tells it by one file that stands in both places.

    Attributes:
        local_file_anchor: The file on this machine.
        file_anchor_path_in_repository: Its path in the repository.
    """

    local_file_anchor: Path
    file_anchor_path_in_repository: str

    def convert_to_source_control_path(self, local_path: Path) -> str:
        """Return the path from the repository's root."""
        way = os.path.relpath(local_path, self.local_file_anchor)
        return os.path.normpath(os.path.join(self.file_anchor_path_in_repository, way))


def with_source_code_references(assets_defs: Iterable[Any]) -> list[Any]:
    """Return assets whose metadata says in which file and line their function begins; others stay as they are.

    Args:
        assets_defs: Assets, specs, source assets.
    """
    return [_locate(each) for each in assets_defs]


def link_code_references_to_git(
    assets_defs: Iterable[Any],
    git_url: str,
    git_branch: str,
    file_path_mapping: FilePathMapping,
    platform: str | None = None,
) -> list[Any]:
    """Return assets whose references to files are addresses in a repository instead.

    Args:
        assets_defs: Assets, specs, source assets.
        git_url: Of the repository.
        git_branch: The branch, or a commit.
        file_path_mapping: Tells where in the repository a file stands.
        platform: "github" or "gitlab"; default: which of them the address names.

    Raises:
        DefinitionError: the address names neither.
    """
    named = platform or next((each for each in ("gitlab", "github") if each in git_url), None)
    if named not in _PLATFORMS:
        raise DefinitionError(
            "Invalid `git_url`. Unable to infer the source control platform from the `git_url`. Please supply a "
            "`platform`.",
            hint='platform="github" or platform="gitlab"',
        )
    root = f"{git_url}/{_PLATFORMS[named]}/{git_branch}"

    def link(spec: AssetSpec) -> AssetSpec:
        found = _list_references(spec)
        linked = [
            _link(each, root, file_path_mapping) if isinstance(each, LocalFileCodeReference) else each for each in found
        ]
        return _refer(spec, linked) if found else spec

    return [each.map_asset_specs(link) if isinstance(each, AssetsDefinition) else each for each in assets_defs]


def _locate(declared: Any) -> Any:
    if not isinstance(declared, AssetsDefinition) or declared.operation is None:
        return declared
    function = inspect.unwrap(declared.function)
    try:
        file, line = inspect.getsourcefile(function), inspect.getsourcelines(function)[1]
    except (OSError, TypeError):  # it was typed in, or is no function of Python's
        return declared
    found = LocalFileCodeReference(os.path.abspath(file or ""), line)
    return declared.map_asset_specs(lambda spec: _refer(spec, [*_list_references(spec), found]))


def _list_references(spec: AssetSpec) -> list[LocalFileCodeReference | UrlCodeReference]:
    told = spec.metadata.get(NAME)
    return told.code_references if isinstance(told, CodeReferencesMetadataValue) else []


def _refer(spec: AssetSpec, references: Iterable[LocalFileCodeReference | UrlCodeReference]) -> AssetSpec:
    return spec.replace_attributes(metadata={**spec.metadata, NAME: CodeReferencesMetadataValue(references)})


def _link(reference: LocalFileCodeReference, root: str, mapping: FilePathMapping) -> UrlCodeReference:
    path = mapping.convert_to_source_control_path(Path(reference.file_path))
    line = f"#L{reference.line_number}" if reference.line_number else ""
    return UrlCodeReference(f"{root}/{path}{line}", reference.label)
