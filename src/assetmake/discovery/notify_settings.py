"""`[notify]` of assets.toml: who is told of failures, recoveries and lateness, and how."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from assetmake.errors import ConfigError, UsageError

FAILURE, RECOVERY, LATE = "failure", "recovery", "late"
OCCASIONS = (FAILURE, RECOVERY, LATE)
_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}", re.ASCII)
"""Stands in a webhook for the value of an environment variable."""


@dataclass(frozen=True, slots=True)
class NotifyConfig:
    """`[notify]`: what is told of, and to whom.

    Attributes:
        command: A line for the shell, or the words of a command; gets each notice as JSON on its stdin.
        webhook: An URL that each notice is posted to; `${NAME}` stands for an environment variable.
        webhook_env: The environment variable that holds the URL.
        on: What is told of.
        timeout: Seconds that telling may take.
        repeat: Tell of each run that fails; else only of one in which something fails that had not failed before.
    """

    command: str | tuple[str, ...] = ""
    webhook: str = ""
    webhook_env: str = ""
    on: tuple[str, ...] = OCCASIONS
    timeout: float = 10.0
    repeat: bool = True


def read_command(value: Any) -> str | tuple[str, ...]:
    """Return a command as it is written: a line, or its words."""
    if isinstance(value, str) and value.strip() and "\0" not in value:
        return value
    if isinstance(value, list) and value and all(isinstance(word, str) and "\0" not in word for word in value):
        return tuple(value)
    raise UsageError('expected a line for the shell, or a list of words, as in ["mail", "-s", "failed", "me"]')


def read_webhook(value: Any) -> str:
    """Return a webhook; what variables stand for is not known yet."""
    if not isinstance(value, str) or not value.strip():
        raise UsageError("expected an URL")
    if "${" in VARIABLE.sub("", value):
        raise UsageError("expected ${NAME}, with the name of an environment variable")
    if not value.startswith("${"):
        check_url(VARIABLE.sub("x", value))
    return value


def check_url(url: str) -> None:
    """Check that something can be posted to an URL.

    Raises:
        UsageError: saying what is expected; it does not show the URL, which may be a secret.
    """
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        is_good = False
    if not is_good or not url.isascii() or any(character <= " " or character == "\x7f" for character in url):
        raise UsageError("expected an URL that starts with https:// or http:// and names a host")


def read_variable_name(value: Any) -> str:
    """Return the name of an environment variable."""
    if not isinstance(value, str) or not _VARIABLE_NAME.fullmatch(value):
        raise UsageError("expected the name of an environment variable")
    return value


def read_occasions(value: Any) -> tuple[str, ...]:
    """Return what is to be told of; an empty list turns telling off."""
    if not isinstance(value, list) or any(each not in OCCASIONS for each in value):
        raise UsageError(f"expected a list of {', '.join(OCCASIONS)}")
    return tuple(value)


def make_notify_config(
    settings: Mapping[str, Any] | None, *, document: Mapping[str, Any], file: Path
) -> NotifyConfig | None:
    """Return who is told, None where nobody is.

    Args:
        settings: What `[notify]` says, with the environment's laid over it; None where it is not written.
        document: The whole of assets.toml: a target may be named for other environments only.
        file: Where that is.

    Raises:
        ConfigError: nobody is named, in no environment, or the webhook is given twice.
    """
    if settings is None:
        return None
    config = NotifyConfig(**settings)
    if config.webhook and config.webhook_env:
        raise ConfigError(f"{file}: notify.webhook and notify.webhook_env are both given", hint="keep one of them")
    if config.command or config.webhook or config.webhook_env:
        return config if config.on else None
    others = [section.get("notify", {}) for section in document.get("env", {}).values()]
    if not any(name in other for other in others for name in ("command", "webhook", "webhook_env")):
        raise ConfigError(
            f"{file}: [notify] does not say who is told", hint="give it a command, a webhook or a webhook_env"
        )
    return None
