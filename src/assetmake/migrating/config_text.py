"""The text of an assets.toml."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def write_config(
    *,
    name: str,
    modules: Iterable[str],
    python_path: Iterable[str],
    root: str,
    pools: Mapping[str, int],
) -> str:
    """Return a project's settings as TOML.

    >>> print(write_config(name="shop", modules=["shop"], python_path=["."], root="data", pools={"db": 2}))
    [project]
    name = "shop"
    modules = ["shop"]
    python_path = ["."]
    <BLANKLINE>
    [storage]
    root = "data"
    <BLANKLINE>
    [pools]
    db = 2
    <BLANKLINE>
    """
    lines = ["[project]", f"name = {_quote(name)}"]
    listed = list(modules)
    if listed:
        lines.append(f"modules = {_list(listed)}")
    lines += [f"python_path = {_list(python_path)}", "", "[storage]", f"root = {_quote(root)}"]
    if pools:
        keys = {pool: pool if _BARE.fullmatch(pool) else _quote(pool) for pool in pools}
        lines += ["", "[pools]", *(f"{keys[pool]} = {limit}" for pool, limit in pools.items())]
    return "\n".join(lines) + "\n"


def _list(values: Iterable[str]) -> str:
    quoted = [_quote(value) for value in values]
    one_line = f"[{', '.join(quoted)}]"
    if len(one_line) <= 100:
        return one_line
    return "[\n" + "".join(f"    {value},\n" for value in quoted) + "]"


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
