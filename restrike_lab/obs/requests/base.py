"""What every request is: a value that names the type of its result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

__all__ = [
    "Call",
    "Request",
]

R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Request(Generic[R_co]):
    """Something asked of OBS, with the type of what comes back."""


@dataclass(frozen=True, slots=True)
class Call(Request[Mapping[str, Any]]):
    """Any request by its wire name, for what has no class here; the answer comes as it is."""

    name: str
    data: Mapping[str, Any] = field(default_factory=dict)
