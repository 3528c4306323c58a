"""The lines of a travelling state: what each kind says, and how one that does not say it is told of.

Every line is a JSON object that begins with its kind and a name, so a file that is sorted by bytes has them in groups.
Fingerprints and members are named by a digest of what they say: two files that are laid together, line by line and
without a thought, still mean what each of them meant.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from assetmake.errors import StateError

FORMAT = 1
HEADER = "assetmake"
KIND = "state"
DYNAMIC, DECISION, FINGERPRINT, MEMBER = "dynamic", "decision", "fingerprint", "member"
NODE, OBSERVATION, SOURCE = "node", "observation", "source"
MOMENT = "%Y-%m-%dT%H:%M:%S.%fZ"
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{32}")
_LONGEST_SHOWN = 60
_MOST_BIG = 1 << 63

Line = dict[str, Any]
_Check = Callable[[Any], bool]


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_hash(value: Any) -> bool:
    return isinstance(value, str) and _HASH.fullmatch(value) is not None


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -_MOST_BIG <= value < _MOST_BIG


def _is_number(value: Any) -> bool:
    return _is_whole(value) or isinstance(value, float)


def _is_moment(value: Any) -> bool:
    if not isinstance(value, str) or _MOMENT.fullmatch(value) is None:
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _list_of(check: _Check) -> _Check:
    return lambda value: isinstance(value, list) and all(map(check, value))


def _or_none(check: _Check) -> _Check:
    return lambda value: value is None or check(value)


_REQUIRED: Mapping[str, Mapping[str, _Check]] = {
    HEADER: {"format": _is_whole},
    DECISION: {
        "key": _or_none(_is_text),
        "part": _is_whole,
        "made_at": _is_moment,
        "action": _is_text,
        "reason": _is_text,
        "actor": _is_text,
    },
    DYNAMIC: {"key": _is_text, "position": _is_whole, "added_at": _is_moment},
    FINGERPRINT: {
        "asset": _is_text,
        "scheme": _is_whole,
        "code": _is_text,
        "config": _is_text,
        "io": _is_text,
        "environment": _is_text,
        "upstreams": _list_of(_is_text),
        "members": _list_of(_is_hash),
        "details": _is_text,
    },
    MEMBER: {"name": _is_text, "source": _is_text, "facts": _is_text, "links": _is_text},
    NODE: {
        "key": _or_none(_is_text),
        "part": _is_whole,
        "built_at": _is_moment,
        "run": _is_text,
        "fingerprint": _is_hash,
        "inputs": _list_of(_is_hash),
        "data": _is_hash,
        "seconds": _is_number,
        "revision": _is_whole,
        "changed": _is_whole,
    },
    OBSERVATION: {
        "key": _is_text,
        "number": _is_whole,
        "version": _is_text,
        "seen_at": _is_whole,
        "changed": _is_whole,
    },
    SOURCE: {"size": _is_whole, "content": _is_hash, "changed": _is_whole},
}
_OPTIONAL: Mapping[str, Mapping[str, _Check]] = {
    NODE: {
        "suffix": _is_text,
        "place": _is_text,
        "size": _is_whole,
        "content": _is_hash,
        "rows": _is_whole,
        "metadata": _is_text,
        "undeclared": _is_text,
        "invalidated": _is_text,
        "verdict": _is_text,
    },
}


def write_line(line: Mapping[str, Any]) -> str:
    """Return a line as it stands in a file, without its end."""
    return json.dumps(line, ensure_ascii=False, separators=(",", ":"))


def name_content(kind: str, content: Mapping[str, Any]) -> str:
    """Return the name of a fingerprint or a member: a digest of all that it says."""
    said = {"kind": kind, **{name: content[name] for name in sorted(_REQUIRED[kind])}}
    return hashlib.sha256(write_line(said).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def read_line(text: str, *, place: str) -> tuple[str, Line]:
    """Return the kind of a line and what it says.

    Args:
        text: The line.
        place: Where it stands, for messages.

    Raises:
        StateError: it is damaged, or of a newer format.
    """
    try:
        line = json.loads(text)
    except (ValueError, RecursionError):
        raise _explain(place, f"it is no JSON: {_shorten(text.rstrip())}") from None
    kind = next(iter(line), "") if isinstance(line, dict) else ""
    required = _REQUIRED.get(kind)
    if required is None:
        raise _explain(place, f"it says nothing of a state: {_shorten(text)}")
    if kind == HEADER:
        _check_header(line, place)
    _check_fields(line, kind, required, place)
    if kind in {FINGERPRINT, MEMBER} and name_content(kind, line) != line[kind]:
        raise _explain(place, f"the {kind} {_shorten(str(line[kind]))} is not what it was when it was written")
    return kind, line


def _check_header(line: Line, place: str) -> None:
    if line[HEADER] != KIND:
        raise StateError(f"{place}: this is no state but a {line[HEADER]!r}", hint="give a file of `state export`")
    if _is_whole(line.get("format")) and line["format"] > FORMAT:
        raise StateError(
            f"{place}: the file has format {line['format']}, this assetmake knows up to {FORMAT}",
            hint="upgrade assetmake; nothing was changed",
        )


def _check_fields(line: Line, kind: str, required: Mapping[str, _Check], place: str) -> None:
    optional = _OPTIONAL.get(kind, {})
    if not _is_text(line[kind]):
        raise _explain(place, f"its {kind} is no text")
    for name, check in required.items():
        if name not in line:
            raise _explain(place, f"the {kind} has no {name!r}")
        if not check(line[name]):
            raise _explain(place, f"the {name!r} of the {kind} is {_shorten(repr(line[name]))}")
    for name, value in line.items():
        if name == kind or name in required:
            continue
        if name not in optional or not optional[name](value):
            raise _explain(place, f"the {name!r} of the {kind} means nothing: {_shorten(repr(value))}")


def _explain(place: str, what: str) -> StateError:
    return StateError(f"{place} is damaged: {what}", hint="nothing was changed; export the state again")


def _shorten(text: str) -> str:
    text = text.strip()
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 4]} ..."
