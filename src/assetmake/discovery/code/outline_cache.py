"""What outlines said, kept from one process to the next by the digest of the text that they were asked of.

It is plain data in JSON, and code never runs from it: a cache folder may come from elsewhere.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from types import CodeType
from typing import Any

from assetmake.discovery.code import outline, scopes, syntax
from assetmake.discovery.code.outline import Binding, Definition, Outline, Piece, digest
from assetmake.discovery.code.scopes import TOO_DEEP, Reference
from assetmake.storage.cache_files import read_cache, write_cache

Known = dict[str, Any]


class OutlineCache:
    """Outlines of texts, some of which were known before.

    Args:
        file: Where it is kept; default: nowhere.
        scheme: Version of how code is fingerprinted.
    """

    def __init__(self, file: Path | None = None, *, scheme: int = 0) -> None:
        self._key = None if file is None else _name_reader(scheme)
        self._file = file
        kept = None if file is None or self._key is None else read_cache(file, key=self._key)
        self._kept: dict[str, Known] = kept or {}
        self._opened: list[KnownOutline] = []

    def open(self, text: str) -> Outline:
        """Return the outline of a text, which is parsed only when it is asked something new."""
        if self._key is None:
            return Outline(text)
        opened = KnownOutline(text, self._kept)
        self._opened.append(opened)
        return opened

    def save(self) -> None:
        """Keep what is known of the texts that were opened, if any of it is new; other texts are forgotten."""
        if self._file is not None and self._key is not None and any(each.has_news for each in self._opened):
            write_cache(self._file, {each.digest: each.known for each in self._opened}, key=self._key)


class KnownOutline(Outline):
    """The outline of a text of which something is known.

    Args:
        text: The file's text.
        kept: What is known of each text, by its digest; for each question the answer, encoded.
    """

    def __init__(self, text: str, kept: dict[str, Known]) -> None:
        super().__init__(text)
        self.known = kept.setdefault(self.digest, {})
        self.has_news = False

    def find_function(self, code: CodeType) -> Definition | None:
        question = f"function {code.co_firstlineno} {code.co_name}"
        if code.co_name == "<lambda>":  # several may share a line, and are told apart by all positions
            question += f" {digest(repr(list(code.co_positions())))}"
        if question in self.known:
            return next(iter(self._decode_all(self.known[question])), None)
        found = super().find_function(code)
        several = [] if found is None else [found]
        self._learn(question, list(map(_encode_definition, several)), _list_pieces(several))
        return found

    def find_named(self, qualname: str) -> tuple[Definition, ...]:
        question = f"named {qualname}"
        if question in self.known:
            return self._decode_all(self.known[question])
        found = super().find_named(qualname)
        self._learn(question, list(map(_encode_definition, found)), _list_pieces(found))
        return found

    @cached_property
    def bindings(self) -> Mapping[str, tuple[Binding, ...]]:
        if "bindings" in self.known:
            kept = self.known["bindings"].items()
            return {name: tuple(map(_decode_binding, several)) for name, several in kept}
        found = super().bindings
        answer = {name: list(map(_encode_binding, several)) for name, several in found.items()}
        self._learn("bindings", answer, [each.piece for several in found.values() for each in several if each.piece])
        return found

    def _learn(self, question: str, answer: Any, pieces: Iterable[Piece]) -> None:
        if self.is_read and not any(TOO_DEEP in piece.unfollowed for piece in pieces):
            self.known[question] = answer
            self.has_news = True

    def _decode_all(self, kept: list[Any]) -> tuple[Definition, ...]:
        return tuple(map(self._decode_definition, kept))

    def _decode_definition(self, kept: list[Any]) -> Definition:
        name, line, end, source, body, defaults, decorators, annotations, has_computed_default = kept
        return Definition(
            name,
            self.read_lines(line, end) if source is None else source,
            line,
            end,
            _decode_piece(body),
            _decode_piece(defaults),
            tuple((text, _decode_piece(piece)) for text, piece in decorators),
            {parameter: _decode_piece(piece) for parameter, piece in annotations.items()},
            has_computed_default,
        )


def _name_reader(scheme: int) -> str | None:
    """Return what else than the text decides what is read out of it; None where our own source is not there."""
    try:
        own = [Path(module.__file__ or "").read_text("utf-8") for module in (syntax, scopes, outline)]
        own.append(Path(__file__).read_text("utf-8"))
    except OSError:
        return None
    return f"outlines {scheme} {sys.implementation.cache_tag} {sys.hexversion:x} {digest(''.join(own))}"


def _list_pieces(found: Iterable[Definition]) -> list[Piece]:
    return [
        piece
        for each in found
        for piece in (each.body, each.defaults, *(piece for _, piece in each.decorators), *each.annotations.values())
    ]


def _encode_definition(found: Definition) -> list[Any]:
    return [
        found.name,
        found.line,
        found.end,
        found.source if found.name == "<lambda>" else None,  # others are whole lines of the text
        _encode_piece(found.body),
        _encode_piece(found.defaults),
        [[text, _encode_piece(piece)] for text, piece in found.decorators],
        {parameter: _encode_piece(piece) for parameter, piece in found.annotations.items()},
        found.has_computed_default,
    ]


def _encode_piece(piece: Piece) -> list[Any]:
    references = [[*each.path, each.origin] for each in piece.references]
    return [piece.identity, references, list(piece.unfollowed), dict(piece.builtins)]


def _decode_piece(kept: list[Any]) -> Piece:
    identity, references, unfollowed, builtins = kept
    names = tuple([Reference(tuple(each[:-1]), each[-1]) for each in references])
    return Piece(identity, names, tuple(unfollowed), builtins)


def _encode_binding(found: Binding) -> list[Any]:
    piece = None if found.piece is None else _encode_piece(found.piece)
    return [found.origin, found.qualname, found.source, piece, found.literal, found.is_registered, found.sets]


def _decode_binding(kept: list[Any]) -> Binding:
    origin, qualname, source, piece, *rest = kept
    return Binding(origin, qualname, source, None if piece is None else _decode_piece(piece), *rest)
