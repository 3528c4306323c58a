"""Discovery: the project's files go in, a Manifest of plain data comes out.

`assets.toml` is read into a Config, the modules it lists are imported (nowhere else is user code imported),
what they declare is collected, and every function is fingerprinted.
"""
