"""From a project that was written for Dagster to one that is built here: its files are read and changed, never run.

Another tool is named in this room, and in no other: its names are what is looked for.
"""
