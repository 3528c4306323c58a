"""The schema of JUnit XML in common use, and what servers take for granted beside it."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

SCHEMA = Path(__file__).with_name("reporting") / "schemas/junit-10.xsd"
TIME = re.compile(r"\d{1,9}\.\d{3}")


@functools.cache
def load_schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(SCHEMA))


def find_junit_faults(document: bytes) -> list[str]:
    """Return what is against the schema, and what it leaves open: numbers that add up, and each case once."""
    root = etree.fromstring(document)
    schema = load_schema()
    schema.validate(root)
    return [f"line {each.line}: {each.message}" for each in schema.error_log] + list(_find_more(root))


def _find_more(root: etree._Element) -> Iterator[str]:
    if root.tag != "testsuites":
        yield f"the root is {root.tag}"
    for element in root.iter("testcase"):
        if not TIME.fullmatch(element.get("time", "0.000")):
            yield f"time {element.get('time')}"
    for suite in root.iter("testsuite"):
        cases = suite.findall("testcase")
        counts = Counter(child.tag for case in cases for child in case)
        told = {"failures": counts["failure"], "errors": counts["error"], "skipped": counts["skipped"]}
        for name, number in {"tests": len(cases), **told}.items():
            if suite.get(name) != str(number):
                yield f"{name} is not {number}"
        names = Counter((case.get("classname"), case.get("name")) for case in cases)
        yield from (f"{name} is there twice" for name, number in names.items() if number > 1)
