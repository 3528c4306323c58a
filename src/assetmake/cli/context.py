"""--project, --env and --no-cache: accepted before and after the command, and kept where every command finds them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = "assetmake.project"
ENV = "assetmake.env"
NO_CACHE = "assetmake.no_cache"
CONFIG = "assetmake.config"
OVERRIDES = "assetmake.overrides"
ARGUMENTS = "assetmake.arguments"
REPORTS = "assetmake.reports"
GUARD = "assetmake.guard"
_Function = TypeVar("_Function", bound=Callable[..., Any])


def _keep(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def keep(ctx: click.Context, _parameter: click.Parameter, value: Any) -> None:
        if value is not None:
            ctx.meta[name] = value

    return keep


PROJECT_OPTIONS = (
    click.option(
        "--project",
        type=click.Path(),
        metavar="DIR",
        expose_value=False,
        callback=_keep(PROJECT),
        help="The project's folder; default: the nearest one with an assets.toml, upwards.",
    ),
    click.option(
        "--env",
        metavar="NAME",
        expose_value=False,
        callback=_keep(ENV),
        help="Overlay of assets.toml, as in [env.NAME]; default: what ASSETMAKE_ENV says.",
    ),
    click.option(
        "--no-cache",
        is_flag=True,
        default=None,
        expose_value=False,
        callback=_keep(NO_CACHE),
        help="Import the project's modules, even where none of what they rest on has changed.",
    ),
)
"""Their values go to the context, not to the command's function."""


CONFIG_OPTIONS = (
    click.option(
        "-c",
        "overrides",
        multiple=True,
        metavar="ASSET.FIELD=VALUE",
        expose_value=False,
        callback=_keep(OVERRIDES),
        help="Configure an asset, or a resource: RESOURCE.FIELD=VALUE; may be repeated.",
    ),
    click.option(
        "--config",
        "config_file",
        type=click.Path(),
        metavar="FILE",
        expose_value=False,
        callback=_keep(CONFIG),
        help="Run config for assets and resources, as TOML, JSON or YAML.",
    ),
)
"""Their values go to the context too, where the project is opened with them."""


def config_options(function: _Function) -> _Function:
    """Give a command -c and --config."""
    for declare in reversed(CONFIG_OPTIONS):
        function = declare(function)
    return function


def project_options(function: _Function) -> _Function:
    """Give a command --project, --env and --no-cache."""
    for declare in reversed(PROJECT_OPTIONS):
        function = declare(function)
    return function


def given_project(ctx: click.Context) -> Path | None:
    """Return what --project said."""
    found: str | None = ctx.meta.get(PROJECT)
    if found is None:
        return None
    from pathlib import Path  # not at the top: help and most completions do without

    return Path(found)


def given_env(ctx: click.Context) -> str | None:
    """Return what --env said."""
    found: str | None = ctx.meta.get(ENV)
    return found


def is_cache_off(ctx: click.Context) -> bool:
    """Tell whether --no-cache was given."""
    return bool(ctx.meta.get(NO_CACHE))


def given_config(ctx: click.Context) -> Path | None:
    """Return the file that --config names."""
    found: str | None = ctx.meta.get(CONFIG)
    if found is None:
        return None
    from pathlib import Path  # not at the top: help and most completions do without

    return Path(found)


def given_overrides(ctx: click.Context) -> tuple[str, ...]:
    """Return what -c said, each time that it was given."""
    found: tuple[str, ...] = ctx.meta.get(OVERRIDES, ())
    return found


def given_arguments(ctx: click.Context) -> tuple[str, ...] | None:
    """Return the whole command line, without the program's name; None where there is none."""
    found: tuple[str, ...] | None = ctx.find_root().meta.get(ARGUMENTS)
    return found


def given_guard(ctx: click.Context) -> Callable[[str], str]:
    """Return what all that is printed goes through."""
    found: Callable[[str], str] = ctx.meta.get(GUARD, str)
    return found


def hide_overrides(arguments: Sequence[str]) -> list[str]:
    """Return a command line as it may be kept: a value that is given with -c may be a secret."""
    shown: list[str] = []
    for word in arguments:
        name, equals, _ = word.partition("=")
        is_value = equals and ((shown and shown[-1] == "-c") or (word.startswith("-c") and not word.startswith("--")))
        shown.append(f"{name}=***" if is_value else word)
    return shown
