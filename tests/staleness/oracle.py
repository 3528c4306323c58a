"""The oracle: what every asset of a project gives, computed from scratch by calling its function.

It knows nothing of fingerprints or plans. All projects of one call are computed in forks of one process.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

_SCRIPT = """
import contextlib, functools, gc, importlib, json, os, sys, tomllib
import importlib._bootstrap_external as loading
import assetmake
from assetmake import AssetsDefinition

installed = tuple(os.path.join(place, "") for place in (sys.prefix, sys.base_prefix, assetmake.__path__[0]))

where_compiled = loading.cache_from_source

def find_compiled(path, *how, **more):
    if os.path.abspath(path).startswith(installed):
        return where_compiled(path, *how, **more)
    raise NotImplementedError("a project's files are compiled each time: a .pyc may look valid after an edit")

loading.cache_from_source = find_compiled

def show(value):
    if isinstance(value, (set, frozenset)):
        return f"{type(value).__name__}{sorted(map(show, value))}"
    if isinstance(value, (list, tuple)):
        return f"{type(value).__name__}{[*map(show, value)]}"
    return repr(value).replace(os.getcwd(), "ROOT")

def compute_all(root):
    os.chdir(root)
    with open("assets.toml", "rb") as stream:
        project = tomllib.load(stream)["project"]
    sys.path[:0] = [os.path.join(root, folder) for folder in (*project.get("python_path", []), ".")]
    found = {}
    for name in project.get("modules", ["assets"]):
        for value in vars(importlib.import_module(name)).values():
            if isinstance(value, AssetsDefinition):
                found[str(value.key)] = value

    @functools.cache
    def compute(key):
        read = {each.parameter: compute(str(each.key)) for each in found[key].dependencies if each.parameter}
        return found[key](**read)

    results = {}
    for key in found:
        try:
            results[key] = show(compute(key))
        except Exception as error:
            results[key] = f"raised {error!r}"
    return results

def is_installed(module):
    where = getattr(module, "__file__", None) or ""
    return where.startswith(installed)

for number, root in enumerate(json.load(sys.stdin)):
    said, say = os.pipe()
    if os.fork() == 0:
        known = set(sys.modules)
        print(json.dumps([root, compute_all(root)]), flush=True)
        found = [name for name, module in list(sys.modules.items()) if name not in known and is_installed(module)]
        os.write(say, json.dumps(found).encode())
        os._exit(0)
    os.close(say)
    with open(said) as stream:
        loaded = stream.read()
    os.wait()
    if number == 0:  # what all projects of a theme load is loaded once
        for name in json.loads(loaded):
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
        gc.freeze()
"""


def compute_results(roots: Sequence[Path]) -> dict[Path, dict[str, str]]:
    """Return, for each project, what its assets give now; an asset that raises gives its error."""
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT],
        input=json.dumps([str(root) for root in roots]),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    results = {Path(root): found for root, found in map(json.loads, done.stdout.splitlines())}
    assert results.keys() == set(roots), done.stderr
    return results
