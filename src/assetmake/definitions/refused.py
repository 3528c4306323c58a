"""Names of another model of work - ops, graphs, hooks - that there is not here: using one tells what to use instead."""

from __future__ import annotations

from typing import Any, NoReturn

from assetmake.errors import DefinitionError

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


class Refused:
    """A name that is there to be imported, and says what to use instead where it is used.

    Args:
        name: The name.
        instead: What to use.
    """

    def __init__(self, name: str, instead: str) -> None:
        self._name = name
        self.instead = instead

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raise DefinitionError: that is all it can do."""
        del args, kwargs
        raise DefinitionError(f"{self._name} is not supported: {self.instead}")

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        raise DefinitionError(f"{self._name}.{name} is not supported: {self.instead}")

    def __instancecheck__(self, instance: object) -> bool:
        return False  # nothing is one

    def __getitem__(self, _item: object) -> Refused:
        return self  # it may stand in an annotation

    def __or__(self, _other: object) -> Refused:
        return self

    __ror__ = __or__

    def __repr__(self) -> str:
        return f"<{self._name}: not supported>"


_OUTS = "outputs of one function are declared with @multi_asset(outs={...: AssetOut(...)})"
_GRAPHS = (
    "write one @asset whose function calls the others as plain functions, or an @asset for each step worth keeping"
)
_HOOKS = "react to runs with @run_failure_sensor or @run_status_sensor, or catch the exception in the function"
_NEEDS = "an asset is made after those that its parameters name, or that deps= lists"

op = Refused("@op", _REWRITE)
job = Refused("@job", _REWRITE)
graph = Refused("@graph", _REWRITE)
graph_asset = Refused("@graph_asset", _GRAPHS)
graph_multi_asset = Refused("@graph_multi_asset", _GRAPHS)
In = Refused("In", "the parameter of an asset is described with AssetIn")
Out = Refused("Out", _OUTS)
GraphIn = Refused("GraphIn", _GRAPHS)
GraphOut = Refused("GraphOut", _GRAPHS)
DynamicOut = Refused("DynamicOut", "a set of things that is known at run time is a DynamicPartitionsDefinition")
DynamicOutput = Refused("DynamicOutput", "a set of things that is known at run time is a DynamicPartitionsDefinition")
DependencyDefinition = Refused("DependencyDefinition", _NEEDS)
NodeInvocation = Refused("NodeInvocation", _NEEDS)
HookContext = Refused("HookContext", _HOOKS)
success_hook = Refused("@success_hook", _HOOKS)
failure_hook = Refused("@failure_hook", _HOOKS)
ComponentTree = Refused("ComponentTree", "components are other code that declares assets: write the assets themselves")
BindResourcesToJobs = Refused("BindResourcesToJobs", "give Definitions(resources=...): they are for all jobs")
OpDefinition = Refused("OpDefinition", "a function that makes something is declared with @asset")
GraphDefinition = Refused("GraphDefinition", _GRAPHS)
