"""Blocking checks that failed upstream of what `--only` builds: they hold nothing back there, and a warning says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from assetmake.definitions.asset_key import AssetKey
from assetmake.graph.asset_graph import AssetGraph, inspected
from assetmake.planning.joins import read_upstream
from assetmake.planning.plan import Parts, Plan
from assetmake.planning.view import View


def warn_of_failed_checks(
    graph: AssetGraph, view: View, near: Plan, targets: Mapping[AssetKey, Parts]
) -> Iterator[str]:
    """Yield a warning for each target that would be built from what a blocking check found wanting.

    Args:
        graph: The project.
        view: What is recorded.
        near: A plan with the verdicts and the answers of those checks.
        targets: What is to be built; of nodes among them the checks hold back what reads them.
    """
    for check, answers in near.answers.items():
        failed = answers.failed.difference(near.checks[check].parts)
        asset = inspected(graph.checks[check]).asset
        if not failed or not inspected(graph.checks[check]).blocking:
            continue
        by_partition = graph.find_partitions(check) == graph.find_partitions(asset)
        for key, parts in targets.items():
            if asset in graph.units.get(key, ()):
                continue
            for edge in (edge for edge in graph.upstream[key] if edge.upstream == asset):
                read = set(read_upstream(view, key, edge, parts)).difference(targets.get(asset, ()))
                if read & failed if by_partition else read:
                    yield f"{key} is built from {asset}, of which the check {check} failed: --only does not wait for it"
                    break
