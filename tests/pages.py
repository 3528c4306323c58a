"""The pages of the documentation, as somebody follows them.

How pages are written, so that they can be run:

- A `console` block holds commands after `$ ` and what they print, both streams as they come. A line `...` stands for
  any lines, `...` within a line for any text. Durations, run ids, times of day and the number of spaces do not count.
- ``File `NAME`:`` before a block writes it, ``Append to `NAME`:`` appends it, ``Change `NAME`:`` before a `diff` block
  edits it, and `` `NAME` holds:`` says that it is there. Blocks without such a line are for reading.
- A page runs from top to bottom in one folder, `~` in what is printed. Of an `sh` block, which sets up,
  `assetmake build` is run if it ends in that: the rest is there already.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import tempfile
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from fork_client import run_forked
from fresh import FreshProcesses

ROOT = Path(__file__).resolve().parent.parent
LEADS = {
    "write": re.compile(r"File `(.+)`:"),
    "append": re.compile(r"Append to `(.+)`:"),
    "change": re.compile(r"Change `(.+)`:"),
    "holds": re.compile(r"`(.+)` holds:"),
}
VARIABLE = (
    (re.compile(r"\b\d{8}T\d{6}-[0-9a-f]{6}\b"), "RUN"),
    (re.compile(r"\b\d\d:\d\d:\d\d\b"), "TIME"),
    (re.compile(r"\b(just now|\d+ (second|minute)s? ago)"), "AGO"),
    (re.compile(r"\b(\d+(\.\d+)?s|\d+m \d\ds)(?=\W|$)"), "SECONDS"),
    (re.compile(r"(?<=\S) +"), " "),
)
_QUOTED = re.compile(r"""'[^']*'|"[^"$`\\\\]*\"""")
_MEANT_FOR_A_SHELL = re.compile(r"[^\w\s.,:@+=/%^-]")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: where it begins, its language, its text, and the line of prose before it."""

    page: Path
    line: int
    language: str
    text: str
    lead: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def read_blocks(page: Path) -> Iterator[Block]:
    lead, opened, body = "", None, []
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
        if opened is None and line.startswith("```"):
            opened, body = (number, line.removeprefix("```").strip()), []
        elif opened is not None and line.startswith("```"):
            yield Block(page, *opened, "".join(f"{each}\n" for each in body), lead)
            lead, opened = "", None
        elif opened is not None:
            body.append(line)
        elif line.strip():
            lead = line.strip()


def read_session(text: str) -> Iterator[tuple[str, list[str]]]:
    """Split a console block into commands and the lines that each is said to print."""
    command, expected = "", []
    for line in text.splitlines():
        if line.startswith("$ "):
            if command:
                yield command, expected
            command, expected = line.removeprefix("$ "), []
        else:
            expected.append(line)
    yield command, expected


class Reader:
    """Somebody who follows a page: types its commands and writes its files."""

    def __init__(self, folder: Path, processes: FreshProcesses) -> None:
        self.home = folder / "home"
        self.here = self.home
        self.bin = folder / "bin"
        self.home.mkdir()
        self.bin.mkdir()
        self._server = processes.socket
        for name in ("assetmake", "python"):
            processes.install(self.bin, name)

    def follow(self, block: Block) -> None:
        for kind, pattern in LEADS.items():
            found = pattern.fullmatch(block.lead)
            if found:
                getattr(self, f"_{kind}")(self.here / found[1], block)
        if block.language == "sh" and block.text.rstrip().endswith("&& assetmake build"):
            assert self.type("assetmake build")[-1].startswith("Done. ")
        if block.language == "console":
            for command, expected in read_session(block.text):
                printed = self.type(command)
                assert matches(expected, printed), (
                    f"{block}: $ {command}\n--- the page says\n{textwrap.indent(chr(10).join(expected), '  ')}"
                    f"\n--- it prints\n{textwrap.indent(chr(10).join(printed), '  ')}"
                )

    def type(self, command: str) -> list[str]:
        """Type a command; return the lines that it prints."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ASSETMAKE_", "PYTEST_"))}
        environment = kept | {"PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "80", "NO_COLOR": "1"}
        environment["PYTEST_PLUGINS"] = "assetmake.pytest_plugin"  # a checkout may be older than its entry point
        with tempfile.TemporaryFile() as out, open(os.devnull) as nothing:
            streams = (nothing.fileno(), out.fileno(), out.fileno())
            if is_plain(command):
                words = shlex.split(command)[1:]
                run_forked(
                    self._server, words, folder=str(self.here), environment=environment, streams=streams, alone=True
                )
            else:
                self._ask_shell(command, environment, streams)
            out.seek(0)
            return out.read().decode().replace(str(self.home), "~").splitlines()

    def _ask_shell(self, command: str, environment: Mapping[str, str], streams: tuple[int, int, int]) -> None:
        where = self.bin / "where"
        subprocess.run(
            ["sh", "-c", f'{command}\nstatus=$?; pwd > "{where}"; exit $status'],
            cwd=self.here,
            env=environment,
            stdin=streams[0],
            stdout=streams[1],
            stderr=streams[2],
            timeout=600,
            check=False,
        )
        self.here = Path(where.read_text(encoding="utf-8").strip())

    def _write(self, path: Path, block: Block) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")

    def _append(self, path: Path, block: Block) -> None:
        with path.open("a", encoding="utf-8") as stream:
            stream.write("\n\n" + block.text)

    def _change(self, path: Path, block: Block) -> None:
        lines = block.text.splitlines(keepends=True)
        old = "".join(line[1:] for line in lines if line[0] in " -")
        new = "".join(line[1:] for line in lines if line[0] in " +")
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{block}: what it changes is not once in {path.name}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def _holds(self, path: Path, block: Block) -> None:
        assert block.text.strip() in path.read_text(encoding="utf-8"), f"{block}: {path.name} holds something else"


def is_plain(command: str) -> bool:
    """Tell whether a command is one of assetmake, and a shell would do nothing but split it into words."""
    return command.startswith("assetmake ") and not _MEANT_FOR_A_SHELL.search(_QUOTED.sub("", command))


def matches(expected: list[str], printed: list[str]) -> bool:
    """Tell whether lines are as a page says, where `...` stands for anything."""
    pattern = "".join(
        r"(?:.*\n)*" if line.strip() == "..." else ".*".join(map(re.escape, line.split("..."))) + r"\n"
        for line in map(even_out, expected)
    )
    return re.fullmatch(pattern, "".join(f"{even_out(line)}\n" for line in printed)) is not None


def even_out(line: str) -> str:
    for pattern, stands_for in VARIABLE:
        line = pattern.sub(stands_for, line)
    return line.rstrip()
