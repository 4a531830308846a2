"""Compares the answers of a policy or a guard with the types that componentize-py generates from the contract."""

import dataclasses
import enum
import typing
from typing import Any


def expected_type(protocol: type, method: str) -> Any:
    """Returns the type that a method of an exported interface returns."""
    return typing.get_type_hints(getattr(protocol, method))["return"]


def mismatches(expected: Any, value: Any, path: str) -> list[str]:
    """Returns every part of a value that differs from its type, with what the type expects."""
    alternatives = typing.get_args(expected)
    if typing.get_origin(expected) is list:
        if not isinstance(value, list):
            return [problem(path, f"a list of {name(alternatives[0])}", value)]
        return [line for at, item in enumerate(value) for line in mismatches(alternatives[0], item, f"{path}[{at}]")]
    if typing.get_origin(expected) is typing.Union:
        if value is None and type(None) in alternatives:
            return []
        candidates = [one for one in alternatives if one is not type(None)]
        matching = [one for one in candidates if one is type(value)]
        # An optional value, or a variant, whose cases are classes.
        if len(candidates) > 1 and not matching:
            return [problem(path, " or ".join(map(name, alternatives)), value)]
        return mismatches((matching or candidates)[0], value, path)
    if dataclasses.is_dataclass(expected):
        if type(value) is not expected:
            return [problem(path, name(expected), value)]
        lines = []
        for field, hint in typing.get_type_hints(expected).items():
            if hasattr(value, field):
                lines += mismatches(hint, getattr(value, field), f"{path}.{field}")
            else:
                lines.append(f"{path}.{field}: expected {name(hint)}, got nothing")
        return lines
    if isinstance(expected, type) and issubclass(expected, enum.Enum):
        cases = " or ".join(f"{expected.__name__}.{case.name}" for case in expected)
        return [] if isinstance(value, expected) else [problem(path, cases, value)]
    if expected is int:
        is_u32 = type(value) is int and 0 <= value < 2**32
        return [] if is_u32 else [problem(path, "an int from 0 to 4294967295", value)]
    return [] if isinstance(value, expected) else [problem(path, name(expected), value)]


def name(expected: Any) -> str:
    if expected is type(None):
        return "None"
    alternatives = typing.get_args(expected)
    if typing.get_origin(expected) is list:
        return f"a list of {name(alternatives[0])}"
    return " or ".join(map(name, alternatives)) if alternatives else expected.__name__


def problem(path: str, expected: str, value: Any) -> str:
    text = repr(value)
    return f"{path}: expected {expected}, got {text if len(text) <= 100 else text[:100] + '…'}"
