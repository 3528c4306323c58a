"""Which of the other tool's names there are here, and what to write instead of the others."""

from __future__ import annotations

import assetmake
from assetmake.definitions import refused

TOOL = "dagster"
OURS = "assetmake"
PUBLIC = frozenset(dir(assetmake))

STAND_INS = {
    "dagster_duckdb": ("assetmake.duckdb", frozenset({"DuckDBResource", "DuckDBIOManager", "build_duckdb_io_manager"})),
    "dagster_duckdb_pandas": (
        "assetmake.duckdb",
        frozenset({"DuckDBPandasIOManager", "DuckDBPandasTypeHandler", "duckdb_pandas_io_manager"}),
    ),
    "dagster_duckdb_polars": (
        "assetmake.duckdb",
        frozenset({"DuckDBPolarsIOManager", "DuckDBPolarsTypeHandler", "duckdb_polars_io_manager"}),
    ),
}
"""Libraries for which there is a module here, and the names that it has."""

_COMPONENT = "a component is code that declares assets: write the assets themselves, in a loop where there are many"
_PLACES = "leave it out: the file and the line of every asset are known"
_SUBPROCESS = "run the program with subprocess.run in the asset, and return what it made"
_TYPING = "import it from typing, or write dict, list, | None"
_PARTS = {"Pipes": _SUBPROCESS, "Component": _COMPONENT, "CodeReference": _PLACES, "FilePathMapping": _PLACES}
_INSTEAD = {
    **dict.fromkeys(("with_source_code_references", "link_code_references_to_git"), _PLACES),
    **dict.fromkeys(("Dict", "List", "Optional", "Set", "Tuple"), _TYPING),
    "open_pipes_session": _SUBPROCESS,
    "_check": "write the check as code of your own",
    "build_sensor_for_freshness_checks": "leave it out: freshness checks are checks like others",
    "config_from_files": "read the file and give RunConfig or a dict",
    "make_email_on_run_failure_sensor": "write a @run_failure_sensor that sends the mail",
}
_REFUSED = {name: each.instead for name, each in vars(refused).items() if type(each) is refused.Refused}

_OWN_CLIENT = "it is made of {tool}'s classes, which do not fit here: "
_CLIENTS = {
    "aws": "write a ConfigurableResource around boto3",
    "azure": "write a ConfigurableResource around azure-storage-blob",
    "gcp": "write a ConfigurableResource around google-cloud-storage or google-cloud-bigquery",
    "gcp_pandas": "write a ConfigurableResource around google-cloud-bigquery",
    "snowflake": "write a ConfigurableResource around snowflake-connector-python",
    "snowflake_pandas": "write a ConfigurableIOManager around snowflake-connector-python",
    "postgres": "state is a file here; for data, write a ConfigurableResource around psycopg",
    "mysql": "state is a file here; for data, write a ConfigurableResource around your driver",
    "slack": "write a ConfigurableResource around slack_sdk",
    "pandas": "annotate with pandas.DataFrame; its columns are checked by an @asset_check",
    "polars": "annotate with polars.DataFrame; tables are kept as Parquet without an IO manager of their own",
    "pandera": "validate in the asset, or in an @asset_check",
    "dbt": "run dbt in an asset (subprocess.run), or write its models as assets: see docs/from-dbt.md",
    "sling": "call sling in an asset (subprocess.run)",
    "dlt": "call dlt's pipeline.run in an asset",
    "pipes": "the program that it is in runs without it: give arguments and write files",
    "docker": "run the container in the asset (subprocess.run)",
    "k8s": "run the command where you want it: assetmake build is one process and its workers",
    "celery": "workers are processes of this machine: -j and [build] jobs",
    "dask": "workers are processes of this machine: -j and [build] jobs",
    "pyspark": "write a ConfigurableResource that makes the SparkSession",
    "spark": "write a ConfigurableResource that makes the SparkSession",
    "databricks": "write a ConfigurableResource around databricks-sdk",
    "webserver": "leave it out: assetmake graph, status and show are commands",
    "graphql": "leave it out: status, plan and list have --json",
    "cloud": "leave it out: a CI job or cron runs assetmake build",
    "shell": "call subprocess.run in an asset",
    "ssh": "write a ConfigurableResource around paramiko",
    "airlift": "call the tasks' own functions from assets",
    "airbyte": "call its API in an asset",
    "fivetran": "call its API in an asset",
}
_NO_CLIENT = "write a ConfigurableResource or a ConfigurableIOManager around the client that it wraps"


def advise_name(name: str) -> str | None:
    """Return what to do about a public name of the other tool; None where it can be used here as it is."""
    if name in _REFUSED:
        return _REFUSED[name].partition("\n")[0]
    if name == "*" or name in PUBLIC or name == "__version__":
        return None
    if name in _INSTEAD:
        return f"there is no such name here; {_INSTEAD[name]}"
    told = next((advice for part, advice in _PARTS.items() if part in name), "write what you need of it")
    return f"there is no such name here; {told}"


def is_refused(name: str) -> bool:
    """Tell whether a name can be imported, and is an error where it is used."""
    return name in _REFUSED


def advise_library(package: str) -> str:
    """Return what to do about a library that extends the other tool."""
    subject = package.removeprefix(f"{TOOL}_")
    if subject.startswith("cloud"):
        subject = "cloud"
    if subject in {"webserver", "graphql", "cloud", "pipes"}:
        return _CLIENTS[subject]
    return _OWN_CLIENT.format(tool="Dagster") + _CLIENTS.get(subject, _NO_CLIENT)
