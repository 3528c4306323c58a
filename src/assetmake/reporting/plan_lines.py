"""A plan and a status as lines for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator
from datetime import datetime

from assetmake.definitions.asset_key import AssetKey
from assetmake.planning.plan import Plan, Reason, Verdict, Verdicts, decode
from assetmake.reporting.display import display
from assetmake.reporting.idle_line import count, tell_checked, tell_up_to_date
from assetmake.reporting.paint import PLAIN, Paint
from assetmake.reporting.shapes import PlanShape
from assetmake.reporting.table import Cell, align
from assetmake.reporting.words import shorten_ranges, tell_ago, tell_reason
from assetmake.reporting.wrapping import wrap

NOTHING_SELECTED = "nothing is selected: no asset is in that state now"
_STATUS_HEADER = ("asset", "fresh", "stale", "waiting", "missing", "failed", "last build", "reason", "keys")
_STATUS_COLOURS = ("", "green", "yellow", "cyan", "yellow", "red")


def list_plan(view: PlanShape, *, seconds: float, paint: Paint = PLAIN, idle: str | None = None) -> Iterator[str]:
    """Return a line for each asset that has work, and one that sums up.

    Args:
        view: The plan.
        seconds: How long it took to make.
        paint: Colours.
        idle: What to say where it has no assets; default: that nothing is selected.
    """
    plan = view.plan
    if not (plan.verdicts or plan.checks):
        yield idle or NOTHING_SELECTED
        return
    if plan.is_idle and not plan.verdicts:
        yield tell_checked(sum(each.fresh for each in plan.checks.values()), seconds)
        return
    if plan.is_idle:
        yield tell_up_to_date(*view.count_nodes(), seconds)
        return
    rows = [_make_plan_row(view, key, verdicts) for key, verdicts in plan.list_all() if verdicts.parts]
    yield from align(rows, paint=paint)
    yield wrap(paint(summarize(plan), "bold"), paint.columns)


def summarize(plan: Plan) -> str:
    """Return what a build of a plan would run, in one line; what waits may turn out fresh."""
    bound = "≤ " if plan.waiting else ""
    counts = [(plan.stale, "stale"), (plan.waiting, "waiting"), (plan.fresh, "fresh")]
    told = ", ".join(f"{number:,} {word}" for number, word in counts if number)
    checks = f"; {bound}{count(plan.checks_to_make, 'check')} to make" if plan.checks_to_make else ""
    return f"{bound}{plan.work:,} to run{f': {told}' if told else ''}{checks}"


def list_status(
    view: PlanShape,
    keys: Iterable[AssetKey],
    *,
    now: datetime,
    late: Container[AssetKey] = (),
    paint: Paint = PLAIN,
) -> list[str]:
    """Return a row for each asset, below a header.

    Args:
        view: The plan that tells the verdicts.
        keys: The assets, in order.
        now: For the time since the last build.
        late: Which are older than they may be.
        paint: Colours.
    """
    rows = [_make_status_row(view, key, now, is_late=key in late) for key in keys if key in view.plan.verdicts]
    if not rows:
        return [] if view.plan.checks else [NOTHING_SELECTED]  # of a source, only checks are asked for
    header = [Cell(title.upper(), "bold") for title in _STATUS_HEADER]
    return align([header, *rows], paint=paint, right=range(1, 6))


def _make_plan_row(view: PlanShape, key: AssetKey, verdicts: Verdicts) -> list[Cell]:
    found = Counter(verdicts.codes).most_common()
    single = len(found) == 1
    reasons = [tell_reason(*decode(code)) + ("" if single else f" {number:,}") for code, number in found]
    counts = [(verdicts.stale, "stale"), (verdicts.waiting, "waiting"), (verdicts.fresh, "fresh")]
    if view.scope.definitions[key] is None:
        told = next(word for number, word in counts if number)
    else:
        told = ", ".join(f"{number:,} {word}" for number, word in counts if number)
    return [
        Cell(display(str(key)), "bold"),
        Cell(told, "yellow" if verdicts.stale else "cyan"),
        Cell(", ".join(reasons)),
        Cell(display(shorten_ranges(view.ranges(key, verdicts.parts))), "dim"),
    ]


def _make_status_row(view: PlanShape, key: AssetKey, now: datetime, *, is_late: bool) -> list[Cell]:
    verdicts = view.plan.verdicts[key]
    found = Counter(decode(code) for code in verdicts.codes)
    missing = found[Verdict.STALE, Reason.MISSING]
    failed = found[Verdict.STALE, Reason.FAILED]
    numbers = (verdicts.fresh, verdicts.stale - missing - failed, verdicts.waiting, missing, failed)
    counts = [Cell(f"{number:,}" if number else "-") for number in numbers]
    coloured = [
        Cell(cell.text, style if number else "dim")
        for cell, number, style in zip(counts, numbers, _STATUS_COLOURS[1:], strict=True)
    ]
    last = view.last_builds.get(key)
    built = tell_ago(last.built_at, now) if last else "never"
    reasons = [tell_reason(*each) for each, _ in found.most_common()]
    mended, dirty = view.mended.get(key, ()), set(verdicts.parts)
    if mended:
        number = "" if view.scope.definitions[key] is None else f"{len(mended):,} "
        reasons.append(f"{number}fresh, but failed when last asked for")
    parts = [part for part in view.scope.parts[key] if part in mended or part in dirty] if mended else verdicts.parts
    return [
        Cell(display(str(key)), "bold"),
        *coloured,
        Cell(built + ", late" * is_late, "yellow" if is_late else ""),
        Cell(", ".join(reasons) or "-"),
        Cell(display(shorten_ranges(view.ranges(key, parts))), "dim"),
    ]
