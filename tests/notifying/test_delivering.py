"""How notices are delivered, and what comes of it where they cannot be: a line, and nothing else."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from listening_post import Post, open_post

from assetmake.discovery.notify_settings import NotifyConfig
from assetmake.notifying.delivery import deliver, find_target
from assetmake.notifying.notices import Notice, Origin

NOTICE = Notice(
    "failure", Origin("shop", "prod", "host", "assetmake build", datetime(2026, 1, 5, tzinfo=UTC), "r1"), "it failed"
)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def post() -> Iterator[Post]:
    with open_post() as post:
        yield post


def send(folder: Path, *, timeout: float = 5.0, variables: dict[str, str] | None = None, **notify: object) -> list[str]:
    target = find_target(NotifyConfig(**notify), variables or {})  # type: ignore[arg-type]
    return deliver([NOTICE], target, timeout=timeout, folder=folder)


def test_a_webhook_is_posted_json(tmp_path: Path, post: Post) -> None:
    assert send(tmp_path, webhook=post.url) == []

    assert post.kinds == ["application/json"]
    (told,) = post.received
    assert (told["event"], told["project"], told["env"], told["run"]) == ("failure", "shop", "prod", "r1")
    assert (told["at"], told["text"]) == ("2026-01-05T00:00:00+00:00", "it failed")


def test_the_address_comes_from_the_environment(tmp_path: Path, post: Post) -> None:
    base, _, path = post.url.rpartition("/")

    assert send(tmp_path, webhook_env="HOOK", variables={"HOOK": f" {post.url}\n"}) == []
    assert send(tmp_path, webhook=f"{base}/${{PATH_OF_HOOK}}", variables={"PATH_OF_HOOK": path}) == []

    assert len(post.received) == 2


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (500, "the webhook of [notify] answered 500 Internal Server Error"),
        (404, "the webhook of [notify] answered 404 Not Found"),
        (302, "the webhook of [notify] answered 302 Found; it has moved: give its new address"),
        (308, "the webhook of [notify] answered 308 Permanent Redirect; it has moved: give its new address"),
    ],
)
def test_what_is_no_success_is_told_and_a_redirect_is_not_followed(
    tmp_path: Path, post: Post, status: int, said: str
) -> None:
    post.status, post.headers = status, {"Location": post.url}

    assert send(tmp_path, webhook=post.url) == [said]
    assert len(post.received) == 1


def test_a_webhook_that_is_down_or_slow_is_told_and_not_waited_for(tmp_path: Path, post: Post) -> None:
    release = threading.Event()
    post.wait = release.wait

    slow = send(tmp_path, webhook=post.url, timeout=0.05)

    release.set()
    assert slow == ["the webhook of [notify] is not done within 0.05 seconds"]
    assert send(tmp_path, webhook="http://127.0.0.1:1/secret") == [
        "the webhook of [notify] cannot be reached: Connection refused"
    ]


@pytest.mark.parametrize(
    ("notify", "variables", "said"),
    [
        ({"webhook_env": "HOOK"}, {}, "notify.webhook_env: the environment has no HOOK"),
        ({"webhook": "https://h/${TOKEN}"}, {"TOKEN": " "}, "notify.webhook: the environment has no TOKEN"),
        (
            {"webhook_env": "HOOK"},
            {"HOOK": "file:///etc/passwd"},
            "notify.webhook_env: with HOOK, expected an URL that starts with https:// or http:// and names a host",
        ),
        (
            {"webhook": "${HOOK}"},
            {"HOOK": "https://h/with a secret"},
            "notify.webhook: with HOOK, expected an URL that starts with https:// or http:// and names a host",
        ),
    ],
)
def test_a_wrong_address_is_told_and_not_shown(
    tmp_path: Path, notify: dict[str, str], variables: dict[str, str], said: str
) -> None:
    assert send(tmp_path, variables=variables, **notify) == [said]


def test_a_command_gets_the_notice_on_stdin_and_in_variables(tmp_path: Path) -> None:
    line = "cat > told; echo $ASSETMAKE_EVENT $ASSETMAKE_RUN $ASSETMAKE_SUBJECT > variables; pwd > folder"

    assert send(tmp_path, command=line) == []

    assert json.loads((tmp_path / "told").read_text())["subject"] == "it failed"
    assert (tmp_path / "variables").read_text() == "failure r1 it failed\n"
    assert (tmp_path / "folder").read_text().strip() == str(tmp_path.resolve())


def test_words_are_run_without_a_shell(tmp_path: Path) -> None:
    assert send(tmp_path, command=("touch", "a; touch b", "$HOME")) == []

    assert sorted(each.name for each in tmp_path.iterdir()) == ["$HOME", "a; touch b"]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("echo first >&2; echo second >&2; exit 3", "notify.command ended with 3: first"),
        ("printf '\\033[2J' >&2; exit 1", "notify.command ended with 1: \\x1b[2J"),
        ("exit 3", "notify.command ended with 3"),
        (("/no/such/program",), "notify.command cannot be run: No such file or directory: /no/such/program"),
    ],
)
def test_a_command_that_fails_is_told(tmp_path: Path, command: str | tuple[str, ...], said: str) -> None:
    assert send(tmp_path, command=command) == [said]


def test_a_slow_command_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    line = "exec 9>held; flock 9; (sleep 60 & wait)"

    assert send(tmp_path, command=line, timeout=0.3) == ["notify.command is not done within 0.3 seconds, and was ended"]
    assert send(tmp_path, command="exec 9>held; flock -w 5 9") == [], "nobody holds it any more"


def test_a_child_that_is_left_behind_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    assert send(tmp_path, command="cat pipe > got & true") == []

    (tmp_path / "pipe").write_text("")  # it had stayed


def test_both_are_told_though_one_fails(tmp_path: Path, post: Post) -> None:
    assert send(tmp_path, command="exit 1", webhook=post.url) == ["notify.command ended with 1"]

    assert len(post.received) == 1


def test_a_secret_is_hidden_in_what_a_command_says(tmp_path: Path, post: Post) -> None:
    said = send(
        tmp_path,
        command="echo cannot post to hunter2 >&2; exit 1",
        webhook=f"{post.url}/${{TOKEN}}",
        variables={"TOKEN": "hunter2"},
    )

    assert said == ["notify.command ended with 1: cannot post to ***"]
