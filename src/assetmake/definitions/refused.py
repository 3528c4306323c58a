"""Names of another model of work - ops, graphs, hooks - that there is not here: using one tells what to use instead."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from assetmake.definitions.place import Place, find_caller
from assetmake.errors import DefinitionError

_JOBS, _REQUESTS = "assetmake.definitions.automation.jobs", "assetmake.definitions.automation.requests"
"""What needs to know of this module, and is loaded where it is asked for."""

_REWRITE = """\
assetmake has no ops, graphs and jobs of ops: a function that makes something is an asset
  instead of            write
  @op                   @asset
  def numbers(): ...    def numbers(): ...
  @op                   @asset
  def total(numbers):   def total(numbers): ...
  @job
  def nightly():        nightly = define_asset_job("nightly", selection=["numbers", "total"])
      total(numbers())"""


class RefusedDefinition:
    """What was declared with a name that there is not: it may stand where it is, and is refused where it is used.

    So a module that declares an op beside its assets can be imported, as a test does, and its assets be run.

    Args:
        label: The name it was declared with, as it is written.
        instead: What to use.
        name: What it is called.
        function: The function that was decorated, which is never called.
    """

    def __init__(
        self,
        label: str,
        instead: str,
        *,
        name: str,
        function: Callable[..., Any] | None = None,
        options: Mapping[str, Any] | None = None,  # noqa: ARG002 - some kinds keep them
    ) -> None:
        self.name = name
        self.place = find_caller()
        self._label = label
        self.instead = instead
        self.__name__ = self.__qualname__ = name
        self.__doc__ = self.description = getattr(function, "__doc__", None)
        self.__module__ = getattr(function, "__module__", None) or __name__

    @property
    def refusal(self) -> str:
        """What is wrong with declaring it, and what to write instead."""
        return f"{self._label} is not supported: {self.instead}"

    def refer_to(self, place: Place) -> str:
        """Return what is wrong with it, in short: the same was said of what stands at another place."""
        return f"{self._label} is not supported, as at {place.file.rpartition('/')[2]}:{place.line}"

    def refuse(self, what: str = "") -> DefinitionError:
        """Return the error for a use of it.

        Args:
            what: The part of it that is used, as it is written.
        """
        caller = find_caller()
        used = f" and used at {caller}" if caller != self.place else ""
        used += f" ({self.name}{what})" if what else ""
        return DefinitionError(f"{self.name}, declared with {self._label} at {self.place}{used}: {self.refusal}")

    def __call__(self, *_args: Any, **_options: Any) -> Any:
        """Raise DefinitionError: it cannot be run, nor be part of something that runs."""
        raise self.refuse("(...)")

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        raise self.refuse(f".{name}")

    def __repr__(self) -> str:
        return f"<{self._label} {self.name}, declared at {self.place}: not supported>"


class RefusedJob(RefusedDefinition):
    """A job of ops. What asks for its runs can be declared and tested.

    A schedule or a sensor knows it by its name and its partitions, as it knows jobs that are declared elsewhere.

    Args:
        options: What it was declared with.
        others: As for RefusedDefinition.
    """

    def __init__(self, *labels: str, options: Mapping[str, Any], **others: Any) -> None:
        super().__init__(*labels, **others)
        self.config = options.get("config")
        given = options.get("partitions_def")
        self.partitions_def = getattr(self.config, "partitions_def", None) if given is None else given

    def run_request_for_partition(self, partition_key: str, run_key: str | None = None, **request: Any) -> Any:
        """Return a request for a partition, as another job does.

        Raises:
            DefinitionError: it has no partitions.
        """
        if self.partitions_def is None:
            raise self.refuse(".run_request_for_partition(...)")
        jobs, requests = importlib.import_module(_JOBS), importlib.import_module(_REQUESTS)
        asked = requests.RunRequest(run_key, **request)
        return jobs.request_partition(self, self.partitions_def, partition_key, request=asked)


class RefusedGraph(RefusedJob):
    """A graph of ops, which may become a job."""

    def to_job(self, name: str | None = None, **options: Any) -> RefusedJob:
        """Return what stands for the job of a graph."""
        return RefusedJob(f"{self._label}.to_job", self.instead, name=name or self.name, options=options)


class RefusedAsset(RefusedDefinition):
    """An asset made by a graph: what gathers the assets of a module refuses it, and does not leave it out."""


class _Decorator(RefusedDefinition):
    """A decorator that was called with options, and waits for its function."""

    def __init__(self, refused: Refused, options: Mapping[str, Any]) -> None:
        super().__init__(refused.label, refused.instead, name=read_name(options) or refused.label)
        self._refused = refused
        self._options = options

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Return what stands for the decorated function."""
        if len(args) == 1 and callable(args[0]) and not options:
            return self._refused.declare(args[0], self._options)
        raise self.refuse("(...)")


class Refused:
    """A name that is there to be imported, and says what to use instead where it is used.

    Args:
        label: The name, with an @ before that of a decorator.
        instead: What to use.
        is_inert: Calling it declares something that does nothing by itself, and so is not refused yet.
        kind: What stands for that which is declared.
    """

    def __init__(
        self, label: str, instead: str, *, is_inert: bool = True, kind: type[RefusedDefinition] = RefusedDefinition
    ) -> None:
        self.label = label
        self.instead = instead
        self._is_inert = is_inert
        self._kind = kind

    def declare(self, function: Any, options: Mapping[str, Any]) -> RefusedDefinition:
        """Return what stands for what is declared with this name.

        Args:
            function: The function that was decorated, if there is one.
            options: The other arguments.
        """
        name = read_name(options) or str(getattr(function, "__name__", self.label))
        return self._kind(self.label, self.instead, name=name, function=function, options=options)

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Return what stands for that which is declared.

        Raises:
            DefinitionError: it declares nothing, but is used while something runs.
        """
        if not self._is_inert:
            raise DefinitionError(f"{self.label} is not supported: {self.instead}")
        if not self.label.startswith("@"):
            return self.declare(None, options)
        function = args[0] if args else options.get("compose_fn", options.get("compute_fn"))
        return self.declare(function, options) if callable(function) else _Decorator(self, options)

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        raise DefinitionError(f"{self.label}.{name} is not supported: {self.instead}")

    def __instancecheck__(self, instance: object) -> bool:
        return False  # nothing is one

    def __mro_entries__(self, _bases: tuple[object, ...]) -> NoReturn:
        """Raise DefinitionError: nothing is a kind of it."""
        raise DefinitionError(f"{self.label} is not supported: {self.instead}")

    def __getitem__(self, _item: object) -> Refused:
        return self  # it may stand in an annotation

    def __or__(self, _other: object) -> Refused:
        return self

    __ror__ = __or__

    def __repr__(self) -> str:
        return f"<{self.label}: not supported>"


def read_name(options: Mapping[str, Any]) -> str | None:
    """Return the name that was given to what is declared."""
    name = options.get("name")
    return name if isinstance(name, str) else None


def refuse_ops(label: str, given: Sequence[Any], options: Mapping[str, Any]) -> RefusedAsset | None:
    """Return what stands for assets that an op or a graph makes; None where there is none in the call.

    Args:
        label: What was called.
        given, options: Its arguments.
    """
    made_by = next((each for each in (*given, *options.values()) if isinstance(each, RefusedDefinition)), None)
    return None if made_by is None else RefusedAsset(label, made_by.instead, name=made_by.name)


def refuse_declared(*values: object) -> None:
    """Check that none of some values was declared with a name that there is not.

    Raises:
        DefinitionError: one was.
    """
    for value in values:
        if isinstance(value, RefusedDefinition):
            raise value.refuse()


_OUTS = "outputs of one function are declared with @multi_asset(outs={...: AssetOut(...)})"
_GRAPHS = (
    "write one @asset whose function calls the others as plain functions, or an @asset for each step worth keeping"
)
NO_HOOKS = (
    "assetmake has no hooks: react to runs with @run_failure_sensor or @run_status_sensor, or catch the exception in "
    "the function"
)
_DYNAMIC = "a set of things that is known at run time is a DynamicPartitionsDefinition"
_NEEDS = "an asset is made after those that its parameters name, or that deps= lists"

op = Refused("@op", _REWRITE)
job = Refused("@job", _REWRITE, kind=RefusedJob)
graph = Refused("@graph", _REWRITE, kind=RefusedGraph)
graph_asset = Refused("@graph_asset", _GRAPHS, kind=RefusedAsset)
graph_multi_asset = Refused("@graph_multi_asset", _GRAPHS, kind=RefusedAsset)
In = Refused("In", "the parameter of an asset is described with AssetIn")
Out = Refused("Out", _OUTS)
GraphIn = Refused("GraphIn", _GRAPHS)
GraphOut = Refused("GraphOut", _GRAPHS)
DynamicOut = Refused("DynamicOut", _DYNAMIC)
DynamicOutput = Refused("DynamicOutput", _DYNAMIC, is_inert=False)
DependencyDefinition = Refused("DependencyDefinition", _NEEDS)
NodeInvocation = Refused("NodeInvocation", _NEEDS)
HookContext = Refused("HookContext", NO_HOOKS)
success_hook = Refused("@success_hook", NO_HOOKS)
failure_hook = Refused("@failure_hook", NO_HOOKS)
_COMPONENTS = "components are other code that declares assets: write the assets, or a function that declares them"
ComponentTree = Refused("ComponentTree", _COMPONENTS, is_inert=False)
OpDefinition = Refused("OpDefinition", "a function that makes something is declared with @asset")
GraphDefinition = Refused("GraphDefinition", _GRAPHS, kind=RefusedGraph)
Component = Refused("Component", _COMPONENTS, is_inert=False)
ComponentLoadContext = Refused("ComponentLoadContext", _COMPONENTS, is_inert=False)
DefinitionsComponent = Refused("DefinitionsComponent", _COMPONENTS, is_inert=False)
DefsFolderComponent = Refused("DefsFolderComponent", _COMPONENTS, is_inert=False)
FunctionComponent = Refused("FunctionComponent", _COMPONENTS, is_inert=False)
Model = Refused("Model", _COMPONENTS, is_inert=False)
PythonScriptComponent = Refused("PythonScriptComponent", _COMPONENTS, is_inert=False)
ResolutionContext = Refused("ResolutionContext", _COMPONENTS, is_inert=False)
Resolvable = Refused("Resolvable", _COMPONENTS, is_inert=False)
ResolvedAssetSpec = Refused("ResolvedAssetSpec", _COMPONENTS, is_inert=False)
Resolver = Refused("Resolver", _COMPONENTS, is_inert=False)
SqlComponent = Refused("SqlComponent", _COMPONENTS, is_inert=False)
StateBackedComponent = Refused("StateBackedComponent", _COMPONENTS, is_inert=False)
TemplatedSqlComponent = Refused("TemplatedSqlComponent", _COMPONENTS, is_inert=False)
UvRunComponent = Refused("UvRunComponent", _COMPONENTS, is_inert=False)
build_component_defs = Refused("build_component_defs", _COMPONENTS, is_inert=False)
build_defs_for_component = Refused("build_defs_for_component", _COMPONENTS, is_inert=False)
component_instance = Refused("@component_instance", _COMPONENTS, is_inert=False)
template_var = Refused("@template_var", _COMPONENTS, is_inert=False)
_RULES = "write automation_condition=AutomationCondition.eager() or another condition"
AutoMaterializeRule = Refused("AutoMaterializeRule", _RULES, is_inert=False)
_JOBS_RUN = "run it with job.execute_in_process(), or `assetmake build` with what it selects"
execute_job = Refused("execute_job", _JOBS_RUN, is_inert=False)
reconstructable = Refused("reconstructable", _JOBS_RUN, is_inert=False)
build_reconstructable_job = Refused("build_reconstructable_job", _JOBS_RUN, is_inert=False)
ReexecutionOptions = Refused("ReexecutionOptions", _JOBS_RUN, is_inert=False)
_EVALUATING = "`assetmake tick --dry-run --explain` tells what a condition asks for, and why"
AutomationContext = Refused("AutomationContext", _EVALUATING, is_inert=False)
AutomationResult = Refused("AutomationResult", _EVALUATING, is_inert=False)
evaluate_automation_conditions = Refused("evaluate_automation_conditions", _EVALUATING, is_inert=False)
HookDefinition = Refused("HookDefinition", NO_HOOKS, is_inert=False)
build_hook_context = Refused("build_hook_context", NO_HOOKS, is_inert=False)
_CHECKED = "write an @asset_check, or check_specs= and an AssetCheckResult"
ExpectationResult = Refused("ExpectationResult", _CHECKED, is_inert=False)
_MAPPED = "give each asset a Config class, and call the functions that make it"
config_mapping = Refused("@config_mapping", _MAPPED, is_inert=False)
ConfigMapping = Refused("ConfigMapping", _MAPPED, is_inert=False)
InputMapping = Refused("InputMapping", _GRAPHS)
OutputMapping = Refused("OutputMapping", _GRAPHS)
MultiDependencyDefinition = Refused("MultiDependencyDefinition", _GRAPHS)
