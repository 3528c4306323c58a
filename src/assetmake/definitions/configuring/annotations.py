"""ResourceParam and ResourceDependency: annotations that say of a parameter or a field that it is a resource."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar, get_args, get_origin

from assetmake.definitions.configuring.kinds import ConfigModel, Openable, ResourceFactory, ResourceModel

T = TypeVar("T")


class ResourceMark:
    """What an annotation of a resource carries."""

    __slots__ = ()

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> dict[str, str]:
        # The object is whatever the resource gives when the run starts, so there is nothing to check before.
        return {"type": "any"}


MARK = ResourceMark()

if TYPE_CHECKING:
    ResourceParam = Annotated[T, MARK]

    class ResourceDependency(Generic[T]):
        def __get__(self, owner: Any, kind: Any) -> T: ...
        def __set__(self, owner: Any, value: Any) -> None: ...

else:

    class ResourceParam:
        """Says that a parameter is a resource: `db: ResourceParam[Database]`."""

        def __class_getitem__(cls, kind):
            return Annotated[kind, MARK]

    class ResourceDependency:
        """Says that a field of a resource holds what another resource gives: `db: ResourceDependency[Database]`."""

        def __class_getitem__(cls, kind):
            # A name in quotes may be of a class that is only known later, or inside a function.
            return Annotated[Any if isinstance(kind, str) else kind, MARK]


def is_marked(annotation: object) -> bool:
    """Tell whether an annotation was written as ResourceParam[...] or ResourceDependency[...]."""
    if isinstance(annotation, type) or get_origin(annotation) is not Annotated:
        return False
    return any(isinstance(each, ResourceMark) for each in get_args(annotation))


def is_kind(annotation: object, *kinds: type) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, kinds)


def names_resource(annotation: object) -> bool:
    """Tell whether a parameter with this annotation is given a resource."""
    return is_marked(annotation) or is_kind(annotation, ResourceModel)


def names_factory(annotation: object) -> bool:
    """Tell whether an annotation names what makes a resource, where it should name what is made."""
    return is_kind(annotation, Openable) and not is_kind(annotation, ResourceModel)


def names_config(annotation: object) -> bool:
    return is_kind(annotation, ConfigModel) and not is_kind(annotation, ResourceFactory)
