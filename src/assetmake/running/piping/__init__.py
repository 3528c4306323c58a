"""Piping: a program of any language is told of the asset that runs, and tells of what it made."""
