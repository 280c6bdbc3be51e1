"""``restrike-lab alerts`` and ``trace`` against a running hub."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from restrike_lab.app.main import main
from restrike_lab.hub.hub import Hub
from tests.hub.helpers import port_of, running_hub, send, settled, wait_until


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with running_hub(tmp_path) as hub:
        yield hub


def run(hub: Hub, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main([words[0], f"--data-dir={hub.config.directory}", *words[1:]])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_alerts_are_shown_and_marked_as_seen(hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(hub, capsys, "alerts")[1] == "Nothing needs you.\n"
    for count in (3, 5):
        message = f"{count} datagrams dropped"
        hub.running.tell({"source": "receive", "level": "error", "court": "1", "message": message, "hint": "look"})
    shown = run(hub, capsys, "alerts")[1]
    assert "1  error: 5 datagrams dropped\n       receive, court 1, since " in shown
    assert ", 2 times\n       -> look\n" in shown
    assert json.loads(run(hub, capsys, "alerts", "--json")[1])["open"] == 1
    assert run(hub, capsys, "alerts", "seen", "1") == (0, "1 marked as seen\n", "")
    assert run(hub, capsys, "alerts")[1] == "Nothing needs you.\n"
    assert "seen by " in run(hub, capsys, "alerts", "--all")[1]


@pytest.mark.parametrize("words", [("alerts", "hide"), ("alerts", "seen", "x"), ("trace",), ("trace", "x")])
def test_a_wrong_use_is_told(hub: Hub, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    status, out, err = run(hub, capsys, *words)
    assert (status != 0, out) == (True, "")
    assert "error: " in err


def test_an_event_is_traced_in_words_and_as_json(hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    settled(hub, send(port_of(hub), [b"rnd;1"]))
    wait_until(lambda: bool(hub.running.pipeline.stages.recent))
    assert "it was stored" in run(hub, capsys, "trace", "1")[1]
    assert json.loads(run(hub, capsys, "trace", "1", "--json")[1])["seq"] == 1
    status, _, err = run(hub, capsys, "trace", "0")
    assert (status != 0, "there is no event 0" in err) == (True, True)


def test_the_status_tells_what_the_machine_has_left(hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    wait_until(lambda: bool(hub.running.watch.figures))
    shown = run(hub, capsys, "status")[1]
    assert "disk left" in shown
    assert "notices    none to acknowledge" in shown
