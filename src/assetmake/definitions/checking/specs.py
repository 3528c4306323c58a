"""AssetCheckSpec and AssetCheckResult: what a check asks, and what it found."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from assetmake.definitions.asset_key import AssetKey, CoercibleToAssetKey
from assetmake.definitions.assets.specs import AssetDep, read_deps
from assetmake.definitions.checking.keys import AssetCheckKey, AssetCheckSeverity
from assetmake.definitions.metadata import check_metadata
from assetmake.definitions.partitions import PartitionsDefinition
from assetmake.errors import DefinitionError, InvariantError


@dataclass(frozen=True, slots=True, init=False)
class AssetCheckSpec:
    """What a check asks, apart from the function that does it.

    Args:
        name: Unique among the checks of the asset.
        asset: The asset that is checked.
        description: For people.
        additional_deps: What it depends on besides the asset.
        blocking: Nothing below the asset is made where it fails with severity ERROR.
        metadata: Facts about it.
        automation_condition: When it is to be done; looked at by `tick`.
        partitions_def: The set of partitions that are checked one by one.

    Example:
        >>> AssetCheckSpec("no_nulls", asset="orders").key.to_user_string()
        'orders:no_nulls'
    """

    name: str
    asset_key: AssetKey
    description: str | None
    additional_deps: tuple[AssetDep, ...]
    blocking: bool
    metadata: Mapping[str, Any]
    automation_condition: Any
    partitions_def: PartitionsDefinition | None

    def __init__(
        self,
        name: str,
        *,
        asset: CoercibleToAssetKey,
        description: str | None = None,
        additional_deps: Iterable[CoercibleToAssetKey | AssetDep] | None = None,
        blocking: bool = False,
        metadata: Mapping[str, Any] | None = None,
        automation_condition: Any = None,
        partitions_def: PartitionsDefinition | None = None,
    ) -> None:
        put = object.__setattr__
        put(self, "name", name)
        put(self, "asset_key", AssetKey.from_coercible(asset))
        put(self, "description", description)
        put(self, "additional_deps", tuple(read_deps(additional_deps)))
        put(self, "blocking", blocking)
        put(self, "metadata", metadata or {})
        put(self, "automation_condition", automation_condition)
        put(self, "partitions_def", partitions_def)
        if any(dep.asset_key == self.asset_key for dep in self.additional_deps):
            shown = json.dumps(self.asset_key.path)
            raise CheckDependencyError(
                f"Asset check {name} for asset {shown} cannot have an additional dependency on asset {shown}."
            )

    __hash__ = None  # type: ignore[assignment]  # it holds dicts

    @property
    def key(self) -> AssetCheckKey:
        return AssetCheckKey(self.asset_key, self.name)

    @property
    def deps(self) -> tuple[AssetDep, ...]:
        """All that it depends on: the asset, and what else was declared."""
        return (AssetDep(self.asset_key), *self.additional_deps)

    def get_python_identifier(self) -> str:
        """Return a name for it that is unique among outputs."""
        return f"{self.asset_key.to_python_identifier()}_{self.name}"

    def replace_key(self, key: AssetCheckKey) -> AssetCheckSpec:
        return self._change(name=key.name, asset=key.asset_key)

    def replace_metadata(self, metadata: Mapping[str, Any]) -> AssetCheckSpec:
        return self._change(metadata=metadata)

    def _change(self, **changes: Any) -> AssetCheckSpec:
        given: dict[str, Any] = {
            "name": self.name,
            "asset": self.asset_key,
            "description": self.description,
            "additional_deps": self.additional_deps,
            "blocking": self.blocking,
            "metadata": self.metadata,
            "automation_condition": self.automation_condition,
            "partitions_def": self.partitions_def,
        }
        return AssetCheckSpec(**{**given, **changes})


class CheckDependencyError(DefinitionError, ValueError):
    """A check depends on the asset that it checks in a second way."""


@dataclass(frozen=True, slots=True)
class AssetCheckResult:
    """What a check found.

    Args:
        passed: Whether the data is as it should be; numpy's truth values are taken, too.
        asset_key: The asset; needed where a function checks several.
        check_name: The check; needed where a function does several.
        metadata: Facts about what was found.
        severity: ERROR, or WARN, which stops nothing.
        description: For people.
    """

    passed: bool
    asset_key: CoercibleToAssetKey | None = None
    check_name: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    severity: AssetCheckSeverity = AssetCheckSeverity.ERROR
    description: str | None = None

    def __post_init__(self) -> None:
        passed = getattr(self.passed, "item", lambda: self.passed)()
        if not isinstance(passed, bool):
            raise DefinitionError(
                f"AssetCheckResult(passed={self.passed!r}): it is True or False", hint="write passed=bool(...)"
            )
        put = object.__setattr__
        put(self, "passed", passed)
        put(self, "metadata", check_metadata(self.metadata or {}))
        if self.asset_key is not None:
            put(self, "asset_key", AssetKey.from_coercible(self.asset_key))

    def is_about(self, spec: AssetCheckSpec) -> bool:
        """Tell whether it may be the result of a check; what it does not name may be any."""
        return self.asset_key in {None, spec.asset_key} and self.check_name in {None, spec.name}

    def complete(self, spec: AssetCheckSpec) -> AssetCheckResult:
        """Return the same with the names of the check that it is of."""
        return replace(self, asset_key=spec.asset_key, check_name=spec.name)


def find_spec(result: AssetCheckResult, specs: Iterable[AssetCheckSpec]) -> AssetCheckSpec:
    """Return the check that a result is of.

    Args:
        result: What a function gave.
        specs: The checks that the function does.

    Raises:
        InvariantError: it is of none, or might be of several.
    """
    known = tuple(specs)
    assets = sorted({str(spec.asset_key) for spec in known})
    if result.asset_key is not None and str(result.asset_key) not in assets:
        raise InvariantError(
            f"Received unexpected AssetCheckResult. It targets asset '{result.asset_key}' which is not targeted by any "
            f"of the checks currently being evaluated. Targeted assets: {assets}."
        )
    found = [spec for spec in known if result.is_about(spec)]
    if len(found) == 1:
        return found[0]
    if result.asset_key is None and len(assets) > 1:
        raise InvariantError(
            "AssetCheckResult didn't specify an asset key, but there are multiple assets to choose from: "
            f"{[str(spec.asset_key) for spec in known]}"
        )
    about = result.asset_key or known[0].asset_key if known else result.asset_key
    names = [spec.name for spec in known if spec.asset_key == about]
    if result.check_name is None:
        raise InvariantError(
            "AssetCheckResult result didn't specify a check name, but there are multiple checks to choose from for the "
            f"this asset key: {names}"
        )
    raise InvariantError(
        f"Received unexpected AssetCheckResult. No checks currently being evaluated target asset '{about}' and have "
        f"name '{result.check_name}'. Checks being evaluated for this asset: {{{', '.join(map(repr, names))}}}"
    )


def passes(value: object) -> AssetCheckResult | None:
    """Return the result that a plain truth value stands for, None for anything else."""
    plain = getattr(value, "item", lambda: value)() if getattr(value, "ndim", 0) == 0 else value
    return AssetCheckResult(passed=plain) if isinstance(plain, bool) else None
