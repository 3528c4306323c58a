from __future__ import annotations

import datetime as dt
import functools
import re
import subprocess
import sys
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Literal, Optional, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.assets.decorators import asset
from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.assets.specs import AssetDep
from assetmake.definitions.partitions import StaticPartitionsDefinition
from assetmake.definitions.source import FileSource
from assetmake.discovery.code.members import Member
from assetmake.discovery.code.outline import Outline
from assetmake.discovery.fingerprint import (
    SCHEME,
    fingerprint_assets,
    fingerprint_function,
)
from assetmake.discovery.manifest import Fingerprint
from thoroughness import times


class Colour(Enum):
    RED = 1
    BLUE = 2


@dataclass(frozen=True)
class Setting:
    limit: int


def close_over(value: Any) -> AssetsDefinition:
    @asset(name="made")
    def made() -> Any:
        return value

    return made


def fingerprint_one(definition: AssetsDefinition) -> Fingerprint:
    return fingerprint_assets([definition])[0][0]


def member_of(definition: AssetsDefinition) -> Member:
    """Return what the asset's own function is in its code graph."""
    (fingerprint,), code, _ = fingerprint_assets([definition])
    return code.members[fingerprint.root]


def code_of(definition: AssetsDefinition) -> str:
    return fingerprint_one(definition).code


PAIRS = [
    (1, 2),
    (1, True),
    (1, 1.0),
    (1, "1"),
    (None, "None"),
    ("a", b"a"),
    ([1], (1,)),
    ([1, 2], [2, 1]),
    ({"a": 1}, {"a": 2}),
    ({1, 2}, {1, 3}),
    ({1}, frozenset({1})),
    (Path("a"), Path("b")),
    (Path("a"), "a"),
    (dt.date(2026, 1, 1), dt.date(2026, 1, 2)),
    (dt.datetime(2026, 1, 1), dt.datetime(2026, 1, 1, tzinfo=dt.UTC)),
    (dt.timedelta(1), dt.timedelta(2)),
    (Colour.RED, Colour.BLUE),
    (Setting(1), Setting(2)),
    (re.compile("a"), re.compile("a", re.IGNORECASE)),
    (range(3), range(4)),
    (int, str),
    (re, dt),
    (len, max),
    (functools.partial(max, 1), functools.partial(max, 2)),
    (lambda: 1, lambda: 2),
    (object(), Colour),
]


@pytest.mark.parametrize("pair", PAIRS, ids=[f"{type(one).__name__}-{type(other).__name__}" for one, other in PAIRS])
def test_assets_made_with_other_values_differ(pair: tuple[Any, Any]) -> None:
    one, other = pair
    assert code_of(close_over(one)) != code_of(close_over(other))
    assert code_of(close_over(one)) == code_of(close_over(one))


def test_opaque_objects_count_by_their_type() -> None:
    assert code_of(close_over(object())) == code_of(close_over(object()))


def test_a_set_counts_without_its_order() -> None:
    one = close_over({"a", "b", "c"})
    other = close_over(set("cba"))
    assert code_of(one) == code_of(other)


def test_an_asset_or_source_counts_by_its_name_not_by_its_line() -> None:
    one = close_over([close_over(1), FileSource("raw", "raw.csv")])
    other = close_over([close_over(1), FileSource("raw", "raw.csv")])
    assert code_of(one) == code_of(other)


def test_a_value_that_holds_itself_is_no_endless_loop() -> None:
    loop: list[Any] = [1]
    loop.append(loop)
    assert code_of(close_over(loop)) == code_of(close_over(loop))


@settings(max_examples=times(25))
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=8))
def test_equal_data_has_equal_fingerprints(value: Any) -> None:
    copied = eval(repr(value))
    assert code_of(close_over(value)) == code_of(close_over(copied))


def test_default_values_of_loops_differ() -> None:
    def make(number: int) -> AssetsDefinition:
        @asset(name=f"a{number}")
        def made(n: int = number) -> int:
            return n

        return made

    assert code_of(make(1)) != code_of(make(2))


def test_captured_values_are_not_spelled_out() -> None:
    member = member_of(close_over("s3cret-token"))
    assert "captured value" in member.facts
    assert "s3cret-token" not in str(member)


def plainly_wrapped(function: Any) -> Any:
    return lambda: function()


def test_the_body_counts_behind_a_decorator_that_hides_it() -> None:
    @asset(name="a")
    @plainly_wrapped
    def one() -> int:
        return 1

    @asset(name="a")
    @plainly_wrapped
    def other() -> int:
        return 2

    assert code_of(one) != code_of(other)


def test_what_a_decorator_was_given_counts() -> None:
    def times(count: int) -> Any:
        def decorate(function: Any) -> Any:
            @functools.wraps(function)
            def wrapper() -> Any:
                return [function() for _ in range(count)]

            return wrapper

        return decorate

    def make(count: int) -> AssetsDefinition:
        @asset
        @times(count)
        def a() -> int:
            return 1

        return a

    assert code_of(make(2)) != code_of(make(3))


def test_partials_methods_and_callable_objects() -> None:
    class Maker:
        def __init__(self, number: int) -> None:
            self.number = number

        def __call__(self) -> int:
            return self.number

        def method(self) -> int:
            return self.number + 1

    def add(a: int, b: int) -> int:
        return a + b

    different = [
        Maker(1),
        Maker(2),
        Maker(1).method,
        functools.partial(add, b=1),
        functools.partial(add, b=2),
        len,
    ]
    digests = [fingerprint_function(function) for function in different]
    assert len(set(digests)) == len(digests)
    assert fingerprint_function(Maker(1)) == digests[0]


def compile_function(text: str) -> Any:
    names: dict[str, Any] = {}
    exec(text, names)
    return names["f"]


def test_without_source_the_bytecode_counts() -> None:
    one, same, other = (
        fingerprint_function(compile_function(text))
        for text in ("def f(): return 1", "def f():\n    'Doc.'\n    return 1", "def f(): return 2")
    )
    assert one == same
    assert one != other


def test_a_code_version_replaces_the_code() -> None:
    @asset(name="a", code_version="3")
    def one() -> int:
        return 1

    @asset(name="a", code_version="3")
    def same() -> int:
        return 2

    @asset(name="a", code_version="4")
    def other() -> int:
        return 1

    assert code_of(one) == code_of(same) != code_of(other)
    assert member_of(one).source == "code_version = '3'"


def config_of(**options: Any) -> str:
    @asset(name="a", **options)
    def a(context: Any, x: list) -> int:
        return 1

    return fingerprint_one(a).config


def test_the_config_is_what_decides_how_it_runs() -> None:
    plain = config_of()
    assert config_of(partitions_def=StaticPartitionsDefinition(["a"])) != plain
    assert config_of(description="x", tags={"t": "1"}, group_name="g", owners=["o@x.y"]) == plain
    assert config_of(kinds=["k"], metadata={"m": 1}, pool="p", timeout=3) == plain
    assert config_of(deps=[AssetDep("other"), AssetKey("third")]) == plain


def test_storing_parameters_and_context_are_config() -> None:
    @asset(name="a")
    def stores(x: list) -> int:
        return 1

    @asset(name="a")
    def keeps_it_itself(x: list) -> None:
        return None

    @asset(name="a")
    def knows_its_context(context: Any, x: list) -> int:
        return 1

    @asset(name="a")
    def reads_another(y: list) -> int:
        return 1

    configs = {fingerprint_one(each).config for each in (stores, keeps_it_itself, knows_its_context, reads_another)}
    assert len(configs) == 4


def test_the_io_manager_is_its_own_part() -> None:
    def make(io_manager_key: str | None) -> AssetsDefinition:
        @asset(name="a", io_manager_key=io_manager_key)
        def a() -> int:
            return 1

        return a

    one, other = (fingerprint_one(make(key)) for key in (None, "json"))
    assert one.io != other.io
    assert (one.code, one.config) == (other.code, other.config)


SCRIPT = """
import sys
sys.path.insert(0, sys.argv[1])
import made
from assetmake.discovery.fingerprint import fingerprint_function
print(fingerprint_function(made.f), fingerprint_function(made.g))
loaded = {"duckdb", "pyarrow", "networkx", "pandas", "polars"} & set(sys.modules)
assert not loaded, loaded
"""


def test_other_processes_agree_whatever_their_hash_seed(tmp_path: Path) -> None:
    (tmp_path / "made.py").write_text(
        "def make(value):\n    def f(x):\n        return x in {'a', 'b', 'c'}, value\n    return f\n"
        "f = make({'p', 'q', 'r', frozenset({'s', 't'})})\n"
        'exec(\'def g(x): return x in {1, "u", "v"}\')\n'
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT, str(tmp_path)],
            env={"PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(printed) == 1


def test_the_scheme_stands_still() -> None:
    """A digest that changes here makes every project's world stale: raise SCHEME and migrate instead."""
    source = (
        "def f(a, /, b: 'int' = 5, *args, c=None, **kw) -> 'dict[str, int]':\n"
        "    x = f'{a!r:>{b}}{c:}{c=}' 'tail' f'{{}}'\n"
        "    match a:\n"
        "        case {'k': [1, *rest], **more} if rest: return None\n"
        "        case None | True: return lambda q=1: q\n"
        "    return [i async for i in x], {3, 1, 2}, x[1:, ..., ::2], b'x', '\u2028', 1j, not b\n"
    ).replace("def f", "async def f")
    definition = Outline(source).find_named("f")[0]
    assert (SCHEME, definition.body.identity[:16]) == (2, "bd6bebe9bf8acd56")


def test_a_generic_type_that_code_holds_counts_with_its_arguments() -> None:
    def fingerprint(kind: object) -> str:
        return fingerprint_function(functools.partial(cast, kind))

    assert fingerprint(list[int]) != fingerprint(list[str])
    assert fingerprint(Literal["a"]) != fingerprint(Literal["b"])
    assert fingerprint(int | None) == fingerprint(Optional[int])  # noqa: UP045  both spellings are compared
