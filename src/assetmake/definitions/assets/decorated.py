"""What decorators return, as a type checker sees it: calling it is calling the function that was decorated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar, overload

from assetmake.definitions.assets.definition import AssetsDefinition
from assetmake.definitions.run_context import AssetExecutionContext

P = ParamSpec("P")
R = TypeVar("R", covariant=True)  # noqa: PLC0105 - a shorter name reads better

if TYPE_CHECKING:

    class DecoratedAsset(AssetsDefinition, Generic[P, R]):
        @overload
        def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R: ...
        @overload  # resources and config may come with the context
        def __call__(self, context: AssetExecutionContext, /, *args: Any, **kwargs: Any) -> R: ...
        def __call__(self, *args: Any, **kwargs: Any) -> Any: ...

else:
    DecoratedAsset = AssetsDefinition
