"""The footer: one line at the bottom of a terminal while a build runs, gone when it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from assetmake.reporting.console import Console


@contextmanager
def show_footer(console: Console, describe: Callable[[], str]) -> Iterator[None]:
    """Keep `describe()` on the terminal's last line while the block runs; off a terminal do nothing.

    Args:
        console: Lines written to it meanwhile appear above.
        describe: Called a few times per second, from another thread.
    """
    if not console.is_live:
        yield
        return
    # Importing rich takes longer than planning does, and only a terminal needs it.
    from rich.console import Console as RichConsole
    from rich.live import Live
    from rich.text import Text

    terminal = RichConsole(file=console.err, force_terminal=True, no_color=not console.paint_talk.enabled)

    style = "dim" if console.paint_talk.enabled else ""

    def render() -> Text:
        return Text(describe(), style=style, no_wrap=True, overflow="ellipsis")

    def print_above(lines: str) -> None:
        terminal.print(Text.from_ansi(lines), soft_wrap=True)

    live = Live(
        console=terminal,
        get_renderable=render,
        refresh_per_second=4,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    with live, console.keep_below(print_above):
        yield
