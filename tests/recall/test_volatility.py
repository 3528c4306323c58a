"""What a project asks of the clock or of chance at its import is heard; what libraries ask for themselves is not."""

from __future__ import annotations

import builtins
import inspect
import linecache
import sys
import textwrap
from collections.abc import Callable, ItemsView, Iterator
from pathlib import Path
from types import FrameType

import pytest

from assetmake.definitions.assets import decorators as declaring
from assetmake.discovery.recall import volatility
from assetmake.discovery.recall.volatility import Vigil, has_drawn_from_numpy
from assetmake.discovery.recall.watch import Watch

Hear = Callable[..., str]


class Asking(dict[str, object]):
    """What a project may hand to a declaration: looking at it runs code of its own."""

    def __init__(self, ask: Callable[[], float]) -> None:
        super().__init__(rows=1)
        self._ask = ask

    def items(self) -> ItemsView[str, object]:
        self._ask()
        return super().items()

    def __call__(self) -> None: ...

    @property
    def __signature__(self) -> inspect.Signature:
        self._ask()
        return inspect.Signature()


def wrap(asked: Asking) -> Callable[[], None]:
    """Return a plain function that says that it wraps something of the project's own."""

    def wrapper() -> None: ...

    wrapper.__wrapped__ = asked  # type: ignore[attr-defined]
    return wrapper


@pytest.fixture
def hear(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hear]:
    """Return a function that runs a text as a module of a project, and returns why it may differ next time."""
    root = str(tmp_path)
    vigils: list[Watch] = []

    def tell(why: str, frame: FrameType) -> None:
        vigils[-1].call_volatile(why, frame)

    vigil = Vigil(tell)
    monkeypatch.setattr(builtins, "__import__", vigil._import_unheard)
    monkeypatch.setattr(declaring, "declare", vigil._declare_unheard)

    def run(text: str, name: str = "assets") -> str:
        vigils.append(Watch(root, [root], salt=""))
        file = f"{root}/{name}.py"
        code = compile(textwrap.dedent(text), file, "exec")
        with vigil.listening():
            exec(code, {"__name__": name, "__file__": file, "Asking": Asking, "wrap": wrap})
        return vigils[-1].volatile

    yield run
    linecache.clearcache()


CLOCK = "asks what time it is"
CHANCE = "takes something at random"
ASKING = [
    ("from datetime import datetime\nX = datetime.now()", CLOCK),
    ("from datetime import datetime, UTC\nX = datetime.now(UTC)", CLOCK),
    ("import datetime\nX = datetime.datetime.utcnow()", CLOCK),
    ("import datetime\nX = datetime.date.today()", CLOCK),
    ("import time\nX = time.time()", CLOCK),
    ("from time import time_ns\nX = time_ns()", CLOCK),
    ("import time\nX = time.clock_gettime(time.CLOCK_REALTIME)", CLOCK),
    ("import time\nX = time.strftime('%Y')", CLOCK),
    ("import time\nX = time.localtime().tm_year", CLOCK),
    ("from email.utils import formatdate\nX = formatdate()", CLOCK),
    ("import random\nX = random.random()", CHANCE),
    ("import random\nX = random.choice([1, 2])", CHANCE),
    ("import random\nX = [1, 2]; random.shuffle(X)", CHANCE),
    ("import uuid\nX = uuid.uuid4()", CHANCE),
    ("import secrets\nX = secrets.token_hex()", CHANCE),
    ("import os\nX = os.urandom(8)", CHANCE),
    ("import tempfile\nX = tempfile.mktemp()", CHANCE),
    ("import datetime\nX = [f() for f in (datetime.datetime.now,)]", CLOCK),
    ("import threading, time\nt = threading.Thread(target=lambda: time.time()); t.start(); t.join()", CLOCK),
    ("import uuid\nX = uuid.uuid1()", CHANCE),
    ("import collections, time\nX = collections.defaultdict(time.time)['x']", CLOCK),
    ("import functools; from time import time_ns\nX = functools.partial(time_ns)()", CLOCK),
    ("import functools, os\nX = functools.partial(os.urandom, 8)()", CHANCE),
    ("import collections, random\nX = collections.defaultdict(random.random)['x']", CHANCE),
    ("import pandas\nX = pandas.Timestamp.now()", CLOCK),
    ("import pandas\nX = pandas.Timestamp('now')", CLOCK),
    ("import pandas\nX = pandas.date_range('2026-01-01', pandas.Timestamp.today())", CLOCK),
    ("import numpy\nX = numpy.datetime64('today')", CLOCK),
    ("from assetmake import DailyPartitionsDefinition as D\nX = D('2026-01-01').get_partition_keys()", CLOCK),
    (
        "import time; from assetmake import asset\nX = asset(kinds=(f'k{time.time():.0f}' for _ in 'a'))(lambda: 1)",
        CLOCK,
    ),
]


@pytest.mark.parametrize(("text", "why"), ASKING, ids=[text.split("\n")[1] for text, _ in ASKING])
def test_what_asks_is_named_with_its_line(hear: Hear, text: str, why: str) -> None:
    if "pandas" in text or "numpy" in text:
        pytest.importorskip("pandas")
    assert hear(text) == f"assets.py:2 {why}"


def test_a_function_that_is_called_while_the_module_runs_is_heard_too(hear: Hear) -> None:
    text = """
    import datetime

    def find_day():
        return datetime.date.today()

    class Days:
        last = find_day()
    """
    assert hear(text) == f"assets.py:5 {CLOCK}"


@pytest.mark.parametrize(
    "declaration",
    [
        "asset(metadata=Asking(time.time))(lambda: 1)",
        "asset(name='x')(Asking(time.time))",
        "asset(name='x')(wrap(Asking(time.time)))",
    ],
)
def test_code_of_the_project_that_a_declaration_calls_is_heard(hear: Hear, declaration: str) -> None:
    assert hear(f"import time\nfrom assetmake import asset\n{declaration}").endswith(CLOCK)


@pytest.mark.parametrize("name", ["logging_setup", "warnings_of_ours", "assetmake_flows"])
def test_a_module_that_is_called_like_one_of_those_not_heard_is_heard(hear: Hear, name: str) -> None:
    assert hear("import time\nX = time.time()", name) == f"{name}.py:2 {CLOCK}"


CALM = [
    "import datetime\nX = datetime.datetime(2026, 1, 1)",
    "import datetime\ndef find(): return datetime.date.today()",
    "import datetime\nif __name__ == '__main__':\n    print(datetime.datetime.now())",
    "import datetime\nnow = today = datetime.date(2026, 1, 1)\nX = now, today",
    "import datetime\ndef find(at: datetime.time = datetime.time(1)) -> None: ...",
    "import types\ntime = types.SimpleNamespace(time=1, random=2)\nX = time.time, time.random",
    "import logging\nlogging.getLogger('x').warning('dated')",
    "import warnings\nwith warnings.catch_warnings():\n    warnings.simplefilter('ignore')\n    warnings.warn('x')",
    "import random\nrandom.seed(1)",
    "import time\nX = time.perf_counter(), time.monotonic()",
    "from assetmake import DailyPartitionsDefinition as D\nX = D('2026-01-01', end_date='2026-02-01')",
]


@pytest.mark.parametrize("text", CALM)
def test_what_does_not_ask_is_not_named(hear: Hear, text: str) -> None:
    assert hear(text) == ""


def test_what_a_library_asks_for_its_own_import_does_not_count(hear: Hear, tmp_path: Path) -> None:
    library = tmp_path / "site-packages"
    library.mkdir()
    (library / "asking.py").write_text("import time, random\nX = time.time(), random.random()\n")
    sys.path.append(str(library))
    try:
        assert hear("import asking\nX = asking.X") == ""
    finally:
        sys.path.remove(str(library))
        sys.modules.pop("asking", None)


def test_a_library_that_is_called_asks_for_the_project(hear: Hear, tmp_path: Path) -> None:
    library = tmp_path / "site-packages"
    library.mkdir()
    (library / "asked.py").write_text("import time\ndef ask(): return time.time()\n")
    sys.path.append(str(library))
    try:
        assert hear("import asked\nX = asked.ask()") == f"assets.py:2 {CLOCK}"
    finally:
        sys.path.remove(str(library))
        sys.modules.pop("asked", None)


def test_an_error_of_the_listener_is_none_of_the_project(hear: Hear, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> str:
        raise ValueError

    monkeypatch.setattr(volatility, "_find_home", fail)
    assert hear("import time\nX = time.time()") == ""


def test_numbers_drawn_from_numpy_are_noticed() -> None:
    numpy = pytest.importorskip("numpy")
    before = numpy.random.get_state()
    try:
        numpy.random.seed(1)
        assert not has_drawn_from_numpy()
        numpy.random.rand(2)
        assert has_drawn_from_numpy()
    finally:
        numpy.random.set_state(before)


OUTSIDE = [
    ("subprocess.Popen", "starts a process"),
    ("os.system", "starts a process"),
    ("os.fork", "starts a process"),
    ("os.posix_spawn", "starts a process"),
    ("socket.connect", "connects to a network"),
    ("socket.getaddrinfo", "asks the network for a name"),
    ("urllib.Request", "asks the network for a page"),
]


@pytest.mark.parametrize(("event", "why"), OUTSIDE)
def test_who_looks_outside_the_machine_is_named(tmp_path: Path, event: str, why: str) -> None:
    watch = Watch(str(tmp_path), [], salt="")
    code = compile("\n\nhear(event, ())", str(tmp_path / "assets.py"), "exec")
    with watch.noting():
        exec(code, {"hear": watch.hear, "event": event})
    assert watch.volatile == f"assets.py:3 {why}"
