"""What commands say of time is fixed, so that their texts can be compared."""

from __future__ import annotations

import pytest

import assetmake.cli.hearing
import assetmake.cli.plan


@pytest.fixture(autouse=True)
def fixed_stopwatch(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (assetmake.cli.hearing, assetmake.cli.plan):
        monkeypatch.setattr(module, "seconds_since_start", lambda: 0.18)
