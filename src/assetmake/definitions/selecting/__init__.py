"""Selections of assets and checks: an algebra, two string syntaxes, and the keys that they come to."""
