"""The rules that assets have beside schedules and sensors: each kind with what decides about it."""

from __future__ import annotations

from collections.abc import Mapping

from assetmake.ticking.condition_rule import decide_conditions
from assetmake.ticking.decision import Kind, Rule
from assetmake.ticking.freshness_rule import decide_freshness

RULES: Mapping[Kind, Rule] = {Kind.CONDITION: decide_conditions, Kind.FRESHNESS: decide_freshness}
