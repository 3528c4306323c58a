"""Definitions in, what came of them out: runs in this process, of all that is asked for, whatever its state."""
