"""Questions to the user's functions go to another process: what it does there fails one question only."""

from __future__ import annotations

import textwrap
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assetmake.discovery.config import load_config
from assetmake.ticking.asking import Asking
from assetmake.ticking.decision import Kind
from assetmake.ticking.question import Question, Reply

PROJECT = """
    import os
    import time

    from assetmake import *


    class Mail(ConfigurableResource):
        password: str
        host: str = "localhost"


    @asset
    def plain() -> int:
        return 1


    @sensor(target="plain")
    def hangs(context):
        print("so long")
        time.sleep(1000)


    @sensor(target="plain")
    def leaves(context):
        os._exit(7)


    @sensor(target="plain")
    def raises(context, mail: Mail):
        raise ValueError(f"wrong: {mail.password}")


    @sensor(target="plain")
    def answers(context, mail: Mail):
        print(f"asked {mail.host} with {mail.password}")
        return SkipReason(f"not with {mail.password}")


    defs = Definitions(sensors=[raises, answers], resources={"mail": Mail(password=EnvVar("MAIL_PASSWORD"))})
"""


def ask(root: Path, *names: str, timeout: float = 60.0) -> list[Reply]:
    now = datetime(2026, 1, 5, tzinfo=UTC)
    asking = Asking(root, load_config(root, env=None))
    return asking([Question(Kind.SENSOR, name, "assets", now, timeout=timeout) for name in names])


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MAIL_PASSWORD", "s3cret-word")
    (tmp_path / "assets.toml").write_text('[resources.mail]\nhost = "mail.example.com"\n')
    (tmp_path / "assets.py").write_text(textwrap.dedent(PROJECT).lstrip("\n"))
    return tmp_path


def test_what_dies_fails_alone_and_the_others_answer(root: Path) -> None:
    left, raised, answered = ask(root, "leaves", "raises", "answers")
    assert left.failure is not None
    assert left.failure.message == "its process exited with code 7"
    assert raised.failure is not None
    assert raised.failure.message == "ValueError: wrong: ***"
    assert (raised.failure.file, raised.failure.line) == ("assets.py", 30)
    assert "s3cret" not in raised.failure.traceback
    assert (answered.failure, answered.skipped) == (None, "not with ***")
    assert answered.output == "asked mail.example.com with ***\n"


def test_what_hangs_is_ended(root: Path) -> None:
    (hung,) = ask(root, "hangs", timeout=0.2)
    assert hung.failure is not None
    assert hung.failure.message == "timeout: it ran for more than 0.2 s and was ended"
    assert hung.output == "so long\n"


def test_what_hangs_is_not_asked_for_its_other_times(root: Path) -> None:
    hung, again, answered = ask(root, "hangs", "hangs", "answers", timeout=2.0)
    assert hung.output == "so long\n"
    assert again.failure is not None
    assert again.failure.message == "it was not asked, as it hung at an earlier time"
    assert answered.failure is None


def test_what_is_no_more_is_told(root: Path) -> None:
    (gone,) = ask(root, "answer")
    assert gone.failure is not None
    assert gone.failure.message == "there is no sensor answer any more (did you mean answers?)"
