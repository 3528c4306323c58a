"""How long assetmake, make and ninja take over the same graphs: `python -m benchmarks`."""
