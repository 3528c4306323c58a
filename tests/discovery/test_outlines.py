"""What stands in a text where a node of its tree does, found without splitting the whole text each time."""

from __future__ import annotations

import ast

import pytest

from assetmake.discovery.code.outline import Outline
from assetmake.discovery.code.syntax import parse_source

TEXTS = {
    "lines": "x = 1\nif x:\n    y = [\n        1,\n        2,\n    ]\nz = (lambda a: a)(y)",
    "more bytes than characters": "a = 'ä'; b = 'é' + a; c = [b,\n 'ö', a]; d = 'ü'\n",
    "line ends of all kinds": "a = 1\r\nb = [2,\r3]\rc = 4\nd = '''\r\n5\r'''\n",
    "form feeds, which end no line": "a = 1\n\x0cb = 2; \x0cc = [3,\n\x0c4]\n",
    "characters that end lines elsewhere": "a = '\x0b\x1c\x85\u2028'; b = 1\nc = 2\n",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_segment_is_what_ast_finds(text: str) -> None:
    tree = parse_source(text)
    assert tree is not None
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.expr | ast.stmt)]

    found = [Outline(text).read_segment(node) for node in nodes]

    assert found == [ast.get_source_segment(text, node) for node in nodes]
