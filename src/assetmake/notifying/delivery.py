"""Delivering notices: by a command's stdin, by a POST to a webhook; within a time, and never with an exception."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assetmake.discovery.notify_settings import VARIABLE, NotifyConfig, check_url
from assetmake.errors import UsageError
from assetmake.execution.masking import NO_MASK, Mask, make_mask
from assetmake.notifying.notices import Notice
from assetmake.reporting.display import display

_SPARE_SECONDS = 0.5
"""What a delivery that is over time may take to end."""
_READ_BYTES = 2_000


class Undelivered(Exception):
    """A notice did not arrive; its text says why, and is safe to be printed."""


@dataclass(frozen=True, slots=True)
class Target:
    """Who is told.

    Attributes:
        command: A line for the shell, or words; empty for none.
        url: Where to post; empty for nowhere.
        trouble: Why nobody can be reached at the webhook, where that is known beforehand.
        mask: Hides what is secret in an URL.
    """

    command: str | tuple[str, ...] = ""
    url: str = ""
    trouble: str = ""
    mask: Mask = NO_MASK


def find_target(config: NotifyConfig, environ: Mapping[str, str]) -> Target:
    """Return who is told, with environment variables looked up."""
    written = f"${{{config.webhook_env}}}" if config.webhook_env else config.webhook
    key = "notify.webhook_env" if config.webhook_env else "notify.webhook"
    names = VARIABLE.findall(written)
    unset = [name for name in names if not environ.get(name, "").strip()]
    if unset:
        return Target(config.command, trouble=f"{key}: the environment has no {unset[0]}")
    url = VARIABLE.sub(lambda found: environ[found[1]].strip(), written)
    try:
        if url:
            check_url(url)
    except UsageError as error:
        return Target(config.command, trouble=f"{key}: with {' and '.join(names)}, {error.message}")
    return Target(config.command, url, mask=make_mask(names, environ))


def deliver(notices: Sequence[Notice], target: Target, *, timeout: float, folder: Path) -> list[str]:
    """Hand notices over, all at the same time; return what went wrong, a line for each.

    Args:
        notices: What is told.
        target: Who is told.
        timeout: Seconds that this may take.
        folder: Where a command runs.
    """
    works: list[tuple[str, Callable[[], None]]] = []
    for notice in notices:
        if target.command:
            works.append(("notify.command", lambda notice=notice: _run(target.command, notice, timeout, folder)))  # type: ignore[misc]
        if target.url:
            works.append(("the webhook of [notify]", lambda notice=notice: _post(target.url, notice, timeout)))  # type: ignore[misc]
    results: list[str] = [f"is not done within {timeout:g} seconds"] * len(works)
    threads = [
        threading.Thread(target=_note, args=(work, number, results), daemon=True)
        for number, (_, work) in enumerate(works)
    ]
    until = time.monotonic() + timeout + _SPARE_SECONDS
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    wrong = [target.trouble] if target.trouble else []
    wrong += [f"{name} {result}" for (name, _), result in zip(works, results, strict=True) if result]
    return list(dict.fromkeys(display(target.mask.hide(line)) for line in wrong))


def _note(work: Callable[[], None], number: int, results: list[str]) -> None:
    try:
        work()
    except Undelivered as error:
        results[number] = str(error)
    except Exception as error:  # noqa: BLE001 - whatever it is, a build does not fail for it
        results[number] = f"failed: {type(error).__name__}"
    else:
        results[number] = ""


def _run(command: str | tuple[str, ...], notice: Notice, timeout: float, folder: Path) -> None:
    """Run a command with a notice on its stdin; it ends in time, with all that it started."""
    words = ["/bin/sh", "-c", command] if isinstance(command, str) else list(command)
    told = {"EVENT": notice.event, "RUN": notice.origin.run, "SUBJECT": notice.subject}
    environ = {**os.environ, **{f"ASSETMAKE_{name}": value for name, value in told.items()}}
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as said:
        given.write(notice.write().encode() + b"\n")
        given.seek(0)
        try:
            process = subprocess.Popen(
                words,
                stdin=given,
                stdout=subprocess.DEVNULL,
                stderr=said,
                cwd=folder,
                env=environ,
                start_new_session=True,
            )
        except OSError as error:
            raise Undelivered(f"cannot be run: {error.strerror}: {words[0]}") from None
        try:
            status = process.wait(timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise Undelivered(f"is not done within {timeout:g} seconds, and was ended") from None
        if status:
            said.seek(0)
            line = said.read(_READ_BYTES).decode("utf-8", "replace").strip().partition("\n")[0]
            raise Undelivered(f"ended with {status}{f': {line}' if line else ''}")


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Follows none: a POST that is sent on becomes a GET without what was to be told."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _post(url: str, notice: Notice, timeout: float) -> None:
    request = urllib.request.Request(  # noqa: S310 - its scheme was checked
        url,
        data=notice.write().encode(),
        headers={"Content-Type": "application/json", "User-Agent": "assetmake"},
        method="POST",
    )
    opener = urllib.request.build_opener(_NoRedirects)
    try:
        with opener.open(request, timeout=timeout) as answer:
            answer.read(_READ_BYTES)
    except urllib.error.HTTPError as error:
        with error:
            where = "; it has moved: give its new address" if 300 <= error.code < 400 else ""
            raise Undelivered(f"answered {error.code} {error.reason}{where}") from None
    except TimeoutError:
        raise Undelivered(f"is not done within {timeout:g} seconds") from None
    except urllib.error.URLError as error:
        if isinstance(error.reason, TimeoutError):
            raise Undelivered(f"is not done within {timeout:g} seconds") from None
        told = error.reason.strerror if isinstance(error.reason, OSError) else None
        raise Undelivered(f"cannot be reached: {told or type(error.reason).__name__}") from None
    except (OSError, http.client.HTTPException) as error:
        raise Undelivered(f"cannot be reached: {type(error).__name__}") from None
