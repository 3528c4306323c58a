"""What doit, pytask and snakemake are given: scripts that read the rules from a file beside them."""

from __future__ import annotations

from benchmarks.graphs import MODULUS

RULES_FILE = "rules.txt"
"""A line for each rule: target, kind, what it reads; tabs between them."""

_READ = f"""\
def read_rules():
    with open("{RULES_FILE}") as stream:
        for line in stream:
            target, kind, reads = line.rstrip("\\n").split("\\t")
            yield target, kind, reads.split()


def build(target, kind, reads):
    if kind in ("sum", "double"):
        value = 0
        for path in reads:
            with open(path) as stream:
                value += sum(map(int, stream.read().split()))
        value = 2 * value if kind == "double" else value % {MODULUS}
    else:
        value = int(kind)
    with open(target, "w") as stream:
        stream.write(f"{{value}}\\n")
"""

DODO = f"""\
from doit.tools import run_once

DOIT_CONFIG = {{"backend": "json", "reporter": "zero", "verbosity": 0}}


{_READ}

def task_out():
    for target, kind, reads in read_rules():
        yield {{
            "name": target,
            "actions": [(build, [target, kind, reads])],
            "file_dep": reads,
            "targets": [target],
            "uptodate": [] if reads else [run_once],
        }}
"""

TASKS = f"""\
from pathlib import Path

from pytask import Product, task
from typing import Annotated

HERE = Path(__file__).parent


{_READ}

for target, kind, reads in read_rules():

    @task(id=target)
    def task_out(
        out: Annotated[Path, Product] = HERE / target,
        reads: list[Path] = [HERE / path for path in reads],
        kind: str = kind,
    ):
        build(out, kind, reads)
"""

SNAKEFILE = f"""\
def read_rules():
    with open("{RULES_FILE}") as stream:
        for line in stream:
            target, kind, reads = line.rstrip("\\n").split("\\t")
            yield target, (kind, reads.split())


def write_program(wildcards):
    kind, _ = RULES["out/" + wildcards.name]
    if kind == "sum":
        return "{{s += $1}} END {{print s % {MODULUS}}}"
    return "{{print 2 * $1}}" if kind == "double" else f"BEGIN {{{{print {{kind}}}}}}"


RULES = dict(read_rules())


rule all:
    input:
        list(RULES),


rule out:
    output:
        "out/{{name}}",
    input:
        lambda wildcards: RULES["out/" + wildcards.name][1],
    params:
        program=write_program,
    wildcard_constraints:
        name=".+",
    shell:
        "awk '{{params.program}}' {{input}} > {{output}}"
"""
