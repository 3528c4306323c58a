"""The plain syntax, `+a`, `a*`, `p/c++`: one asset, with layers of its neighbours.

In it each `+` is one layer, and `*` goes to the end. A tag may have characters that the attribute syntax wants in
quotes, yet not those that it is made of: what is meant for that syntax, and is wrong, is not to be read here.
"""

from __future__ import annotations

import re

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.selecting.expressions import Everything, Expression, Or, combine
from assetmake.definitions.selecting.leaves import Named, Tagged
from assetmake.definitions.selecting.walks import Downstream, Upstream

_CLAUSE = re.compile(r"(?P<up>\*?\+*)(?P<name>[./\w\[\]?-]+)(?P<down>\+*\*?)", re.ASCII)

_TAG = re.compile(r"tag:(?P<name>[^\s=()\"]+)(?:=(?P<value>[^\s=()\"]*))?")


def parse_clause(text: str, *, include_sources: bool = False) -> Expression | None:
    """Read a selection in the plain syntax, or return None where it is none."""
    text = text.strip()
    if text == "*":
        return Everything(include_sources)
    tag = _TAG.fullmatch(text)
    if tag:
        return Tagged(include_sources, tag["name"], tag["value"] or "")
    match = _CLAUSE.fullmatch(text)
    if match is None or not all(match["name"].split("/")):
        return None
    found = Named((AssetKey.from_user_string(match["name"]),))
    above = Upstream(found, _depth(match["up"])) if match["up"] else None
    below = Downstream(found, _depth(match["down"])) if match["down"] else None
    if above and below:
        return combine(Or, above, below)
    return above or below or found


def _depth(signs: str) -> int | None:
    return None if "*" in signs else len(signs)
