"""The code closure: from a function, through the namespaces of imported modules, to every definition it rests on."""

from __future__ import annotations

import ast
import sys
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.discovery.code.bytecode import describe_bytecode
from assetmake.discovery.code.carried import (
    find_behaviour,
    is_ours,
    is_own_decorator,
    is_touchable,
    list_subclasses,
    read_cells,
    read_wrapped,
    unwrap,
)
from assetmake.discovery.code.classes import take_apart
from assetmake.discovery.code.drafts import Draft, tell_whole
from assetmake.discovery.code.locality import (
    hide_root,
    is_found_by_name,
    is_library,
    is_project_class,
    is_project_module,
    name_public,
    show_file,
)
from assetmake.discovery.code.members import CodeGraph, Form, list_syntax
from assetmake.discovery.code.outline import Definition, Piece, digest
from assetmake.discovery.code.project_sources import Origin, ProjectSources
from assetmake.discovery.code.resolving import (
    LibraryName,
    LiveValue,
    Names,
    WholeModule,
    WrittenName,
    is_builtin,
    resolve,
)
from assetmake.discovery.code.scopes import Reference
from assetmake.discovery.code.values import Writer

_IMPORT = "import "


class Closure:
    """Follows functions; what two of them share is followed once.

    Args:
        root: The project's folder; what is under it is named relative to it.
        sources: Outlines of files.
    """

    def __init__(self, *, root: Path | None = None, sources: ProjectSources | None = None) -> None:
        self.sources = sources or ProjectSources()
        self._root = root
        self._drafts: dict[str, Draft] = {}
        self._known: dict[object, str] = {}
        self._kept: list[object] = []
        self._assets: set[str] = set()
        self._pending: deque[Callable[[], None]] = deque()

    def add(self, definition: AssetsDefinition, carried: Mapping[str, Sequence[Any]] | None = None) -> str:
        """Have an asset followed and return the name of its function's member.

        Its own name, and decorators of ours, do not count; annotations do where they decide how an input is loaded.
        What one function makes rests on the same code. Classes and functions of what it is given, `carried`, count with
        it, and not with what only refers to it.
        """
        definition = definition.entire
        key = ("equipped" if carried else "asset", id(definition))
        if key in self._known:
            return self._known[key]
        innermost, layers = unwrap(definition.function)
        is_function = isinstance(innermost, FunctionType) and is_ours(innermost)
        draft = self._start(
            key,
            self._name_function(innermost) if is_function else definition.title,
            definition,
        )
        for label, several in (carried or {}).items():
            self._later(self._carry, draft, label, several)
        if not is_function:
            self._later(self._write_fact, draft, "value", definition.function)
            return draft.name
        if not carried:
            self._known.setdefault(("function", id(innermost)), draft.name)
        self._assets.add(draft.name)
        read = frozenset(each.parameter for each in definition.dependencies if each.parameter is not None)
        self._later(self._describe_function, draft, innermost, read)
        for number, layer in enumerate(layers):
            self._later(self._write_fact, draft, f"wrapper {number}", layer)
        return draft.name

    def add_function(self, function: Any) -> str:
        """Have any callable followed and return the name of its member."""
        draft = self._start(("callable", id(function)), "callable", function)
        self._later(self._write_fact, draft, "value", function)
        return draft.name

    def add_code(self, several: Iterable[Any]) -> tuple[str, ...]:
        """Have classes and functions followed, and return the member of each; of a library's its name."""
        return tuple([self._find_code(each) or f"{_IMPORT}{name_public(each)}" for each in several])

    def finish(self) -> CodeGraph:
        """Follow everything and return all members."""
        while self._pending:
            self._pending.popleft()()
        return CodeGraph({name: draft.finish() for name, draft in self._drafts.items()})

    # ------------------------------------------------------------------ members, each begun once and described later

    def _start(self, key: object, name: str, *kept: object) -> Draft:
        unique, number = name, 1
        while unique in self._drafts:
            number += 1
            unique = f"{name}#{number}"
        self._known[key] = unique
        self._kept.extend(kept)  # an id means an object only as long as that lives
        draft = self._drafts[unique] = Draft(unique)
        return draft

    def _begin(self, key: object, name: str, describe: Callable[..., None], *arguments: object) -> str:
        draft = self._start(key, name, *arguments)
        self._later(describe, draft, *arguments)
        return draft.name

    def _later(self, describe: Callable[..., None], *arguments: object) -> None:
        """Put a description off, so that a long chain of functions needs no deep stack."""
        self._pending.append(partial(describe, *arguments))

    def _find_code(self, value: Any) -> str | None:
        """Return the member that a function or class of the project is; None for anything else."""
        if not is_touchable(value):
            return None
        match value:
            case AssetsDefinition():
                return self.add(value)
            case FunctionType() if is_ours(value):
                return self._find_function(value)
            case type() if is_project_class(value):
                return self._find_class(value)
            case ModuleType() if is_project_module(value):
                return self._find_module(value.__name__, self.sources.find_file(value.__name__) or "")
            case FunctionType() | type():
                return None
        # A library's wrapper, as `lru_cache` makes, adds nothing; an object of the project's own does.
        wrapped = read_wrapped(value) if callable(value) and not is_project_class(type(value)) else None
        return self._find_code(wrapped) if callable(wrapped) else None

    def _find_function(self, function: FunctionType) -> str:
        key = ("function", id(function))
        return self._known.get(key) or self._begin(
            key, self._name_function(function), self._describe_function, function
        )

    def _find_class(self, kind: type, module: str = "") -> str:
        key = ("class", id(kind))
        if key in self._known:
            return self._known[key]
        module = module or kind.__module__
        file = self.sources.find_file(module) or ""
        return self._begin(key, self._name(file, module, kind.__qualname__), self._describe_class, kind, module, file)

    def _find_module(self, module: str, file: str) -> str:
        key = ("module", module)
        shown = show_file(file, root=self._root, module=module)
        return self._known.get(key) or self._begin(key, shown, self._describe_module, module, file)

    def _find_constant(self, found: LiveValue) -> str:
        origin = self.sources.find_origin(found.module, found.name, found.value)
        key = ("constant", origin.module, origin.name)
        name = self._name(origin.file, origin.module, origin.name)
        return self._known.get(key) or self._begin(key, name, self._describe_constant, found.value, origin)

    def _find_written(self, found: WrittenName) -> str:
        key = ("written", found.module, found.name)
        name = self._name(found.file, found.module, found.name)
        return self._known.get(key) or self._begin(key, name, self._describe_written, found)

    # ------------------------------------------------------------------ what each kind of member is made of

    def _carry(self, draft: Draft, label: str, several: Sequence[Any]) -> None:
        for number, code in enumerate(self.add_code(several)):
            if code.startswith(_IMPORT):
                draft.facts[f"{label} {number}"] = code
            else:
                draft.link_held(label, code)

    def _describe_function(self, draft: Draft, function: FunctionType, loaded: frozenset[str] = frozenset()) -> None:
        code = function.__code__
        names = Names(function.__globals__.get("__name__", ""), function.__globals__, read_cells(function))
        outline = None if is_library(code.co_filename) else self.sources.outline(code.co_filename)
        definition = outline.find_function(code) if outline is not None else None
        if definition is None:
            library = is_library(code.co_filename)
            draft.facts["bytecode"] = name_public(function) if library else digest(describe_bytecode(function))
            if not library:
                draft.unfollowed[
                    f"the source of {function.__qualname__}, which is not to be found (its bytecode counts)"
                ] = None
        else:
            own = {number for number, (text, _) in enumerate(definition.decorators) if is_own_decorator(text, names)}
            is_asset = draft.name in self._assets
            self._add_definition(draft, definition, names, loaded=loaded, skipped=own if is_asset else ())
            if not is_asset:
                draft.parts.append(f"name {definition.name}")
        if definition is None or definition.has_computed_default:
            self._write_fact(draft, "defaults", (function.__defaults__, function.__kwdefaults__))
        for name, value in names.cells.items():
            self._write_fact(draft, f"captured {name}", value)
        attributes = {name: value for name, value in vars(function).items() if name != "__wrapped__"}
        if attributes:
            self._write_fact(draft, "attributes", attributes)

    def _describe_class(self, draft: Draft, kind: type, home: str, file: str) -> None:
        parts = take_apart(kind, home=home, file=file, sources=self.sources)
        draft.parts.append(f"name {kind.__name__}")
        if parts.call is not None:
            self._add_bindings(draft, parts.call, parts.names)
        for definition in parts.definitions:
            self._add_definition(draft, definition, parts.names)
        for number, piece in enumerate(parts.settings):
            draft.facts[f"statement {number}"] = piece.identity
            self._follow(draft, piece, parts.names)
        for name, value in parts.captured.items():
            self._write_fact(draft, f"captured {name}", value)
        for name, value in parts.held.items():
            self._write_fact(draft, name, value)
        for function in parts.foreign:
            self._write_fact(draft, f"method {function.__name__}", function)

    def _describe_module(self, draft: Draft, module: str, file: str) -> None:
        """A module that is handed around counts with every name it binds."""
        loaded, outline = sys.modules.get(module), self.sources.outline(file) if file else None
        names = Names(module, None if loaded is None else vars(loaded))
        bindings = outline.bindings if outline is not None else {}
        for name in (name for name, several in bindings.items() if not several[0].origin.startswith("__future__")):
            self._follow(draft, Piece("", (Reference((name,)),)), names)
        draft.unfollowed.clear()  # where the module is used is told there

    def _describe_constant(self, draft: Draft, value: Any, origin: Origin) -> None:
        draft.source += dict.fromkeys(binding.source for binding in origin.bindings if binding.source)
        writer = self._open_writer(draft, "value")
        text = writer.write(value)
        if writer.is_data:
            draft.facts["value"] = digest(text)
            return
        for registered in find_behaviour(value):
            writer.write(registered)
        module = sys.modules.get(origin.module)
        names = Names(origin.module, vars(module) if module is not None else None)
        self._add_bindings(draft, origin, names)
        if not (draft.syntax or draft.links or draft.facts):
            draft.facts["value"] = digest(text)

    def _describe_written(self, draft: Draft, found: WrittenName) -> None:
        literals = {binding.literal for binding in found.bindings}
        if len(literals) == 1 and "" not in literals:
            draft.source.append(found.bindings[0].source)
            self._write_fact(draft, "value", ast.literal_eval(literals.pop()))
            return
        origin = Origin(found.module, found.name, found.file, found.bindings)
        self._add_bindings(draft, origin, Names(found.module))

    def _add_bindings(self, draft: Draft, origin: Origin, names: Names) -> None:
        outline = self.sources.outline(origin.file) if origin.file else None
        for binding in origin.bindings:
            if binding.piece is not None:
                draft.form = Form.STATEMENTS
                draft.syntax.append(binding.piece.identity)
                if binding.source not in draft.source:
                    draft.source.append(binding.source)
                self._follow(draft, binding.piece, names)
            elif binding.origin:
                draft.facts[f"import {len(draft.facts)}"] = binding.origin
            elif outline is not None:
                for number, definition in enumerate(outline.find_named(binding.qualname)):
                    link = f"definition {binding.qualname} {number}"
                    draft.links[link] = self._find_definition(definition, origin, names)

    def _find_definition(self, definition: Definition, origin: Origin, names: Names) -> str:
        key = ("definition", origin.file, definition.line, definition.name)
        if key not in self._known:
            draft = self._start(key, self._name(origin.file, origin.module, definition.name))
            draft.parts.append(f"name {definition.name}")
            self._later(self._add_definition, draft, definition, names)
            self._later(self._follow, draft, definition.defaults, names)
        return self._known[key]

    def _add_definition(
        self,
        draft: Draft,
        definition: Definition,
        names: Names,
        *,
        loaded: frozenset[str] = frozenset(),
        skipped: Iterable[int] = (),
    ) -> None:
        draft.form = Form.DEFINITION
        draft.source.append(definition.source)
        kept = [number for number in range(len(definition.decorators)) if number not in skipped]
        annotated = sorted(loaded.intersection(definition.annotations))
        parts = [*(f"decorator {number}" for number in kept), *(f"annotation {name}" for name in annotated)]
        draft.parts += parts
        draft.syntax += list_syntax(definition, parts)
        for number in kept:
            self._follow(draft, definition.decorators[number][1], names)
        for name in annotated:
            self._follow(draft, definition.annotations[name], names)
        self._follow(draft, definition.body, names)

    # ------------------------------------------------------------------ references and values

    def _follow(self, draft: Draft, piece: Piece, names: Names) -> None:
        draft.unfollowed.update(dict.fromkeys(piece.unfollowed))
        for name, text in piece.builtins.items():
            if all(is_builtin(found, name) for found in resolve(Reference((name,)), names, self.sources)):
                draft.unfollowed[text] = None
        for reference in piece.references:
            for number, found in enumerate(resolve(reference, names, self.sources)):
                label = f"{reference.label} {number}" if number else reference.label
                match found:
                    case LibraryName(text):
                        draft.facts[label] = f"{_IMPORT}{text}"
                    case LiveValue():
                        self._link_value(draft, label, found)
                        if "__subclasses__" in reference.path and issubclass(type(found.value), type):
                            self._write_fact(draft, f"subclasses {label}", list_subclasses(found.value))
                    case WholeModule(module, file):
                        draft.links[label] = self._find_module(module, file)
                        draft.unfollowed[tell_whole(module)] = None
                    case WrittenName():
                        self._link_written(draft, label, found)

    def _link_value(self, draft: Draft, label: str, found: LiveValue) -> None:
        code = self._find_code(found.value)
        if code is not None:
            draft.links[label] = code
        elif issubclass(type(found.value), type) and not is_found_by_name(found.value):
            draft.links[label] = self._find_class(found.value, found.module)
        elif issubclass(type(found.value), FunctionType | BuiltinFunctionType | type):
            draft.facts[label] = f"{_IMPORT}{name_public(found.value)}"
        else:
            draft.links[label] = self._find_constant(found)

    def _link_written(self, draft: Draft, label: str, found: WrittenName) -> None:
        outline = self.sources.outline(found.file)
        if outline is None or not all(each.qualname and not each.is_registered for each in found.bindings):
            draft.links[label] = self._find_written(found)
            return
        origin = Origin(found.module, found.name, found.file)
        for number, definition in enumerate(outline.find_named(found.name)):
            own = f"{label} {number}" if number else label
            draft.links[own] = self._find_definition(definition, origin, Names(found.module))

    def _write_fact(self, draft: Draft, label: str, value: Any) -> None:
        draft.facts[label] = digest(self._open_writer(draft, label).write(value))

    def _open_writer(self, draft: Draft, label: str) -> Writer:
        def follow(value: Any) -> str:
            return self._write_code(draft, label, writer, value)

        writer = Writer(follow, hide=partial(hide_root, root=self._root))
        return writer

    def _write_code(self, draft: Draft, label: str, writer: Writer, value: Any) -> str:
        """Write down what a value holds of code: the project's is linked and named by the link, others by name."""
        code = self._find_code(value)
        if isinstance(value, ModuleType):
            draft.unfollowed[tell_whole(value.__name__)] = None
        if code is not None:
            # By its own name, which is the same wherever it stands.
            return draft.link_held(label, code, "asset" if code in self._assets else "")
        match value:
            case MethodType():
                return f"method({writer.write(value.__func__)},{writer.write(value.__self__)})"
            case BuiltinFunctionType() if not isinstance(value.__self__, ModuleType | None):
                return f"method({name_public(value)},{writer.write(value.__self__)})"
            case FunctionType() | BuiltinFunctionType() | type():
                return f"code({name_public(value)})"
        return writer.write_object(value)

    def _name_function(self, function: FunctionType) -> str:
        code = function.__code__  # whose name no `functools.wraps` has changed
        return self._name(code.co_filename, function.__globals__.get("__name__", ""), code.co_qualname)

    def _name(self, file: str, module: str, qualname: str) -> str:
        place = show_file(file, root=self._root, module=module) if file else module
        return f"{place}::{qualname.replace('<locals>.', '')}"
