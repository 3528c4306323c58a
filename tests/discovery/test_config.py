from __future__ import annotations

from pathlib import Path

import pytest

from assetmake.discovery.config import DEFAULT_MODULES, Config, find_project, load_config
from assetmake.discovery.notify_settings import NotifyConfig
from assetmake.discovery.settings import OutputCheck
from assetmake.errors import ConfigError, ExitCode


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ASSETMAKE_ENV", raising=False)


def load(root: Path, text: str, *, env: str | None = None) -> Config:
    (root / "assets.toml").write_text(text)
    return load_config(root, env=env)


def refuse(root: Path, text: str, *, env: str | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        load(root, text, env=env)
    assert caught.value.exit_code is ExitCode.USAGE
    return f"{caught.value.message} / {caught.value.hint}"


def test_an_empty_file_gives_the_defaults(root: Path) -> None:
    config = load(root, "")
    assert config.project.name == "project"
    assert config.project.modules == DEFAULT_MODULES == ("assets.py", "assets/**/*.py")
    assert config.project.python_path == (".",)
    assert config.build.jobs >= 1
    assert config.build.lock_timeout == 600
    assert config.build.strict is False
    assert config.storage.root == "data"
    assert config.state.path == ".assetmake/state.duckdb"
    assert config.staleness.outputs is OutputCheck.STAT
    assert config.staleness.environment == ()
    assert config.pools == {}
    assert config.env is None


def test_every_key_is_read(root: Path) -> None:
    config = load(
        root,
        """
        [project]
        name = "flights"
        modules = ["flights.assets"]
        python_path = ["src", "."]
        [build]
        jobs = 3
        lock_timeout = "1h30m"
        strict = true
        [storage]
        root = "out"
        [state]
        path = "s.duckdb"
        [staleness]
        outputs = "hash"
        environment = ["pandas"]
        [pools]
        warehouse = 4
        """,
    )
    assert (config.project.name, config.project.modules) == ("flights", ("flights.assets",))
    assert config.project.python_path == ("src", ".")
    assert (config.build.jobs, config.build.lock_timeout, config.build.strict) == (3, 5400, True)
    assert (config.storage.root, config.state.path) == ("out", "s.duckdb")
    assert (config.staleness.outputs, config.staleness.environment) == (OutputCheck.HASH, ("pandas",))
    assert config.pools == {"warehouse": 4}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[bulid]\njobs = 1", "unknown key bulid / did you mean build?"),
        ("[build]\njbos = 1", "unknown key build.jbos / did you mean build.jobs?"),
        (
            "[env.prod.storage]\nrot = 'x'",
            "unknown key env.prod.storage.rot / did you mean env.prod.storage.root?",
        ),
        ("[env.prod.bulid]\njobs = 1", "unknown key env.prod.bulid / did you mean env.prod.build?"),
        ("[resorces.db]\nurl = 'x'", "unknown key resorces / did you mean resources?"),
        (
            "[bulid]\njobs = 1\n[build]\njbos = 1\n[env.prod.storage]\nrot = 'x'",
            (
                "unknown keys bulid, build.jbos, env.prod.storage.rot / bulid: did you mean build?\n"
                "        build.jbos: did you mean build.jobs?\n"
                "        env.prod.storage.rot: did you mean env.prod.storage.root?"
            ),
        ),
        ("build = 3", "build is 3 / expected a table: [build]"),
        ("env = 3", "env is 3"),
        ("[env]\nprod = 3", "env.prod is 3"),
        ("[build]\njobs = '4'", "build.jobs = '4': expected a whole number from 1"),
        ("[build]\njobs = true", "build.jobs = True: expected a whole number from 1"),
        ("[build]\njobs = 0", "expected a whole number from 1"),
        ("[build]\nlock_timeout = 'soon'", "build.lock_timeout = 'soon': expected a duration"),
        ("[build]\nstrict = 'yes'", "build.strict = 'yes': expected true or false"),
        ("[project]\nmodules = 'a'", "project.modules = 'a': expected a list of strings"),
        ("[project]\nmodules = [1]", "project.modules = [1]: expected a list of strings"),
        ("[project]\nname = ''", "project.name = '': expected a non-empty string"),
        ("[staleness]\noutputs = 'mtime'", "expected one of none, stat, hash"),
        ("[pools]\nwarehouse = -1", "pools.warehouse = -1: expected a whole number from 1"),
        ("[selectors]\nnightly = 5", "selectors.nightly = 5: expected a non-empty string"),
        (
            "[storage]\nroot = 's3://bucket'",
            "storage.root = 's3://bucket': remote storage is not supported yet",
        ),
        ("[build", "is not TOML"),
    ],
)
def test_what_is_wrong_is_named(root: Path, text: str, said: str) -> None:
    message = refuse(root, text)
    assert said in message
    assert "assets.toml" in message


def test_an_environment_is_laid_over_key_by_key(root: Path) -> None:
    text = """
        [build]
        jobs = 2
        lock_timeout = 5
        [env.prod.build]
        jobs = 8
        [env.prod.pools]
        db = 1
    """
    assert load(root, text).build.jobs == 2
    config = load(root, text, env="prod")
    assert (config.build.jobs, config.build.lock_timeout, config.pools, config.env) == (
        8,
        5,
        {"db": 1},
        "prod",
    )


def test_the_variable_chooses_an_environment_and_the_option_wins(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "[env.dev.storage]\nroot = 'dev'\n[env.prod.storage]\nroot = 'prod'"
    monkeypatch.setenv("ASSETMAKE_ENV", "dev")
    assert load(root, text).storage.root == "dev"
    assert load(root, text, env="prod").storage.root == "prod"


def test_an_unknown_environment_names_the_known_ones(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "[env.dev.storage]\nroot = 'dev'\n[env.prod.storage]\nroot = 'prod'"
    assert "--env names the environment 'pord'" in refuse(root, text, env="pord")
    monkeypatch.setenv("ASSETMAKE_ENV", "pord")
    message = refuse(root, text)
    assert "ASSETMAKE_ENV names" in message
    assert "dev, prod" in message


def test_hostile_files_are_refused(root: Path) -> None:
    assert "larger than 1 MiB" in refuse(root, "#" * (1 << 20) + "\n")
    assert "nested too deeply" in refuse(root, "a = " + "[" * 100_000)
    (root / "assets.toml").write_bytes(b"[project]\nname = '\xff'")
    with pytest.raises(ConfigError, match="not UTF-8: byte 18 is 0xff"):
        load_config(root)


def test_a_byte_order_mark_is_no_error(root: Path) -> None:
    (root / "assets.toml").write_bytes(b"\xef\xbb\xbf[project]\nname = 'x'")
    assert load_config(root).project.name == "x"


def test_the_project_is_found_from_a_folder_below(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    below = root / "a" / "b"
    below.mkdir(parents=True)
    assert find_project(below) == root.resolve()
    monkeypatch.chdir(below)
    assert find_project() == root.resolve()


def test_the_project_may_be_named_as_folder_or_file(root: Path) -> None:
    assert find_project(project=root) == root.resolve()
    assert find_project(project=root / "assets.toml") == root.resolve()


def test_without_a_project_init_is_suggested(tmp_path: Path) -> None:
    for arguments in ({"start": tmp_path}, {"project": tmp_path}):
        with pytest.raises(ConfigError, match=r"no assets\.toml") as caught:
            find_project(**arguments)
        assert "assetmake init" in caught.value.hint


def test_whom_to_notify_is_read_and_an_environment_changes_single_keys(root: Path) -> None:
    text = """
        [notify]
        command = ["mail", "me"]
        on = ["failure"]
        timeout = "5s"
        repeat = false
        [env.prod.notify]
        webhook = "https://hooks/${TOKEN}"
        on = ["failure", "late"]
        [env.dev.notify]
        on = []
    """
    assert load(root, text).notify == NotifyConfig(("mail", "me"), "", "", ("failure",), 5, repeat=False)
    prod = load(root, text, env="prod").notify
    assert prod == NotifyConfig(("mail", "me"), "https://hooks/${TOKEN}", "", ("failure", "late"), 5, repeat=False)
    assert load(root, text, env="dev").notify is None
    assert load(root, "").notify is None
    only_prod = "[notify]\nrepeat = false\n[env.prod.notify]\nwebhook_env = 'HOOK'"
    assert load(root, only_prod).notify is None
    assert load(root, only_prod, env="prod").notify == NotifyConfig(webhook_env="HOOK", repeat=False)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("webhok = 'https://h'", "unknown key notify.webhok / did you mean notify.webhook?"),
        ("webhook = 'hooks.example/s3cret'", "notify.webhook: expected an URL that starts with https:// or http://"),
        ("webhook = 'ftp://h/s3cret'", "notify.webhook: expected an URL that starts with https:// or http://"),
        ("webhook = 'https://h:port/s3cret'", "notify.webhook: expected an URL that starts with https:// or http://"),
        ("webhook = 'https://h/${s3 cret}'", "notify.webhook: expected ${NAME}, with the name of an environment"),
        ("webhook_env = 'https://h/s3cret'", "notify.webhook_env: expected the name of an environment variable"),
        ("webhook_env = 'A'\nwebhook = 'https://h'", "notify.webhook and notify.webhook_env are both given / keep one"),
        ("command = []", "notify.command = []: expected a line for the shell, or a list of words"),
        ("command = 'x'\non = ['fail']", "notify.on = ['fail']: expected a list of failure, recovery, late"),
        ("command = 'x'\ntimeout = 'soon'", "notify.timeout = 'soon': expected a duration"),
        ("repeat = false", "[notify] does not say who is told / give it a command, a webhook or a webhook_env"),
    ],
)
def test_a_wrong_notify_is_told_without_what_may_be_secret(root: Path, text: str, said: str) -> None:
    told = refuse(root, f"[notify]\n{text}")
    assert said in told
    assert "s3" not in told
