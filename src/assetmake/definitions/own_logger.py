"""The logger of what runs, for code that has no context."""

from __future__ import annotations

import logging

ASSET_LOGGER = "assetmake.asset"


def get_logger(name: str | None = None) -> logging.Logger:
    """Return a logger whose lines are kept with the output of the node that runs, as those of `context.log` are.

    Args:
        name: Tells its lines from others.

    Example:
        >>> get_logger("loading").name
        'assetmake.asset.loading'
    """
    logger = logging.getLogger(ASSET_LOGGER)
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.DEBUG)
    return logger.getChild(name) if name else logger
