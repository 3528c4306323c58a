"""Manifest: what the project's files declare, as plain data that no user object is part of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.dependency import Dependency
from assetmake.definitions.assets.keeping import DEFAULT_IO_MANAGER, ORDERED
from assetmake.definitions.assets.labels import DEFAULT_GROUP
from assetmake.definitions.backfill import BackfillPolicy
from assetmake.definitions.checking.asked import Asked
from assetmake.definitions.metadata import MetadataValue
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.definitions.place import Place
from assetmake.definitions.retry import RetryPolicy
from assetmake.discovery.automation_records import Automation
from assetmake.discovery.code.members import CodeGraph


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The parts of what decides a node's output besides data; each part is a hex digest.

    Attributes:
        code: The asset's own function and all that it refers to, normalised.
        config: What its declaration says of how it runs: partitions, mappings, format of rows.
        io: How its result is kept.
        environment: Versions of the declared distributions.
        root: The asset's own function in the manifest's code graph.
        call: `code`, and with it the config, the resources and the IO managers of the user's that a call is given: what
            a worker has to find as it was planned.
        keepers: The code there of the user's IO managers that store its result and load its inputs; part of `io`.
        details: What the other parts were made of, for people: a JSON object.
    """

    code: str
    config: str
    io: str
    environment: str
    root: str = ""
    details: str = ""
    call: str = ""
    keepers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a check looks at.

    Attributes:
        asset: The asset that it is of.
        name: Its own, unique among the checks of the asset.
        blocking: Where it fails with severity ERROR, nothing below the asset is made.
    """

    asset: AssetKey
    name: str
    blocking: bool


@dataclass(frozen=True, slots=True)
class AssetRecord:
    """One asset, as the rest of the house knows it, or one check, which is planned and recorded as an asset is.

    Attributes:
        module: What a worker imports to find it.
        output: What the function's results call it; empty where there is only one.
        unit: All assets and checks that one call of the function makes, where there are several, in the order in which
            they come to stand.
        can_subset: The function can make some of them and leave the others.
        inspection: What is checked; None for an asset.
        resources: The user's resources that its function asks for, with what these need, and the IO manager that
            stores its result, where that is the user's: each name, and the module whose `Definitions` give it; empty
            where the asset brings it along.
        loaders: The IO managers of the user's that load its inputs: the parameter (or what `name_asked` returns), the
            name and the module of each; of what these need in turn, no parameter.
        unconfigured: In words, which config nobody has given that it needs to run.
        asks: What a ready-made check asks for besides data.
        asks_for_values: Its code calls `context.load_asset_value`, so it is told where its `deps=` are, too.
    """

    key: AssetKey
    module: str
    place: Place
    fingerprint: Fingerprint
    dependencies: tuple[Dependency, ...] = ()
    partitions: PartitionsDefinition | None = None
    stores: bool = True
    group: str = DEFAULT_GROUP
    tags: Mapping[str, str] = field(default_factory=dict)
    kinds: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    description: str = ""
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)
    io_manager: str = DEFAULT_IO_MANAGER
    pool: str | None = None
    retry: RetryPolicy | None = None
    timeout: float | None = None
    aliases: tuple[AssetKey, ...] = ()
    hash_rows: str = ORDERED
    env_vars: tuple[str, ...] = ()
    backfill: BackfillPolicy | None = None
    output: str = ""
    unit: tuple[AssetKey, ...] = ()
    can_subset: bool = False
    inspection: Inspection | None = None
    resources: tuple[tuple[str, str], ...] = ()
    loaders: tuple[tuple[str, str, str], ...] = ()
    unconfigured: str = ""
    asks: Asked | None = None
    asks_for_values: bool = False

    @property
    def is_kept_by_user(self) -> bool:
        """Tell whether an IO manager of the user's stores it."""
        return any(name == self.io_manager for name, _ in self.resources)

    @property
    def is_ranged(self) -> bool:
        """Tell whether one call of its function may make several of its partitions."""
        return self.backfill is not None and self.backfill.makes_ranges


@dataclass(frozen=True, slots=True)
class External:
    """How a build reads an asset that others make.

    Attributes:
        module: What a worker imports to find what is said of it.
        io_manager: What loads it.
        observer: The function that looks at it, which is run as an asset's is.
        interval: Minutes after which it is looked at again; None: always.
    """

    module: str
    io_manager: str = DEFAULT_IO_MANAGER
    observer: AssetRecord | None = None
    interval: float | None = None


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """What the project reads and does not make: a FileSource, or an asset that others make.

    Attributes:
        path: Of a file as written, relative to the project's root or absolute.
        external: None where it is a file.
    """

    key: AssetKey
    path: str
    place: Place
    partitions: PartitionsDefinition | None = None
    description: str = ""
    external: External | None = None


@dataclass(frozen=True, slots=True)
class ModuleFailure:
    """A module that could not be imported, with the user's traceback from their frame on.

    Attributes:
        place: Where a definition of ours was refused, if that is why: then the definition is wrong, not the module.
        defines: The names that its text gives to functions and values, as far as that can be read off broken text.
    """

    module: str
    file: str
    message: str
    traceback: str
    place: Place | None = None
    defines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unmet:
    """What an asset needs and cannot get.

    Attributes:
        resource: The name that nothing gives; empty where something else is wrong.
    """

    asset: AssetKey
    place: Place
    text: str
    resource: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything that discovery found.

    Attributes:
        checks: Of the assets; under keys that no asset has.
        code: What the assets' functions consist of.
        texts: A digest of each project file that they are in. A worker that finds the same files has the same code.
        resources: The names of all resources that are given.
        unmet: What assets need and cannot get.
        launched: The run config that the command was given; nothing that is remembered has any.
        automation: The jobs, schedules and sensors.
    """

    assets: tuple[AssetRecord, ...] = ()
    sources: tuple[SourceRecord, ...] = ()
    failures: tuple[ModuleFailure, ...] = ()
    code: CodeGraph = field(default_factory=CodeGraph)
    texts: Mapping[str, str] = field(default_factory=dict)
    checks: tuple[AssetRecord, ...] = ()
    resources: tuple[str, ...] = ()
    unmet: tuple[Unmet, ...] = ()
    launched: Mapping[str, Any] = field(default_factory=dict)
    automation: Automation = field(default_factory=Automation)
