"""Places: where the outputs and logs of nodes are, as far as is recorded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from assetmake.definitions.asset_key import AssetKey
from assetmake.errors import UsageError
from assetmake.planning.history import read_failures, read_suffixes, read_trace
from assetmake.planning.view import View
from assetmake.storage.paths import encode_key, output_stem
from assetmake.storage.renames import read_former_names


def find_outputs(
    view: View, asset: AssetKey, keys: Sequence[str] | None, *, root: Path
) -> list[tuple[str | None, Path]]:
    """Return the recorded output files of an asset's partitions, in order: all, or those with given keys.

    Args:
        view: With the state attached.
        asset: The asset.
        keys: Of partitions; None for all.
        root: Where outputs are.
    """
    home = view.home(asset)
    suffixes = read_suffixes(view.db, home)
    definition = view.scope.definitions[asset]
    stem = output_stem(root, home.parts, None)
    if definition is None:
        return [(None, stem.with_name(stem.name + suffixes[0]))] if 0 in suffixes else []
    parts = view.scope.parts[asset] if keys is None else [definition.part_of(key) for key in keys]
    named = [(definition.key_of(part), suffixes[part]) for part in parts if part in suffixes]
    return [(key, stem / f"{encode_key(key)}{suffix}") for key, suffix in named]


def find_log(view: View, asset: AssetKey, key: str | None, *, project: Path, logs: Path) -> Path | None:
    """Return the captured output of a node's last attempt, or None where it printed nothing.

    Args:
        view: With the state attached.
        asset, key: The node.
        project: What the logs of failures are recorded relative to.
        logs: Where logs are, a folder for each run.

    Raises:
        UsageError: the node was never built.
    """
    definition, home = view.scope.definitions[asset], view.home(asset)
    failures = [each for each in read_failures(view.db, [home]).get(home, ()) if each.key == key]
    if failures and failures[0].log:
        return project / failures[0].log
    part = 0 if definition is None or key is None else definition.part_of(key)
    trace = read_trace(view.db, home, part)
    if trace is None:
        name = str(asset) if key is None else f"{asset}@{key}"
        raise UsageError(f"{name} was never built, so there is no log", hint=f"build it: assetmake build {name}")
    return find_log_of(view, asset, key, run=trace.run, logs=logs)


def find_log_of(view: View, asset: AssetKey, key: str | None, *, run: str, logs: Path) -> Path | None:
    """Return what a node printed in a run, or None where it printed nothing, or that is gone."""
    home = view.home(asset)
    former = map(AssetKey.from_user_string, read_former_names(view.db, str(home)))
    stems = [output_stem(logs / run, name.parts, key) for name in (home, *former)]
    found = (stem.with_name(stem.name + ".log") for stem in stems)
    return next((log for log in found if log.exists()), None)
