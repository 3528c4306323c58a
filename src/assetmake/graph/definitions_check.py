"""Definitions that cannot work, whatever the graph: partitions without keys of their own, unknown IO managers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.naming import find_nearest, suggest
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.definitions.time_windows import TimeWindowPartitionsDefinition
from assetmake.discovery.manifest import Manifest, ModuleFailure
from assetmake.errors import AssetmakeError, UsageError
from assetmake.graph.broken import describe_lost, find_writers
from assetmake.graph.problems import Problem
from assetmake.storage.io_managers import open_io_manager


def check_definitions(manifest: Manifest, problems: list[Problem]) -> dict[AssetKey, str]:
    """Add to `problems` what is wrong with single definitions, those among them that kept a module from loading.

    Returns:
        The assets whose resources or IO manager may be given in a module that did not import, each with what that is.
    """
    failures = manifest.failures
    problems += [Problem(failure.place, failure.message) for failure in failures if failure.place is not None]
    lost = _list_lost(manifest)
    checked: dict[object, str] = {None: ""}
    for record in manifest.assets:
        texts = [_check_partitions(record.partitions, checked)]
        if record.key not in lost and not record.is_kept_by_user:
            unknown = _check_io_manager(record.io_manager, checked, manifest.resources)
            if unknown and _may_give(failures, record.io_manager):
                lost[record.key] = describe_lost(failures, record.io_manager)
            else:
                texts.append(unknown)
        problems += [Problem(record.place, f"asset {record.key}: {text}") for text in texts if text]
    for source in manifest.sources:
        text = _check_partitions(source.partitions, checked)
        if text:
            problems.append(Problem(source.place, f"source {source.key}: {text}"))
    problems += [Problem(each.place, each.text) for each in manifest.unmet if each.asset not in lost]
    return lost


def require_assets(manifest: Manifest, modules: Sequence[str], root: Path) -> None:
    """Check that a project declares something, or that a module which did not import may.

    Raises:
        UsageError: it declares no assets.
    """
    if not manifest.assets and not manifest.failures:
        raise UsageError(
            f"the project declares no assets: {', '.join(modules)} in {root} have none",
            hint="decorate a function with @asset, or say under [project] modules where they are",
        )


def _list_lost(manifest: Manifest) -> dict[AssetKey, str]:
    failures = manifest.failures
    if not failures:
        return {}
    lost = {
        each.asset: describe_lost(failures, each.resource)
        for each in manifest.unmet
        if each.resource and _may_give(failures, each.resource)
    }
    for record in manifest.assets:
        # Where the user's IO manager did not import, a built-in one would store in another place.
        if record.stores and not record.is_kept_by_user and find_writers(failures, record.io_manager):
            lost.setdefault(record.key, describe_lost(failures, record.io_manager))
    return lost


def _may_give(failures: Sequence[ModuleFailure], name: str) -> bool:
    """Tell whether a module that did not import may give a resource; of one that was refused the text says so."""
    return any(failure.place is None for failure in failures) or bool(find_writers(failures, name))


def _check_io_manager(name: str, checked: dict[object, str], resources: Sequence[str]) -> str:
    known = ("io manager", name)
    if known not in checked:
        checked[known] = ""
        try:
            open_io_manager(name)
        except AssetmakeError as error:
            near = suggest(find_nearest(name, resources))
            checked[known] = f"{error.message} ({near or error.hint})"
    return checked[known]


def _check_partitions(definition: PartitionsDefinition | None, checked: dict[object, str]) -> str:
    if definition not in checked:
        checked[definition] = ""
        if isinstance(definition, TimeWindowPartitionsDefinition):
            try:
                definition.validate_partition_definition()
            except AssetmakeError as error:
                checked[definition] = f"{error.message} ({error.hint})"
    return checked[definition]
