"""How the fake servers know what to do for each request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from restrike_lab.obs.fake.parts import Refusal

__all__ = ["Answer", "Data", "Registry", "text"]

S = TypeVar("S")
Data = Mapping[str, Any]
Answer = dict[str, Any] | None


class Registry(Generic[S]):
    """Handlers by the name of the request; each returns the data of the answer, or raises ``Refusal``."""

    def __init__(self) -> None:
        self.handlers: dict[str, Callable[[S, Data], Answer]] = {}

    def __call__(self, name: str) -> Callable[[Callable[[S, Data], Answer]], Callable[[S, Data], Answer]]:
        """Enter the function below as the handler of a request."""

        def enter(handler: Callable[[S, Data], Answer]) -> Callable[[S, Data], Answer]:
            self.handlers[name] = handler
            return handler

        return enter


def text(data: Data, key: str) -> str:
    """Return a text of a request; refuses where it is missing or no text."""
    if key not in data:
        raise Refusal("missing", key)
    value = data[key]
    if not isinstance(value, str):
        raise Refusal("not text", key)
    return value
