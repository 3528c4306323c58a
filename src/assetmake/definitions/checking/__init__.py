"""From decorated functions to checks: what is asked of an asset's data, and what came out."""
