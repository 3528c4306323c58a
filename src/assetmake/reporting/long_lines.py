"""Long lines of code, laid out with an item a line, so that a difference shows the item that changed."""

from __future__ import annotations

from collections.abc import Iterator

_WIDEST = 120
_WORTH_IT = 90
_CLOSERS = {"(": ")", "[": "]", "{": "}"}
_STEP = 4 * " "


def lay_out(*texts: str) -> list[list[str]]:
    """Return the lines of texts that are compared with each other.

    Where any of them is too wide, all that are wide are broken: what has grown a little is to look as it did before.
    """
    split = [text.splitlines() for text in texts]
    if all(len(line) <= _WIDEST for lines in split for line in lines):
        return split
    return [[part for line in lines for part in _break(line)] for lines in split]


def _break(line: str) -> Iterator[str]:
    """Yield a line, or what is before, in and after its longest brackets."""
    found = _find_brackets(line) if len(line) > _WORTH_IT else None
    if found is None:
        yield line
        return
    first, *commas, last = found
    indent = line[: len(line) - len(line.lstrip())] + _STEP
    yield line[: first + 1]
    begin = first + 1
    for end in [comma + 1 for comma in commas] + [last]:
        item = line[begin:end].strip()
        if item:
            yield from _break(f"{indent}{item if item.endswith(',') else item + ','}")
        begin = end
    yield indent.removesuffix(_STEP) + line[last:]


def _find_brackets(line: str) -> list[int] | None:
    """Return where the longest brackets with several items open, where their commas are, and where they close.

    None: there are none, or the line is not a whole piece of code.
    """
    best: list[int] | None = None
    within: list[list[int]] = []
    position, quote = 0, ""
    while position < len(line):
        sign = line[position]
        if quote:
            position += sign == "\\"
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        elif sign in _CLOSERS:
            within.append([position])
        elif within and sign == ",":
            within[-1].append(position)
        elif sign in _CLOSERS.values():
            marks = within.pop() if within else []
            if not marks or _CLOSERS[line[marks[0]]] != sign:
                return None
            if _has_items(line, marks) and (best is None or position - marks[0] > best[-1] - best[0]):
                best = [*marks, position]
        position += 1
    return best if not (quote or within) else None


def _has_items(line: str, marks: list[int]) -> bool:
    """Tell whether commas part items: not those of a comprehension."""
    return len(marks) > 1 and " for " not in line[marks[0] : marks[1]]
