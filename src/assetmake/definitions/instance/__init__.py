"""An instance: what remembers runs and what happened in them, in memory, for tests and for code that asks."""
