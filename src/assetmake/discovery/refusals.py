"""All definitions that a module gets wrong, not only the first: its statements are run one by one."""

from __future__ import annotations
import __future__

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from assetmake.definitions.place import Place
from assetmake.definitions.refused import RefusedDefinition
from assetmake.discovery.code.syntax import parse_source
from assetmake.discovery.failures import describe_error, find_user_place
from assetmake.errors import DefinitionError


def list_refusals(source: str, *, file: str, name: str) -> Iterator[tuple[Place, str]]:
    """Yield the place and the text of each definition of a module that is refused.

    For a module whose import has ended in one: what comes after is run all the same, each top-level statement by
    itself; those that fail for want of a name that an earlier one would have bound are passed over. What is declared
    with a name that there is not comes last.

    Args:
        source: The module's text.
        file: Where it stands.
        name: Its import name.
    """
    namespace: dict[str, object] = {"__name__": name, "__file__": file, "__package__": name.rpartition(".")[0]}
    flags = 0
    tree = parse_source(source)
    for statement in tree.body if tree is not None else ():
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            flags = __future__.annotations.compiler_flag
        code = compile(ast.Module([statement], []), file, "exec", flags=flags, dont_inherit=True)
        try:
            exec(code, namespace)  # noqa: S102 - the user's module, which was just imported in the same way
        except DefinitionError as error:
            place = find_user_place(error)
            if place is not None:
                yield place, describe_error(error)
        except Exception:  # noqa: BLE001, S112 - a consequence of what was refused, or told by the import
            continue
    yield from list_refused(namespace)


def list_refused(namespace: Mapping[str, object]) -> list[tuple[Place, str]]:
    """Return the place and the text of each definition that a module names at its top level and that is refused.

    Importing it is no error, so that a test can run the assets beside it; in a project it would be left out without a
    word. What to write instead is said once.
    """
    named = list(namespace.values())  # a proxy may claim to be what it is not, or raise when it is asked
    found: dict[int, Any] = {id(value): value for value in named if issubclass(type(value), RefusedDefinition)}
    refused = sorted(found.values(), key=lambda value: (value.place.file, value.place.line))
    told: dict[str, Place] = {}
    listed = []
    for value in refused:
        first = told.setdefault(value.instead, value.place)
        is_first = first is value.place
        listed.append((value.place, f"{value.name}: {value.refusal if is_first else value.refer_to(first)}"))
    return listed
