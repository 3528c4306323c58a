"""AssetSelection: which assets and checks are meant, put together from parts and resolved when they are known."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from assetmake.definitions.asset_key import AssetKey, CoercibleToAssetKey
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.selecting import leaves, walks
from assetmake.definitions.selecting.attributes import parse_attributes
from assetmake.definitions.selecting.clauses import parse_clause
from assetmake.definitions.selecting.expressions import And, Everything, Expression, Or, Scope, Without, combine
from assetmake.definitions.selecting.selectable import collect_graph, list_asset_keys, list_check_keys
from assetmake.errors import DefinitionError, SelectionError

CoercibleToAssetSelection = Any
"""An AssetSelection, a string, or a sequence of strings, keys, assets or sources."""


@dataclass(frozen=True, slots=True, repr=False)
class AssetSelection:
    """A query over assets and the checks on them. Made by the methods below, combined with `|`, `&` and `-`.

    Checks on selected assets are selected with them; `without_checks()` leaves them out.

    Example:
        >>> marketing = AssetSelection.groups("marketing") - AssetSelection.assets("leads").upstream()
        >>> str(marketing)
        'group:"marketing" and not +key:"leads"'
    """

    expression: Expression

    @classmethod
    def all(cls, include_sources: bool = False) -> AssetSelection:
        """All assets that are made here; with include_sources also those that are only read."""
        return cls(Everything(include_sources))

    @classmethod
    def assets(cls, *assets_defs: AssetsDefinition | CoercibleToAssetKey) -> AssetSelection:
        """Assets, given as definitions, keys or names."""
        return cls(leaves.Named(tuple(key for each in assets_defs for key in list_asset_keys(each))))

    @classmethod
    def keys(cls, *asset_keys: CoercibleToAssetKey) -> AssetSelection:
        """The same as `assets`, for keys."""
        return cls(leaves.Named(tuple(map(AssetKey.from_coercible, asset_keys))))

    @classmethod
    def key_prefixes(cls, *key_prefixes: str | Sequence[str], include_sources: bool = False) -> AssetSelection:
        """Assets whose keys begin with the parts of one of the prefixes."""
        parts = ((prefix,) if isinstance(prefix, str) else tuple(prefix) for prefix in key_prefixes)
        return cls(leaves.Prefixed(include_sources, tuple(parts)))

    @classmethod
    def key_substring(cls, key_substring: str, include_sources: bool = False) -> AssetSelection:
        """Assets whose key, written `a/b`, contains a text."""
        return cls(leaves.Containing(include_sources, key_substring))

    @classmethod
    def groups(cls, *group_strs: str, include_sources: bool = False) -> AssetSelection:
        """Assets of any of the groups."""
        return cls(leaves.Grouped(include_sources, group_strs))

    @classmethod
    def tag(cls, key: str, value: str, include_sources: bool = False) -> AssetSelection:
        """Assets that have a tag with this value."""
        return cls(leaves.Tagged(include_sources, key, value))

    @classmethod
    def tag_string(cls, string: str, include_sources: bool = False) -> AssetSelection:
        """Assets that have the tag `key=value`, or the tag `key` with an empty value."""
        key, _, value = string.partition("=")
        if "=" in value:
            raise SelectionError(f"Invalid tag selection string: {string}. Must have no more than one '='.")
        return cls.tag(key, value, include_sources)

    @classmethod
    def kind(cls, kind: str | None, include_sources: bool = False) -> AssetSelection:
        """Assets of a kind; None: those without any."""
        return cls(leaves.OfKind(include_sources, kind))

    @classmethod
    def owner(cls, owner: str | None) -> AssetSelection:
        """Assets of an owner; None: those without any."""
        return cls(leaves.Owned(owner))

    @classmethod
    def all_asset_checks(cls) -> AssetSelection:
        """All checks, and no asset."""
        return cls(leaves.EveryCheck())

    @classmethod
    def checks_for_assets(cls, *assets_defs: AssetsDefinition | CoercibleToAssetKey) -> AssetSelection:
        """The checks on assets, and no asset."""
        return cls(leaves.ChecksOf(tuple(key for each in assets_defs for key in list_asset_keys(each))))

    @classmethod
    def checks(cls, *assets_defs_or_check_keys: Any) -> AssetSelection:
        """Checks, given as their definitions or keys, and no asset."""
        found: list[Any] = []
        for each in assets_defs_or_check_keys:
            found.extend(list_check_keys(each) if hasattr(each, "check_specs") else (each,))
        return cls(leaves.NamedChecks(tuple(found)))

    @classmethod
    def from_string(cls, string: str, include_sources: bool = False) -> AssetSelection:
        """Read a selection in either syntax: `group:sales and not key:a+`, or plain `a`, `+a`, `a*`.

        They differ: in `a+` the plus is one layer, in `key:a+` it goes to the end and `key:a+1` is one layer.

        Raises:
            SelectionError: pointing at the character where it goes wrong.
        """
        try:
            return cls(parse_attributes(string, include_sources=include_sources))
        except SelectionError:
            plain = parse_clause(string, include_sources=include_sources)
            if plain is None:
                raise
            return cls(plain)

    @classmethod
    def from_coercible(cls, selection: CoercibleToAssetSelection) -> AssetSelection:
        """Make a selection of a string, of a sequence of strings, keys or assets, or of an asset.

        Raises:
            DefinitionError: it is none of them.
        """
        if isinstance(selection, AssetSelection):
            return selection
        if isinstance(selection, str):
            return cls.from_string(selection)
        if isinstance(selection, Sequence) and selection and all(isinstance(each, str) for each in selection):
            found = [cls.from_string(each).expression for each in selection]
            return cls(found[0] if len(found) == 1 else Or(tuple(found)))
        items = selection if isinstance(selection, Sequence) else [selection]
        if all(isinstance(each, AssetKey | str) or hasattr(each, "keys") or hasattr(each, "key") for each in items):
            return cls.assets(*items)
        raise DefinitionError(
            "selection argument must be one of str, Sequence[str], Sequence[AssetKey], Sequence[AssetsDefinition], "
            f"Sequence[SourceAsset], AssetSelection. Was {type(selection)}."
        )

    def upstream(self, depth: int | None = None, include_self: bool = True) -> AssetSelection:
        """With what they read, so many layers up (None: to the sources), of what is made here."""
        return AssetSelection(walks.Upstream(self.expression, depth, include_self))

    def downstream(self, depth: int | None = None, include_self: bool = True) -> AssetSelection:
        """With what reads them, so many layers down (None: to the end)."""
        return AssetSelection(walks.Downstream(self.expression, depth, include_self))

    def upstream_source_assets(self) -> AssetSelection:
        """The external assets above the selected ones."""
        return AssetSelection(walks.SourcesAbove(self.expression))

    def roots(self) -> AssetSelection:
        """Those that read none of the others, also not through assets that are not selected."""
        return AssetSelection(walks.Roots(self.expression))

    def sources(self) -> AssetSelection:
        """The former name of `roots`."""
        warnings.warn("AssetSelection.sources is deprecated: use roots", DeprecationWarning, stacklevel=2)
        return self.roots()

    def sinks(self) -> AssetSelection:
        """Those that none of the others reads."""
        return AssetSelection(walks.Sinks(self.expression))

    def materializable(self) -> AssetSelection:
        """Those that are made here."""
        return AssetSelection(walks.Made(self.expression))

    def required_multi_asset_neighbors(self) -> AssetSelection:
        """With the assets that come from one call with them and cannot be left out."""
        return AssetSelection(walks.Companions(self.expression))

    def without_checks(self) -> AssetSelection:
        """Without any check."""
        return self - AssetSelection.all_asset_checks()

    def __or__(self, other: AssetSelection) -> AssetSelection:
        if not isinstance(other, AssetSelection):
            return NotImplemented
        return AssetSelection(combine(Or, self.expression, other.expression))

    def __and__(self, other: AssetSelection) -> AssetSelection:
        if not isinstance(other, AssetSelection):
            return NotImplemented
        return AssetSelection(combine(And, self.expression, other.expression))

    def __sub__(self, other: AssetSelection) -> AssetSelection:
        if not isinstance(other, AssetSelection):
            return NotImplemented
        return AssetSelection(Without(self.expression, other.expression))

    def resolve(self, all_assets: Any, allow_missing: bool = False) -> AbstractSet[AssetKey]:
        """Return the keys of the selected assets among definitions, or in a graph.

        Args:
            all_assets: A sequence of assets, sources and specs, Definitions, or a graph.
            allow_missing: A key that does not exist is left out instead of raised.

        Raises:
            SelectionError: a key that was named does not exist.
        """
        return self.expression.find(Scope(collect_graph(all_assets), allow_missing))

    def resolve_checks(self, asset_graph: Any, allow_missing: bool = False) -> AbstractSet[Any]:
        """Return the keys of the selected checks, as `resolve` does for assets."""
        return self.expression.find_checks(Scope(collect_graph(asset_graph), allow_missing))

    def to_selection_str(self) -> str:
        """Return a text that `from_string` reads as the same assets of those that are made here.

        Whether sources are included is told to `from_string` again: without it, `not` leaves them out.

        Raises:
            SelectionError: the syntax has no words for it.
        """
        text = self.expression.write()
        if text is None:
            raise SelectionError(f"{self!r} cannot be written as a selection string")
        return text

    def __str__(self) -> str:
        return self.expression.write() or repr(self)

    def __repr__(self) -> str:
        return f"AssetSelection({self.expression!r})"
