"""What code asks about where it is: the log of what runs, and files that lie beside it."""

from __future__ import annotations

import logging
import os

from assetmake.definitions.run_context import LOGGER


def get_asset_logger(name: str | None = None) -> logging.Logger:
    """Return the logger that `context.log` is, for functions that have no context.

    Args:
        name: Of a logger below it, whose lines go the same way.
    """
    logger = logging.getLogger(LOGGER)
    return logger.getChild(name) if name else logger


def file_relative_path(dunderfile: str, relative_path: str) -> str:
    """Return the path of a file that lies beside a module.

    Args:
        dunderfile: The module's `__file__`.
        relative_path: From its folder.

    >>> file_relative_path("/shop/assets.py", "queries/orders.sql")
    '/shop/queries/orders.sql'
    """
    return os.path.join(os.path.dirname(dunderfile), relative_path)
