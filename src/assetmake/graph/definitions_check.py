"""Definitions that cannot work, whatever the graph: partitions without keys of their own, unknown IO managers."""

from __future__ import annotations

from collections.abc import Iterable

from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.definitions.time_windows import TimeWindowPartitionsDefinition
from assetmake.discovery.manifest import AssetRecord, ModuleFailure, SourceRecord
from assetmake.errors import AssetmakeError
from assetmake.graph.problems import Problem
from assetmake.storage.io_managers import open_io_manager


def check_definitions(
    assets: Iterable[AssetRecord],
    sources: Iterable[SourceRecord],
    failures: Iterable[ModuleFailure],
    problems: list[Problem],
) -> None:
    """Add to `problems` what is wrong with single definitions, those among them that kept a module from loading."""
    problems += [Problem(failure.place, failure.message) for failure in failures if failure.place is not None]
    checked: dict[object, str] = {None: ""}
    for record in assets:
        problems += [Problem(record.place, f"asset {record.key}: {text}") for text in _check_asset(record, checked)]
    for source in sources:
        text = _check_partitions(source.partitions, checked)
        if text:
            problems.append(Problem(source.place, f"source {source.key}: {text}"))


def _check_asset(record: AssetRecord, checked: dict[object, str]) -> list[str]:
    name = ("io manager", record.io_manager)
    if name not in checked:
        try:
            open_io_manager(record.io_manager)
        except AssetmakeError as error:
            checked[name] = f"{error.message} ({error.hint})"
        else:
            checked[name] = ""
    return [text for text in (_check_partitions(record.partitions, checked), checked[name]) if text]


def _check_partitions(definition: PartitionsDefinition | None, checked: dict[object, str]) -> str:
    if definition not in checked:
        checked[definition] = ""
        if isinstance(definition, TimeWindowPartitionsDefinition):
            try:
                definition.validate_partition_definition()
            except AssetmakeError as error:
                checked[definition] = f"{error.message} ({error.hint})"
    return checked[definition]
