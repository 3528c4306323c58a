"""Cron schedules of declarations, checked where they are written."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence

from assetmake.definitions.cadence import find_zone
from assetmake.definitions.cron import parse_cron
from assetmake.errors import DefinitionError

_STEP = re.compile(r"/(\d+)", re.ASCII)
_FIELD_SIZES = (60, 24, 31, 12, 7)


def check_times(cron_schedule: str | Sequence[str] | None, timezone: str | None, *, name: str) -> None:
    """Check when a schedule occurs: one cron expression or several, in a zone.

    Raises:
        DefinitionError: an expression or the zone is wrong, or there is none.
    """
    several = [cron_schedule] if isinstance(cron_schedule, str) else list(cron_schedule or ())
    if not several:
        raise DefinitionError(f"schedule {name}: Found invalid cron schedule {cron_schedule!r}: there is none")
    for cron in several:
        try:
            parse_cron(cron)
        except DefinitionError as error:
            raise DefinitionError(
                f"schedule {name}: Found invalid cron schedule: {error.message}", hint=error.hint
            ) from None
        if _has_long_step(cron):
            warnings.warn(
                f"schedule {name}: Found a cron schedule with an interval greater than the expected range: {cron!r} "
                "occurs more often than it seems to say. Give several cron expressions instead.",
                stacklevel=5,
            )
    if timezone is not None:
        find_zone(timezone)


def _has_long_step(cron: str) -> bool:
    return any(
        int(step) > size
        for field, size in zip(cron.split(), _FIELD_SIZES, strict=False)
        for step in _STEP.findall(field)
    )
