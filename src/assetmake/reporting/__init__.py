"""Reporting: events, plans and explanations become text for people and JSON for scripts."""

from __future__ import annotations
