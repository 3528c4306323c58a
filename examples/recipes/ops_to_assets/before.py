"""Ops wired into a graph, as they were written once: not listed in assets.toml, because there are no ops here."""

from assetmake import graph, op


@op
def extract():
    return [1, 2, 3]


@op
def transform(xs):
    return [x * 2 for x in xs]


@graph
def etl():
    transform(extract())


etl_job = etl.to_job()
