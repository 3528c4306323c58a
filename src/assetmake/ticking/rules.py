"""The rules that assets have beside schedules and sensors: each kind with what decides about it."""

from __future__ import annotations

from collections.abc import Mapping

from assetmake.ticking.decision import Kind, Rule

RULES: Mapping[Kind, Rule] = {}
