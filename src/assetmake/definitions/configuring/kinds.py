"""Kinds of config and resources, told apart without loading the library that their models are written with."""

from __future__ import annotations

from typing import Any


class ConfigModel:
    """A class of config."""

    __slots__ = ()

    @classmethod
    def __assetmake_read__(cls, given: Any, *, path: str) -> Any:
        """Return an object made with run config, or raise RunConfigError with the path of what is wrong."""
        raise NotImplementedError


class Openable:
    """Something declared that gives a resource when a run starts."""

    __slots__ = ()


class ResourceFactory(Openable):
    """A class whose objects make a resource of another type: its name says nothing of what a parameter gets."""

    __slots__ = ()


class ResourceModel(ResourceFactory):
    """A class of resources that a parameter's annotation may name."""

    __slots__ = ()


class IAttachDifferentObjectToOpContext:
    """Mixed into a resource of which `context.resources` shall show another object than a parameter is given."""

    __slots__ = ()

    def get_object_to_set_on_execution_context(self) -> object:
        """Return what `context.resources` shows."""
        raise NotImplementedError
