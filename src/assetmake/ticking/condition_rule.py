"""Automation conditions, decided: which assets and partitions are to be made without being asked for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime

from assetmake.definitions.asset_key import AssetKey
from assetmake.definitions.cadence import Cadence, make_cadence
from assetmake.discovery.rule_records import STOPPED, RuleRecord
from assetmake.errors import DefinitionError
from assetmake.graph.asset_graph import AssetGraph
from assetmake.graph.selection import Selection
from assetmake.planning.automation_facts import Facts
from assetmake.planning.history import read_last_builds
from assetmake.planning.subsets import NOTHING, Runs, subtract, unite
from assetmake.project import Project
from assetmake.storage.automation_book import list_open
from assetmake.storage.state import Database
from assetmake.ticking.decision import Answer, Decision, Kind, Known, Request, Wanted
from assetmake.ticking.evaluating import Evaluation
from assetmake.ticking.memory import Memory, read_memory
from assetmake.ticking.outcome import Outcome
from assetmake.ticking.reasons import Reasons
from assetmake.ticking.standpoint import Round, take_standpoint
from assetmake.ticking.tree import walk


def decide_conditions(project: Project, db: Database, known: Mapping[str, Known], now: datetime) -> Iterable[Decision]:
    """Evaluate the conditions of all assets and checks, upstream first; nothing of the user's is run."""
    automation, graph = project.manifest.automation, project.graph
    rules = {rule.asset: rule for rule in automation.conditions if rule.asset in graph.records}
    if not rules:
        return ()
    view = project.look(db).view
    requested = [row.wanted for row in list_open(db)]
    past = {rule: (memory, known[str(rule)].evaluated_at) for rule, memory in _read_memories(rules, known)}
    around = Round(
        facts=Facts(view, graph, project.site.runs.list_alive(), requested),
        now=now,
        rules=rules,
        policies={policy.asset: policy for policy in automation.policies},
        memories={key: memory for key, (memory, _) in past.items()},
        evaluated={key: at for key, (_, at) in past.items()},
        last_built={key: last.built_at for key, last in read_last_builds(db, graph.records).items()},
    )
    return [_decide(around, rules[key], known.get(str(key)), now) for key in _order(graph, rules)]


def observe_for_conditions(
    project: Project, names: Collection[str] = (), *, stopped: Callable[[], bool] = lambda: False
) -> tuple[str, ...]:
    """Look at what others make, as far as assets with a condition read it; return what a person should know of that.

    Args:
        project: The project.
        names: Only assets of these names; none: all.
        stopped: Tells whether to end now.
    """
    graph = project.graph
    assets = {graph.find_asset(rule.asset) for rule in _list_active(project) if not names or str(rule.asset) in names}
    readers = [key for key in sorted(assets) if graph.observed.keys() & {edge.upstream for edge in graph.upstream[key]}]
    if not readers:
        return ()
    return project.observe(Selection(tuple(f"key:{key}" for key in readers)), stopped=stopped)


def _list_active(project: Project) -> Iterator[RuleRecord]:
    for rule in project.manifest.automation.conditions:
        if rule.asset in project.graph.records and rule.status != STOPPED and not rule.problem:
            yield rule


def _read_memories(rules: Iterable[AssetKey], known: Mapping[str, Known]) -> Iterator[tuple[AssetKey, Memory]]:
    for key in rules:
        memory = read_memory(known[str(key)].memory) if str(key) in known else None
        if memory is not None:
            yield key, memory


def _order(graph: AssetGraph, rules: Mapping[AssetKey, RuleRecord]) -> list[AssetKey]:
    """Return the assets in order, each followed by its checks: what is requested of them counts further down."""
    return [key for asset in graph.order for key in (asset, *graph.list_checks([asset])) if key in rules]


def _decide(around: Round, rule: RuleRecord, known: Known | None, now: datetime) -> Decision:
    name = str(rule.asset)
    if rule.status == STOPPED:
        return Decision(Kind.CONDITION, name, Answer.STOPPED, "the sensor that evaluates it is stopped")
    if rule.problem:
        reason = f"asset {name} ({rule.place}): {rule.problem}"
        return Decision(Kind.CONDITION, name, Answer.FAILED, reason)
    if known is not None and now <= known.evaluated_at:
        return Decision(Kind.CONDITION, name, Answer.NOT_DUE, "it was evaluated at this time, or a later one")
    stand = take_standpoint(around, rule.asset)
    reasons = Reasons(rule.asset, around.facts)
    outcome = Evaluation(stand, reasons.find_cause).run()
    _note_requested(around, rule.asset, outcome.true)
    occurred = now if outcome.true else None if known is None else known.occurred_at
    memory = stand.after.write()
    return Decision(
        Kind.CONDITION,
        name,
        Answer.DUE if outcome.true else Answer.NOT_DUE,
        _tell_due(around.facts, rule, outcome, reasons) if outcome.true else reasons.find_obstacle(outcome),
        requests=_request(around.facts, rule, outcome),
        next_at=_find_next(around, rule),
        detail=reasons.list_tree(outcome),
        known=None if _is_idle(rule, known, memory, now) else Known(now, occurred, memory=memory),
    )


def _tell_due(facts: Facts, rule: RuleRecord, outcome: Outcome, reasons: Reasons) -> str:
    cause = reasons.find_cause(outcome) or reasons.find_standing(outcome)
    is_standing = not subtract(outcome.true, facts.find_standing(rule.asset))
    record = facts.graph.assets.get(rule.asset)
    if is_standing and record is not None and record.partitions is not None and not facts.graph.upstream[rule.asset]:
        cause += "; it reads nothing that can change, so what was built is kept while its code is the same"
    return cause


def _is_idle(rule: RuleRecord, known: Known | None, memory: str, now: datetime) -> bool:
    """Tell whether nothing needs to be kept: the next evaluation would find the same if this one had not been."""
    if known is None or memory != known.memory or '"requested"' in memory:
        return False
    since = int(known.evaluated_at.timestamp() // 1) + 1
    return not any(cadence.between(since, int(now.timestamp() // 1) + 1) for cadence in _list_cadences(rule))


def _list_cadences(rule: RuleRecord) -> list[Cadence]:
    return [
        make_cadence(each.argument("cron_schedule"), each.argument("cron_timezone"))
        for each in walk(rule.condition)
        if each.kind == "cron_tick_passed"
    ]


def _note_requested(around: Round, key: AssetKey, true: Runs) -> None:
    """Note what is requested, and all that one call makes with it."""
    if not true:
        return
    graph = around.facts.graph
    record = graph.records[key]
    for member in (key, *(() if record.can_subset else graph.units.get(key, ()))):
        runs = (
            true
            if member == key
            else around.facts.find_universe(member).locate(around.facts.find_universe(key).spell(true))
        )
        around.requested[member] = unite(around.requested.get(member, NOTHING), runs)


def _request(facts: Facts, rule: RuleRecord, outcome: Outcome) -> tuple[Request, ...]:
    if not outcome.true:
        return ()
    universe = facts.find_universe(rule.asset)
    spans = None if universe.definition is None else universe.list_spans(outcome.true)
    asset = facts.graph.find_asset(rule.asset)
    return (Request(Wanted({str(asset): spans}, tags=rule.tags)),)


def _find_next(around: Round, rule: RuleRecord) -> datetime | None:
    """Return when a clock alone may change the answer."""
    now = int(around.now.timestamp() // 1)
    found: list[int] = []
    for cadence in _list_cadences(rule):
        with suppress(DefinitionError):  # it never occurs again
            found.append(cadence.ceil(now + 1))
    if any(each.kind == "in_latest_time_window" for each in walk(rule.condition)):
        definition = around.facts.find_universe(rule.asset).definition
        changes = None if definition is None else definition.changes_at(around.now)
        found += [] if changes is None else [changes]
    return datetime.fromtimestamp(min(found), UTC) if found else None
