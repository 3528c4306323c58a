"""Checks: what is asked of an asset's data, and how grave it is when the answer is no."""
