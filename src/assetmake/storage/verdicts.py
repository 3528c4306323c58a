"""Verdicts of checks, as the state has them; a trace of an asset has none."""

from __future__ import annotations

PASSED, WARNED, FAILED = "passed", "warned", "failed"
