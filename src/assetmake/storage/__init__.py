"""What outlives the process: bytes and records come in from execution, paths and tables go out to planning.

State is one DuckDB file that nobody holds open; outputs are files under one root that only whole files enter.
"""
