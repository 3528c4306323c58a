"""Conditions in words, as they are written in code: `missing & ~any_deps_match(missing)`."""

from __future__ import annotations

from typing import Any

_SIGNS = {"and": " & ", "or": " | "}
_UPPER = frozenset(
    {
        "and",
        "or",
        "not",
        "since",
        "newly_true",
        "any_deps_match",
        "all_deps_match",
        "any_checks_match",
        "all_checks_match",
        "any_downstream_conditions",
    }
)


def name_condition(condition: Any) -> str:
    """Return the name that a condition is known by, without its operands."""
    if condition.kind == "asset_matches":
        return str(condition.argument("key"))
    name = condition.kind.upper() if condition.kind in _UPPER else condition.kind
    arguments = ", ".join(f"{argument}={_write_value(value)}" for argument, value in condition.arguments)
    return f"{name}({arguments})" if arguments else name


def write_condition(condition: Any, *, whole: bool = False) -> str:
    """Return a condition as text.

    Args:
        condition: An AutomationCondition.
        whole: Its own label is left out in favour of what it is made of.
    """
    if condition.label is not None and not whole:
        return str(condition.label)
    match condition.kind:
        case "and" | "or":
            return _SIGNS[condition.kind].join(map(_write_operand, condition.operands))
        case "not":
            return f"~{_write_operand(condition.operand)}"
        case "since":
            trigger, reset = condition.operands
            return f"{_write_operand(trigger)}.since({write_condition(reset)})"
        case "newly_true":
            return f"{_write_operand(condition.operand)}.newly_true()"
        case "custom":
            return str(condition.name)
        case _ if condition.operands:
            return _write_call(condition)
        case _:
            return name_condition(condition)


def _write_operand(condition: Any) -> str:
    text = write_condition(condition)
    return f"({text})" if condition.kind in _SIGNS and condition.label is None else text


def _write_call(condition: Any) -> str:
    narrowed = {"allow", "ignore"}
    inside = [write_condition(operand) for operand in condition.operands]
    inside += [f"{name}={_write_value(value)}" for name, value in condition.arguments if name not in narrowed]
    after = "".join(f".{name}({value})" for name, value in condition.arguments if name in narrowed)
    return f"{condition.kind}({', '.join(inside)}){after}"


def _write_value(value: Any) -> str:
    return str(list(value)) if isinstance(value, tuple) else str(value)
