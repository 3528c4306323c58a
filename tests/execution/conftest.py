from __future__ import annotations

from pathlib import Path

import pytest
from workshop import FakeTime, Workshop

from assetmake.execution import jobs, outlook, recorder, scheduler, settling


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)


@pytest.fixture
def fake_time(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    """Time for the modules that wait."""
    fake = FakeTime()
    for module in (scheduler, settling, recorder, jobs, outlook):
        monkeypatch.setattr(module, "time", fake)
    return fake
