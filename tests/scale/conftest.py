"""What is asked of very many rows is planned as it is for users."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from databases import Pool


@pytest.fixture(scope="module", autouse=True)
def optimized(databases: Pool) -> Iterator[None]:
    databases.optimizes = True
    yield
    databases.optimizes = False
