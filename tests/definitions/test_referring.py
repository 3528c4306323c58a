"""Where the code of assets stands, in their metadata: files of this machine, or addresses in a repository."""

from __future__ import annotations

import inspect
import pickle
from pathlib import Path

import pytest

import assetmake as dg
from assetmake.errors import DefinitionError, InvalidMetadataError

NAME = "dagster/code_references"


@dg.asset(metadata={"rank": 1})
def orders() -> int:
    return 1


@dg.multi_asset(specs=[dg.AssetSpec("a"), dg.AssetSpec("b", metadata={NAME: dg.CodeReferencesMetadataValue([])})])
def both() -> None: ...


SPEC = dg.AssetSpec("outside")
MAPPING = dg.AnchorBasedFilePathMapping(Path(__file__), "tests/definitions/test_referring.py")


def list_sources(spec: dg.AssetSpec) -> list[str]:
    told = spec.metadata[NAME]
    assert isinstance(told, dg.CodeReferencesMetadataValue)
    assert told.value is told
    return [each.source for each in told.code_references]


def test_an_asset_says_where_its_function_begins() -> None:
    located, several, spec = dg.with_source_code_references([orders, both, SPEC])
    line = inspect.getsourcelines(orders.function)[1]
    assert list_sources(located.spec) == [f"{__file__}:{line}"]
    assert located.spec.metadata["rank"] == 1
    assert located.metadata[NAME].code_references[0].line_number == line
    assert [list_sources(each) for each in several.specs] == [[f"{__file__}:{line + 5}"]] * 2
    assert spec is SPEC
    assert NAME not in orders.spec.metadata


@pytest.mark.parametrize(
    ("url", "platform", "root"),
    [
        ("https://github.com/own/shop", None, "https://github.com/own/shop/tree/main"),
        ("https://gitlab.com/own/shop", None, "https://gitlab.com/own/shop/-/tree/main"),
        ("https://code.own.org/shop", "gitlab", "https://code.own.org/shop/-/tree/main"),
    ],
)
def test_files_become_addresses_in_a_repository(url: str, platform: str | None, root: str) -> None:
    located = dg.with_source_code_references([orders, SPEC])
    linked, spec = dg.link_code_references_to_git(located, url, "main", MAPPING, platform)
    line = inspect.getsourcelines(orders.function)[1]
    assert list_sources(linked.spec) == [f"{root}/tests/definitions/test_referring.py#L{line}"]
    assert spec is SPEC
    (again,) = dg.link_code_references_to_git([linked], url, "other", MAPPING, platform)
    assert list_sources(again.spec) == list_sources(linked.spec)


def test_other_files_are_found_from_the_anchor() -> None:
    beside = Path(__file__).parent.parent / "conftest.py"
    assert MAPPING.convert_to_source_control_path(beside) == "tests/conftest.py"


def test_a_platform_that_is_not_known_is_refused() -> None:
    with pytest.raises(DefinitionError, match="Unable to infer the source control platform"):
        dg.link_code_references_to_git([orders], "https://code.own.org/shop", "main", MAPPING)


def test_references_are_kept_as_plain_values() -> None:
    told = dg.CodeReferencesMetadataValue([dg.LocalFileCodeReference("a.py", 3), dg.UrlCodeReference("https://b", "B")])
    assert pickle.loads(pickle.dumps(told)) == told
    assert dg.LocalFileCodeReference("a.py").source == "a.py"
    with pytest.raises(InvalidMetadataError, match="file_path"):
        dg.LocalFileCodeReference(3)  # type: ignore[arg-type]
    with pytest.raises(InvalidMetadataError, match="one of them"):
        dg.CodeReferencesMetadataValue(["a.py"])  # type: ignore[list-item]
