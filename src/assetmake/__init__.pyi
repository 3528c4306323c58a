"""The public names, as a type checker sees them; at run time each is loaded on first use."""

from assetmake.definitions.asset import AssetDep as AssetDep
from assetmake.definitions.asset import AssetIn as AssetIn
from assetmake.definitions.asset import AssetsDefinition as AssetsDefinition
from assetmake.definitions.asset import asset as asset
from assetmake.definitions.asset_key import AssetKey as AssetKey
from assetmake.definitions.backfill import BackfillPolicy as BackfillPolicy
from assetmake.definitions.calendars import DailyPartitionsDefinition as DailyPartitionsDefinition
from assetmake.definitions.calendars import HourlyPartitionsDefinition as HourlyPartitionsDefinition
from assetmake.definitions.calendars import MonthlyPartitionsDefinition as MonthlyPartitionsDefinition
from assetmake.definitions.calendars import WeeklyPartitionsDefinition as WeeklyPartitionsDefinition
from assetmake.definitions.context import AssetExecutionContext as AssetExecutionContext
from assetmake.definitions.definitions import Definitions as Definitions
from assetmake.definitions.mappings import AllPartitionMapping as AllPartitionMapping
from assetmake.definitions.mappings import IdentityPartitionMapping as IdentityPartitionMapping
from assetmake.definitions.mappings import LastPartitionMapping as LastPartitionMapping
from assetmake.definitions.mappings import PartitionMapping as PartitionMapping
from assetmake.definitions.mappings import SpecificPartitionsPartitionMapping as SpecificPartitionsPartitionMapping
from assetmake.definitions.mappings import StaticPartitionMapping as StaticPartitionMapping
from assetmake.definitions.mappings import TimeWindowPartitionMapping as TimeWindowPartitionMapping
from assetmake.definitions.metadata import MetadataValue as MetadataValue
from assetmake.definitions.partitions import PartitionKeyRange as PartitionKeyRange
from assetmake.definitions.partitions import PartitionsDefinition as PartitionsDefinition
from assetmake.definitions.partitions import StaticPartitionsDefinition as StaticPartitionsDefinition
from assetmake.definitions.partitions import TimeWindow as TimeWindow
from assetmake.definitions.results import DataVersion as DataVersion
from assetmake.definitions.results import MaterializeResult as MaterializeResult
from assetmake.definitions.results import Output as Output
from assetmake.definitions.retry import Backoff as Backoff
from assetmake.definitions.retry import Jitter as Jitter
from assetmake.definitions.retry import RetryPolicy as RetryPolicy
from assetmake.definitions.selecting.selection import AssetSelection as AssetSelection
from assetmake.definitions.source import FileSource as FileSource
from assetmake.definitions.time_windows import TimeWindowPartitionsDefinition as TimeWindowPartitionsDefinition
from assetmake.errors import AssetmakeError as AssetmakeError
from assetmake.testing import build_asset_context as build_asset_context
from assetmake.testing import materialize as materialize

__version__: str
