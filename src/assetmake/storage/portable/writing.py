"""write_state: all that is recorded and means something on other machines, as sorted lines.

What belongs to this machine stays here: runs, logs, failures, claims, what stat said of files. So do places outside of
the project, and the key that values of environment variables are hashed with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assetmake.storage.columns import int32_column, shown_table, text_column
from assetmake.storage.places import IS_UNSEEN
from assetmake.storage.portable.lines import (
    FINGERPRINT,
    FORMAT,
    HEADER,
    KIND,
    MEMBER,
    MOMENT,
    name_content,
    write_line,
)
from assetmake.storage.rows import fetch_row

if TYPE_CHECKING:
    import duckdb

_BATCH = 20_000


@dataclass(slots=True)
class Written:
    """What was written, and what could not be.

    Attributes:
        nodes: How many traces of assets were.
        checks: How many traces of checks were.
        elsewhere: Nodes that an IO manager of the user's keeps outside of the project.
        unsure: Nodes of which nobody can tell what stands, as a build of them is under way or was killed.
    """

    nodes: int = 0
    checks: int = 0
    elsewhere: int = 0
    unsure: int = 0


def write_state(db: duckdb.DuckDBPyConnection, written: Written) -> Iterator[list[str]]:
    """Yield lines, in batches; inside a block of the state.

    Args:
        db: The state.
        written: Is told what was written.
    """
    yield [write_line({HEADER: KIND, "format": FORMAT})]
    written.elsewhere = _count(db, _IS_ELSEWHERE)
    written.unsure = _count(db, f"{_IS_UNSURE} and not {_IS_ELSEWHERE}")
    yield from _read_lines(db, _DECISIONS)
    yield from _read_lines(db, _DYNAMIC_KEYS)
    fingerprints, members = _read_fingerprints(db)
    yield sorted(write_line({FINGERPRINT: name, **content}) for name, content in fingerprints.values())
    yield sorted({write_line({MEMBER: name, **content}) for name, content in members.values()})
    named = {
        "id": int32_column(fingerprints),
        "name": text_column([name for name, _ in fingerprints.values()]),
    }
    with shown_table(db, "named", named):
        for batch in _read_lines(db, _NODES):
            written.nodes += len(batch)
            yield batch
    written.checks = _count(db, f"t.verdict is not null and {_TRAVELS}")
    written.nodes -= written.checks
    yield from _read_lines(db, _OBSERVATIONS)
    yield from _read_lines(db, _SOURCES)


_IS_ELSEWHERE = "coalesce(t.place like '/%', false)"
_IS_UNSURE = f"({IS_UNSEEN} and (t.asset, t.part) in (select (asset, part) from state.claims))"
_TRAVELS = f"not {_IS_ELSEWHERE} and not {_IS_UNSURE}"


def _hex(column: str) -> str:
    return f"lpad(lower(to_hex({column})), 32, '0')"


def _moment(column: str) -> str:
    return f"strftime({column}, '{MOMENT}')"


def _key(column: str) -> str:
    return f"coalesce(to_json({column})::varchar, 'null')"


def _optional(name: str, column: str) -> str:
    return f"coalesce(',\"{name}\":' || to_json({column})::varchar, '')"


_LINE_OF_NODE = (
    "concat('{\"node\":', name, ',\"key\":', key_text, ',\"part\":', part_text,"
    f' \',"built_at":"\', {_moment("built_at")}, \'","run":\', to_json(run),'
    " ',\"fingerprint\":\"', fingerprint_name, '\"',"
    f" ',\"inputs\":', to_json(list_transform(inputs, lambda each: {_hex('each')})),"
    f" ',\"data\":\"', {_hex('data')}, '\"',"
    f" {_optional('suffix', 'suffix')}, {_optional('place', 'place')},"
    " case when suffix is null and place is null then ''"
    f" else concat(',\"size\":', size, ',\"content\":\"', {_hex('content')}, '\"') end,"
    " ',\"seconds\":', seconds::varchar,"
    f" {_optional('rows', 'rows')}, {_optional('metadata', 'metadata')}, {_optional('undeclared', 'undeclared')},"
    f" {_optional('invalidated', 'invalidated')}, {_optional('verdict', 'verdict')},"
    " ',\"revision\":', coalesce(revision, 0), ',\"changed\":', coalesce(changed, 0), '}')"
)
_NODES = (
    f"select {_LINE_OF_NODE} from ("
    f"  select to_json(a.key)::varchar as name, {_key('t.key')} as key_text, t.part::varchar as part_text,"
    "  n.name as fingerprint_name, t.* from state.traces t join state.assets a on a.id = t.asset"
    f"  join named n on n.id = t.fingerprint where {_TRAVELS} order by 1, 2, 3)"
)
_DECISIONS = (
    f"select concat('{{\"decision\":', to_json(a.key), ',\"key\":', {_key('d.key')}, ',\"part\":', d.part,"
    f' \',"made_at":"\', {_moment("d.made_at")}, \'","action":\', to_json(d.action),'
    " ',\"reason\":', to_json(d.reason), ',\"actor\":', to_json(d.actor), '}') as line"
    " from state.decisions d join state.assets a on a.id = d.asset order by line"
)
_DYNAMIC_KEYS = (
    "select concat('{\"dynamic\":', to_json(name), ',\"key\":', to_json(key), ',\"position\":', position,"
    f" ',\"added_at\":\"', {_moment('added_at')}, '\"}}') as line from state.dynamic_keys order by line"
)
_OBSERVATIONS = (
    "select concat('{\"observation\":', to_json(source), ',\"key\":', to_json(key), ',\"number\":', number,"
    " ',\"version\":', to_json(version), ',\"seen_at\":', seen_at, ',\"changed\":', coalesce(changed, 0), '}') as line"
    " from state.observations order by line"
)
_SOURCES = (
    "select concat('{\"source\":', to_json(path), ',\"size\":', size,"
    f" ',\"content\":\"', {_hex('content')}, '\",\"changed\":', coalesce(changed, 0), '}}') as line"
    " from state.sources where not path like '/%' order by line"
)


def _count(db: duckdb.DuckDBPyConnection, condition: str) -> int:
    found = fetch_row(db, f"select count(*) from state.traces t where {condition}")
    return int(found[0]) if found else 0


def _read_lines(db: duckdb.DuckDBPyConnection, query: str) -> Iterator[list[str]]:
    rows = db.execute(query)
    while batch := rows.fetchmany(_BATCH):
        yield [line for (line,) in batch]


_Named = Mapping[int, tuple[str, Mapping[str, Any]]]


def _read_fingerprints(db: duckdb.DuckDBPyConnection) -> tuple[_Named, _Named]:
    """Return the fingerprints that traces have, and what those are made of: names and contents, by their number."""
    names: dict[int, str] = dict(db.execute("select id, key from state.assets").fetchall())
    rows = db.execute(
        "select id, asset, coalesce(scheme, 0), code, config, io, environment, members, upstreams, details"
        f" from state.fingerprints where id in (select fingerprint from state.traces t where {_TRAVELS}) order by id"
    ).fetchall()
    members: dict[int, tuple[str, Mapping[str, Any]]] = {}
    for number, name, source, facts, links in db.execute(
        "select id, name, source, facts, links from state.members"
        " where id in (select unnest(members) from state.fingerprints"
        f" where id in (select fingerprint from state.traces t where {_TRAVELS}))"
    ).fetchall():
        content = {"name": name, "source": source, "facts": facts, "links": links}
        members[number] = name_content(MEMBER, content), content
    found: dict[int, tuple[str, Mapping[str, Any]]] = {}
    for number, asset, scheme, code, config, io, environment, several, upstreams, details in rows:
        content = {
            "asset": names[asset],
            "scheme": scheme,
            "code": code,
            "config": config,
            "io": io,
            "environment": environment,
            "upstreams": [names[each] for each in upstreams or ()],
            "members": [members[each][0] for each in several or ()],
            "details": details or "",
        }
        found[number] = name_content(FINGERPRINT, content), content
    return found, members
