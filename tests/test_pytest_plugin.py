"""The pytest plugin, in pytest sessions that run in this process."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pydantic
import pytest

import assetmake

pytest_plugins = ["pytester"]

PLUGIN = "assetmake.pytest_plugin"
PROJECT = """
    from pathlib import Path

    from assetmake import AssetCheckResult, ConfigurableResource, Definitions, FileSource, asset, asset_check

    typed = FileSource("typed", "typed.txt")

    class Shop(ConfigurableResource):
        def count(self):
            raise ConnectionError("the real shop")

    @asset
    def orders(shop: Shop, typed: Path) -> int:
        return shop.count() + int(typed.read_text()) + int(Path("undeclared.txt").read_text())

    @asset
    def total(orders: int) -> int:
        return 2 * orders

    @asset_check(asset=total)
    def is_small(total: int) -> AssetCheckResult:
        return AssetCheckResult(passed=total < 50)

    defs = Definitions(assets=[orders, total], asset_checks=[is_small], resources={"shop": Shop()})
"""
KEPT = """

from assetmake import FilesystemIOManager

@asset(io_manager_key="folder", resource_defs={"folder": FilesystemIOManager()})
def kept(orders: int) -> int:
    return orders
"""
FAKE = """
    import pytest

    class FakeShop:
        def count(self):
            return 10

    @pytest.fixture
    def assetmake_resources():
        return {"shop": FakeShop()}
"""


@pytest.fixture(scope="module", autouse=True)
def everything_imported() -> None:
    """Have all modules imported: pytester forgets those that a session of its own imports."""
    assert pydantic
    for each in pkgutil.walk_packages(assetmake.__path__, "assetmake."):
        if not each.name.endswith("__main__"):
            importlib.import_module(each.name)


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project with a fake of its shop, without tests."""
    pytester.makeini("[pytest]\npythonpath = .\n")
    pytester.makefile(".toml", assets="")
    pytester.makefile(".txt", typed="1", undeclared="2")
    pytester.makepyfile(assets=PROJECT)
    pytester.makeconftest(FAKE)
    return pytester


def run(pytester: pytest.Pytester, test: str, *, passed: int = 0, failed: int = 0, errors: int = 0) -> str:
    pytester.makepyfile(test_project=test)
    done = pytester.runpytest_inprocess("-p", PLUGIN, "-p", "no:cacheprovider", "-p", "no:xdist")
    done.assert_outcomes(passed=passed, failed=failed, errors=errors)
    return "\n".join(done.outlines)


def test_a_project_is_built_with_the_resources_of_the_test(project: pytest.Pytester) -> None:
    run(
        project,
        """
        def test_it(assetmake_project):
            first = assetmake_project.build()
            assert first.success
            assert first.ran == ["orders", "total", "total:is_small"]
            assert first.checks == {"total:is_small": "passed"}
            assert assetmake_project.value("total") == 26
            assert assetmake_project.build().ran == []
            assert assetmake_project.check(force=True).ran == ["total:is_small"]
        """,
        passed=1,
    )


def test_every_test_begins_with_nothing_built_and_leaves_nothing(project: pytest.Pytester) -> None:
    before = sorted(project.path.iterdir())
    assets = project.path / "assets.py"
    assets.write_text(assets.read_text() + KEPT)
    run(
        project,
        """
        import pytest

        @pytest.mark.parametrize("time", [1, 2])
        def test_it(assetmake_project, time):
            assert assetmake_project.plan().plan.busy
            assert assetmake_project.build("orders", "kept").ran == ["orders", "kept"]
        """,
        passed=2,
    )
    left = {each.name for each in project.path.iterdir()} - {each.name for each in before}
    assert left - {"__pycache__"} == {"test_project.py"}


def test_what_a_test_changes_in_a_module_holds(project: pytest.Pytester) -> None:
    run(
        project,
        """
        import assets

        def test_it(assetmake_project, monkeypatch):
            monkeypatch.setattr(assets.Path, "read_text", lambda self: "100")
            done = assetmake_project.build()
            assert assetmake_project.value("total") == 420
            assert done.checks == {"total:is_small": "failed"}
            assert not done.success
        """,
        passed=1,
    )


def test_the_current_folder_is_the_projects_only_while_it_builds(project: pytest.Pytester) -> None:
    run(
        project,
        """
        import os

        def test_it(assetmake_project, monkeypatch, tmp_path):
            monkeypatch.chdir(tmp_path)
            assert assetmake_project.build().success
            assert os.getcwd() == str(tmp_path)
        """,
        passed=1,
    )


def test_a_module_that_does_not_import_is_told(project: pytest.Pytester) -> None:
    (project.path / "assets.toml").write_text('[project]\nmodules = ["assets", "lost"]\n')
    project.makepyfile(lost="import there_is_no_such_library")
    run(
        project,
        """
        def test_it(assetmake_project):
            done = assetmake_project.build("total")
            assert "there_is_no_such_library" in assetmake_project.broken["lost"]
            assert done.ran == ["orders", "total", "total:is_small"]
            assert not done.success
        """,
        passed=1,
    )


def test_two_projects_of_one_session_are_kept_apart(pytester: pytest.Pytester) -> None:
    for name in ("north", "south"):
        folder = pytester.mkdir(name)
        (folder / "assets.toml").touch()
        (folder / "assets.py").write_text(
            f"from assetmake import asset\n@asset\ndef {name}() -> str:\n    return __name__"
        )
        (folder / f"test_{name}.py").write_text(
            f"def test_it(assetmake_project):\n    assert assetmake_project.build().ran == [{name!r}]\n"
        )
    done = pytester.runpytest_inprocess("-p", PLUGIN, "-p", "no:cacheprovider", "-p", "no:xdist")
    done.assert_outcomes(passed=2)


def test_a_folder_without_init_stays_imported_as_the_tests_imported_it(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\npythonpath = .\n")
    (pytester.path / "assets.toml").write_text('[project]\nmodules = ["plain.parts"]\n')
    (pytester.mkdir("plain") / "parts.py").write_text(
        "from assetmake import asset\nSIZE = 1\n@asset\ndef one() -> int:\n    return SIZE\n"
    )
    run(
        pytester,
        """
        import plain.parts
        import pytest

        @pytest.mark.parametrize("size", [2, 3])
        def test_it(assetmake_project, monkeypatch, size):
            monkeypatch.setattr("plain.parts.SIZE", size)
            assert assetmake_project.build().success
            assert assetmake_project.value("one") == size
        """,
        passed=2,
    )


def test_the_option_says_where_the_project_is(pytester: pytest.Pytester) -> None:
    folder = pytester.mkdir("pipelines")
    (folder / "assets.toml").touch()
    (folder / "assets.py").write_text("from assetmake import asset\n@asset\ndef one() -> int:\n    return 1\n")
    pytester.makeini("[pytest]\nassetmake_project = pipelines\n")
    run(pytester, "def test_it(assetmake_project): assert assetmake_project.build().ran == ['one']", passed=1)


def test_without_a_project_the_fixture_says_what_to_do(pytester: pytest.Pytester) -> None:
    printed = run(pytester, "def test_it(assetmake_project): pass", errors=1)
    assert "assetmake_project = " in printed
    assert "assets.toml" in printed


def test_materialize_has_the_instance_and_the_resources_of_the_test(project: pytest.Pytester) -> None:
    run(
        project,
        """
        import pytest
        from assets import Shop, orders, total, typed

        from assetmake import asset

        @pytest.fixture
        def one_hundred():
            class Other:
                def count(self):
                    return 100
            return {"shop": Other()}

        def test_two_calls_have_one_memory(materialize, assetmake_instance):
            assert materialize([typed, orders]).output_for_node("orders") == 13
            assert materialize([orders, total], selection=[total]).output_for_node("total") == 26
            assert assetmake_instance.get_latest_materialization_event(orders.key)

        def test_another_test_remembers_nothing(assetmake_instance):
            assert assetmake_instance.get_latest_materialization_event(orders.key) is None

        def test_a_call_may_have_its_own(materialize, one_hundred):
            assert materialize([typed, orders], resources=one_hundred).output_for_node("orders") == 103

        def test_errors_are_raised_or_told(materialize):
            @asset
            def broken():
                raise KeyError("lost")
            with pytest.raises(KeyError, match="lost"):
                materialize([broken])
            assert not materialize([broken], raise_on_error=False).success
        """,
        passed=4,
    )


def test_every_session_of_an_environment_loads_the_plugin_and_the_package_and_nothing_else() -> None:
    code = (
        f"import sys, pytest, assetmake; before = set(sys.modules); import {PLUGIN}; print(*set(sys.modules) - before)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [PLUGIN]


def test_pytest_finds_the_plugin_by_its_own_name() -> None:
    """Else a session that names it with -p, too, would register it twice."""
    document = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())
    assert document["project"]["entry-points"]["pytest11"] == {PLUGIN: PLUGIN}
