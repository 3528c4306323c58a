"""Recall: what was discovered before comes back from a file, while nothing that decided it has moved."""
