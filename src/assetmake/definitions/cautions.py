"""Kinds of warnings, so that code which silences them can name them."""

from __future__ import annotations


class PreviewWarning(Warning):
    """Something may change or go at any time."""


class BetaWarning(Warning):
    """Something may change from one minor version to the next."""


class SupersessionWarning(FutureWarning):
    """Something has a better successor, and stays."""
