"""A webhook on this machine, and a project whose builds are heard."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from assetmake.cli.opening import Opened
from assetmake.cli.telling import telling
from assetmake.discovery.notify_settings import NotifyConfig
from assetmake.events import Event, RunFinished
from assetmake.execution.asked import BuildOptions
from assetmake.graph.selection import Selection
from assetmake.project import Project
from assetmake.reporting.console import Console
from assetmake.testing import Sandbox


@dataclass
class Post:
    """A server: what it was sent, and how it answers."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    wait: Callable[[], object] = lambda: None
    received: list[Any] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    url: str = ""


@contextmanager
def open_post() -> Iterator[Post]:
    post = Post()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            post.received.append(json.loads(body))
            post.kinds.append(self.headers["Content-Type"])
            post.wait()
            self.send_response(post.status)
            for name, value in post.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    post.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield post
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Heard:
    """A project that is built as commands build it, with a `[notify]`."""

    sandbox: Sandbox
    config: NotifyConfig | None
    said: io.StringIO = field(default_factory=io.StringIO)

    @property
    def project(self) -> Project:
        return replace(self.sandbox.project, config=replace(self.sandbox.project.config, notify=self.config))

    def build(
        self,
        *selections: str,
        during: Callable[[Event], None] = lambda _: None,
        stopped: Callable[[], bool] = lambda: False,
        **options: Any,
    ) -> list[RunFinished]:
        """Build all, or one selection after the other, as one command."""
        self.said = io.StringIO()
        project = self.project
        opened = Opened(project, Console(io.StringIO(), self.said, {}), bool(project.manifest.failures))
        asked = BuildOptions(command="assetmake build", **options)
        chosen = [Selection((each,)) for each in selections] or [Selection()]
        with telling(opened, asked) as heard:
            return [project.build(each, asked, heard.listen(during), stopped=stopped) for each in chosen]


def hear(assets: Iterable[Any], folder: Path, **notify: Any) -> Heard:
    return Heard(Sandbox(assets, root=folder), NotifyConfig(**notify))


def collecting(folder: Path) -> str:
    """Return a command that appends what it is told to `told.jsonl`."""
    return f"cat >> {folder}/told.jsonl"


def read_told(folder: Path) -> list[dict[str, Any]]:
    """Return what was told since this was last asked."""
    file = folder / "told.jsonl"
    told = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    file.unlink(missing_ok=True)
    return told
