"""What all tests share: system tests say why they skip, and CI fails where all of a group did."""

from __future__ import annotations

import sys

import pytest
from hypothesis import HealthCheck, settings

from assetmake.storage import state
from databases import Pool
from fresh import FreshProcesses, end_fresh, start_fresh

# No test depends on how fast the machine is.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

# What a finalizer raises is not told: it is told in the midst of a collection, by code that parses, and Python 3.11
# fails in a parser that is interrupted by another one.
sys.unraisablehook = lambda _: None

POOL = Pool(state.open_database)
state.open_database = POOL.open


@pytest.fixture(scope="session")
def databases() -> Pool:
    return POOL


@pytest.fixture(scope="session")
def fresh() -> FreshProcesses:
    return start_fresh()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--require-system",
        action="store_true",
        help="fail where every test that needs something of the operating system was skipped",
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if all_skipped(terminalreporter):
        terminalreporter.write_line("every test marked `system` was skipped")


def pytest_sessionfinish(session: pytest.Session) -> None:
    end_fresh()
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if session.config.getoption("--require-system") and reporter is not None and all_skipped(reporter):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def all_skipped(reporter: pytest.TerminalReporter) -> bool:
    """Tell whether tests marked `system` were met and all of them were skipped."""
    ran = [each for outcome in ("passed", "failed") for each in reporter.stats.get(outcome, ())]
    skipped = reporter.stats.get("skipped", ())
    tests = [each for each in skipped if isinstance(each, pytest.TestReport)]  # and not modules that cannot be imported
    return any("system" in each.keywords for each in tests) and not any("system" in each.keywords for each in ran)
