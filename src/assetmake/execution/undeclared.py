"""Undeclared reads: told once for each asset and file, or refused."""

from __future__ import annotations

from collections.abc import Sequence

from assetmake.definitions.asset_key import AssetKey
from assetmake.events import Sink, Warned
from assetmake.execution.declared import Declarations
from assetmake.execution.work import Failure

_TOLD = 10
"""Files of one asset that are told one by one: an asset with a thousand partitions may read a thousand."""
_NAMED = 3


class Undeclared:
    """Tells of the files that assets read without having declared them, in one build.

    Args:
        declarations: Knows what declares a file.
        sink: Hears of them.
    """

    def __init__(self, declarations: Declarations, sink: Sink) -> None:
        self.declarations = declarations
        self._sink = sink
        self._told: dict[AssetKey, set[str]] = {}

    def tell(self, asset: AssetKey, files: Sequence[str]) -> None:
        """Warn of the files that were not told of before."""
        if not files:
            return
        told = self._told.setdefault(asset, set())
        for file in files:
            if file in told or len(told) > _TOLD:
                continue
            told.add(file)
            self._sink(self._tell_more(asset) if len(told) > _TOLD else self._tell_file(asset, file))

    def refuse(self, asset: AssetKey, key: str | None, files: Sequence[str]) -> Failure:
        """Return the failure of a node of a strict build."""
        name = str(asset) if key is None else f"{asset}@{key}"
        named = ", ".join(files[:_NAMED]) + (f" and {len(files) - _NAMED:,} more" if len(files) > _NAMED else "")
        pronoun = "it" if len(files) == 1 else "them"
        message = f"{name} read {named} without declaring {pronoun}, and the build is strict"
        advice = "; ".join(dict.fromkeys(map(self.declarations.advise, files[:_NAMED])))
        return Failure(f"{message} (write {advice})", retryable=False)

    def _tell_file(self, asset: AssetKey, file: str) -> Warned:
        message = f"{asset} read {file}, which it does not declare: edits of that file go unnoticed"
        return Warned(message, self.declarations.advise(file))

    def _tell_more(self, asset: AssetKey) -> Warned:
        return Warned(
            f"{asset} read more files that it does not declare: edits of them go unnoticed",
            f"assetmake why {asset} lists them; the path of a FileSource may be a glob or hold {{partition_key}}",
        )
