"""`python -m assetmake`."""

from __future__ import annotations

import sys

from assetmake.cli import main

if __name__ == "__main__":
    sys.exit(main())
