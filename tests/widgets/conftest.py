"""A comm that keeps what a widget sends, so that widgets are tested through ipywidgets' own path to the browser."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import comm
import ipywidgets
import pytest
from comm.base_comm import BaseComm

from restrike_lab.widgets.live import watch_of
from tests.widgets.fake_lab import FakeLab


@dataclass
class Line:
    """What went over the comms of a test, in order: custom messages with their rows decoded."""

    sent: list[dict[str, Any]] = field(default_factory=list)

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [each for each in list(self.sent) if each.get("type") == kind]

    def rows(self) -> list[list[Any]]:
        return [row for message in self.of("rows") for row in message["rows"]]


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Line:
    """Record the custom messages of every widget made in this test."""
    line = Line()

    class RecordingComm(BaseComm):
        def publish_msg(
            self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **keys: Any
        ) -> None:
            if isinstance(data, dict) and data.get("method") == "custom":
                content = json.loads(json.dumps(data["content"]))
                line.sent.append({**content, **({"rows": json.loads(bytes(buffers[0]))} if buffers else {})})

    monkeypatch.setattr(comm, "create_comm", RecordingComm)
    return line


@pytest.fixture
def lab() -> Iterator[FakeLab]:
    lab = FakeLab()
    yield lab
    watch_of(lab).close()


@pytest.fixture
def page() -> Callable[[ipywidgets.Widget, dict[str, Any]], None]:
    """Return a function that hands a widget a message as a page sends it."""

    def send(widget: ipywidgets.Widget, content: dict[str, Any]) -> None:
        message = {"method": "custom", "content": {"page": "p1", **content}}
        widget._handle_msg({"content": {"data": message}, "buffers": []})

    return send
