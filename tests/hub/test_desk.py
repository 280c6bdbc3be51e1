"""Flags and annotations as commands: who may, what is refused, what every client hears."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection

from restrike_lab.hub.commands import Caller
from restrike_lab.hub.hub import Hub
from restrike_lab.pss.errors import RestrikeError
from tests.hub.helpers import LOAD, client, port_of, receive, running_hub, send, settled

VIEWER, OPERATOR = Caller("viewer"), Caller("operator", name="Ana")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with running_hub(tmp_path) as hub:
        settled(hub, send(port_of(hub), LOAD))
        yield hub


def heard(connection: ClientConnection, kind: str) -> dict[str, Any]:
    """Return the next message of a kind."""
    while (message := receive(connection))["type"] != kind:
        pass
    return message


def run(hub: Hub, name: str, caller: Caller = OPERATOR, **args: Any) -> Any:
    return hub.commands.run(name, args, caller)


@pytest.mark.parametrize("name", ["annotate", "annotation.change", "annotation.drop", "flags.map", "flags.scan"])
def test_a_viewer_reads_and_changes_nothing(hub: Hub, name: str) -> None:
    with pytest.raises(RestrikeError, match="needs an operator"):
        run(hub, name, VIEWER)
    assert run(hub, "annotations", VIEWER) == []
    assert run(hub, "flag", VIEWER, sent="CRO")["name"] == "Croatia"
    assert len(run(hub, "flags", VIEWER)["flags"]) >= 300


def test_the_person_who_signed_in_is_kept_whatever_name_is_given(hub: Hub) -> None:
    kept = run(hub, "annotate", text="late", seq=3, who="somebody else")
    assert kept["who"] == "Ana (operator)"
    assert run(hub, "annotations", VIEWER, seq=3)[0]["text"] == "late"


@pytest.mark.parametrize(
    "args",
    [
        *({}, {"text": 7}, {"text": "x", "kind": "shout"}, {"text": "x", "seq": "3"}, {"text": "x", "court": 1}),
        *({"text": "x", "seq": 99_999}, {"text": "x", "match_id": 99_999}),
    ],
)
def test_wrong_arguments_are_refused_and_nothing_is_kept(hub: Hub, args: dict[str, Any]) -> None:
    with pytest.raises(RestrikeError):
        run(hub, "annotate", **args)
    assert run(hub, "annotations") == []


def test_a_client_hears_of_notes_and_flags_and_finds_them_in_its_first_snapshot(hub: Hub) -> None:
    with client(hub.address) as connection:
        heard(connection, "snapshot")
        run(hub, "annotate", text="late", seq=3)
        assert heard(connection, "annotations")["last"]["text"] == "late"
        run(hub, "flags.map", sent="XQX", code="CRO")
        assert heard(connection, "flags")["revision"] >= 1
    with client(hub.address) as connection:
        snapshot = heard(connection, "snapshot")
    assert snapshot["annotations"]["last"]["text"] == "late"
    assert snapshot["flags"]["revision"] >= 1


def test_a_picture_put_into_the_folder_is_found_without_being_told(hub: Hub) -> None:
    folder = Path(hub.config.directory) / "flags"
    folder.mkdir()
    (folder / "XQX.png").write_bytes(PNG)
    run(hub, "flags.scan")
    assert run(hub, "flag", sent="xqx")["mime"] == "image/png"


def test_the_commands_are_listed_with_their_roles(hub: Hub) -> None:
    listed = {each["name"]: each for each in run(hub, "commands", VIEWER)}
    assert listed["annotate"]["role"] == "operator"
    assert set(listed) == set(hub.commands.by_name)
    assert [name for name, each in listed.items() if not each["help"]] == []
