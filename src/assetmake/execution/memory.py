"""Memory: whether the machine, or the control group that this process is in, is about to run out of it.

Read from Linux's /proc and /sys. Where those are missing nobody is ever short.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_SHARE = 0.05
_MOST = 1 << 30
"""Less than a twentieth of all memory is little, and so is less than a GiB where that is less than a twentieth."""
_SECONDS_BETWEEN = 0.2


@dataclass(frozen=True, slots=True)
class _Group:
    """A control group with a limit: what it uses, less the cached files that it would give up, is to stay below."""

    limit: int
    usage: Path
    stat: Path
    reclaimable: str

    def is_short(self) -> bool:
        used = int(self.usage.read_text(encoding="ascii"))
        cached = _read_fields(self.stat).get(self.reclaimable, 0)
        return self.limit - used + cached < _find_floor(self.limit)


def watch_memory(root: Path = Path("/"), clock: Callable[[], float] = time.monotonic) -> Callable[[], bool]:
    """Return a function that tells whether memory is short; it looks a few times a second at most.

    Args:
        root: What /proc and /sys are below.
        clock: A monotonic clock, in seconds.
    """
    meminfo = root / "proc/meminfo"
    total = _read_fields(meminfo).get("MemTotal", 0) * 1024
    groups = [group for group in _find_groups(root) if group.limit < (total or 1 << 62)]
    looked_at, short = clock() - _SECONDS_BETWEEN, False

    def is_short() -> bool:
        nonlocal looked_at, short
        now = clock()
        if now - looked_at >= _SECONDS_BETWEEN:
            looked_at, short = now, _is_machine_short(meminfo) or any(_is_group_short(group) for group in groups)
        return short

    return is_short


def _is_machine_short(meminfo: Path) -> bool:
    found = _read_fields(meminfo)
    available, total = found.get("MemAvailable"), found.get("MemTotal")
    return available is not None and total is not None and available * 1024 < _find_floor(total * 1024)


def _is_group_short(group: _Group) -> bool:
    with suppress(OSError, ValueError):
        return group.is_short()
    return False


def _find_floor(total: int) -> float:
    return min(_SHARE * total, _MOST)


def _find_groups(root: Path) -> Iterator[_Group]:
    """Return the control groups that this process is in and that have a limit, of both versions.

    In a container the path that /proc tells may be the host's; then the top of what is mounted is the container's.
    """
    mounted = root / "sys/fs/cgroup"
    for line in _read(root / "proc/self/cgroup").splitlines():
        number, controllers, path = line.split(":", 2)
        inside = [Path(path.lstrip("/")), *Path(path.lstrip("/")).parents]
        if number == "0" and not controllers:
            for folder in (mounted / each for each in inside):
                with suppress(OSError, ValueError):
                    limit = int(_read(folder / "memory.max"))
                    yield _Group(limit, folder / "memory.current", folder / "memory.stat", "inactive_file")
        elif "memory" in controllers.split(","):
            for folder in (mounted / "memory" / each for each in inside):
                with suppress(OSError, ValueError):
                    limit = int(_read(folder / "memory.limit_in_bytes"))
                    usage = folder / "memory.usage_in_bytes"
                    yield _Group(limit, usage, folder / "memory.stat", "total_inactive_file")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""


def _read_fields(path: Path) -> dict[str, int]:
    """Read lines of a name and a number: `MemTotal: 24683656 kB`, `inactive_file 110592`."""
    rows = (line.split() for line in _read(path).splitlines())
    return {row[0].rstrip(":"): int(row[1]) for row in rows if len(row) > 1 and row[1].isdigit()}
