"""One Python file: its import lines changed, and what in it needs a decision."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from assetmake.migrating.decision import Decision
from assetmake.migrating.imports import ImportedModule, find_imports
from assetmake.migrating.names import OURS, STAND_INS, TOOL, advise_library, advise_name, is_refused
from assetmake.migrating.source_text import Edit, UnreadableSourceError, read_source
from assetmake.migrating.usage import Usage, read_usage


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A file after its change.

    Args:
        content: All of it.
        imports: How many modules' names were changed in it.
        decisions: What is left to a person.
        usage: What it does with the other tool's names.
        mentions: Whether it imports anything of the other tool.
    """

    content: bytes
    imports: int
    decisions: tuple[Decision, ...]
    usage: Usage
    mentions: bool = False


def rewrite(content: bytes, *, file: str, own: Container[str] = ()) -> Rewritten:
    """Change the modules that a file imports, and nothing else of it.

    Args:
        content: The file.
        file: What it is called, relative to the project's root.
        own: Top-level modules of the project, which may be called like a library.

    >>> rewrite(b"import dagster as dg  # the tool\\r\\n", file="a.py").content
    b'import assetmake as dg  # the tool\\r\\n'
    """
    if TOOL.encode() not in content:
        return Rewritten(content, 0, (), Usage())
    try:
        source = read_source(content)
        imports = [found for found in find_imports(source.text) if _is_of_tool(found, own)]
    except UnreadableSourceError as error:
        return Rewritten(content, 0, (Decision(file, (), "not changed", str(error)),), Usage(), mentions=True)
    edits, decisions = [], []
    for found in imports:
        new = _replace(found)
        if new is None:
            decisions.append(_decide(found, file=file))
        else:
            edits.append(Edit(found.start, found.end, new))
            decisions += _decide_names(found, file=file)
    usage = read_usage(content, imports, file=file)
    return Rewritten(source.apply(edits), len(edits), (*decisions, *usage.decisions), usage, bool(imports))


def _is_of_tool(found: ImportedModule, own: Container[str]) -> bool:
    top = found.module.partition(".")[0]
    return top == TOOL or (top.startswith(f"{TOOL}_") and top not in own)


def _replace(found: ImportedModule) -> str | None:
    """Return what takes the place of a module's name, None where nothing does."""
    new, known = _find_counterpart(found)
    if new is None:
        return None
    if found.names is None:  # `import dagster` binds that name, which is used further down
        return new if found.alias else f"{new} as {found.module}"
    return new if known is None or all(each.name in known for each in found.names) else None


def _find_counterpart(found: ImportedModule) -> tuple[str | None, Container[str] | None]:
    if found.module == TOOL:
        return OURS, None
    if found.module in STAND_INS:
        return STAND_INS[found.module]
    if found.names and found.module.startswith(f"{TOOL}.") and _are_public(found):
        return OURS, None  # an inner module, asked for what is public as well
    return None, None


def _are_public(found: ImportedModule) -> bool:
    return all(each.name != "*" and advise_name(each.name) is None for each in found.names or ())


def _decide(found: ImportedModule, *, file: str) -> Decision:
    top = found.module.partition(".")[0]
    what = found.module if found.names is None else f"{found.module}: {', '.join(each.name for each in found.names)}"
    if found.module in STAND_INS:
        module, known = STAND_INS[found.module]
        return Decision(file, (found.line,), what, f"{module} has {', '.join(sorted(known))}")
    if top != TOOL:
        return Decision(file, (found.line,), what, advise_library(top))
    told = {advice for each in found.names or () if (advice := advise_name(each.name)) is not None}
    advice = "; ".join(sorted(told)) or f"import the names from {OURS}"
    return Decision(file, (found.line,), what, f"an inner module of Dagster's, left as it is: {advice}")


def _decide_names(found: ImportedModule, *, file: str) -> list[Decision]:
    """Return a decision for each name that an import, once it is changed, fails on."""
    if found.module != TOOL:
        return []
    missing = [(each, advise_name(each.name)) for each in found.names or () if not is_refused(each.name)]
    return [Decision(file, (each.line,), each.name, advice) for each, advice in missing if advice is not None]
