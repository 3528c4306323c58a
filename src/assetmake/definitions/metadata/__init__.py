"""Metadata: facts about an asset or about one of its results, in kinds that a reader can show."""

from __future__ import annotations

from assetmake.definitions.metadata.reading import check_metadata as check_metadata
from assetmake.definitions.metadata.values import MetadataValue as MetadataValue
