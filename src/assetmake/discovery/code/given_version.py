"""A version that was given in the place of code."""

from __future__ import annotations

from dataclasses import replace

from assetmake.discovery.code.members import VERSION, Form, Member, identify
from assetmake.discovery.code.outline import digest


def describe_version(name: str, version: str) -> Member:
    """Return the member that stands for all code of an asset with a `code_version`."""
    facts = {VERSION: digest(f"version:{version}")}
    member = Member(name, f"code_version = {version!r}", Form.VALUE, "", facts=facts)
    return replace(member, identity=identify(member, syntax=()))
