"""The files of docs/cron: read by parsers, and what they call exists."""

from __future__ import annotations

import configparser
import shlex
from pathlib import Path
from typing import Any

import click
import pytest

from assetmake.cli.commands import assetmake
from assetmake.cli.crontab import write_times

FOLDER = Path(__file__).resolve().parents[2] / "docs/cron"


def read_unit(name: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string((FOLDER / name).read_text(encoding="utf-8"))
    return parser


def check_command(words: list[str]) -> None:
    assert Path(words[0]).name == "assetmake"
    command = assetmake.get_command(click.Context(assetmake), words[1])
    assert command is not None
    command.make_context(words[1], words[2:])


def test_the_service_ends_by_itself_and_is_asked_to_stop_as_builds_want_it() -> None:
    unit = read_unit("assetmake.service")
    assert unit.sections() == ["Unit", "Service"]
    service = unit["Service"]
    assert (service["Type"], service["KillMode"]) == ("oneshot", "mixed")
    assert service["ExecStart"].startswith(service["WorkingDirectory"])
    assert int(service["TimeoutStopSec"]) > 5
    check_command(shlex.split(service["ExecStart"]))


def test_the_timer_starts_the_service_of_its_name() -> None:
    unit = read_unit("assetmake.timer")
    assert unit.sections() == ["Unit", "Timer", "Install"]
    assert "Unit" not in unit["Timer"]
    assert unit["Timer"]["OnCalendar"] == "*:0/5"
    assert unit["Install"]["WantedBy"] == "timers.target"
    assert (FOLDER / "assetmake.service").exists()


def test_the_cron_job_runs_one_pod_that_hears_signals() -> None:
    yaml = pytest.importorskip("yaml", reason="the file is read by PyYAML")
    claim, job = list(yaml.safe_load_all((FOLDER / "cronjob.yaml").read_text(encoding="utf-8")))
    assert (job["apiVersion"], job["kind"]) == ("batch/v1", "CronJob")
    spec: dict[str, Any] = job["spec"]
    assert (spec["schedule"], spec["concurrencyPolicy"]) == (write_times(300), "Forbid")
    pod = spec["jobTemplate"]["spec"]["template"]["spec"]
    assert pod["restartPolicy"] == "Never"
    assert pod["terminationGracePeriodSeconds"] > 5
    assert pod["volumes"][0]["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]
    (container,) = pod["containers"]
    shell, option, script = container["command"]
    assert (shell, option, script.split()[0]) == ("sh", "-c", "exec")
    check_command(shlex.split(script)[1:])
    mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
    assert mounts == {f"{container['workingDir']}/{folder}": "state" for folder in (".assetmake", "data")}
