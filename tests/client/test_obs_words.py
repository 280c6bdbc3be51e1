"""``restrike-lab obs`` and ``%restrike obs``: words, with the real hub and fake OBS servers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from restrike_lab.app.main import main
from restrike_lab.client.errors import CommandError
from restrike_lab.client.feed import LiveFeed
from restrike_lab.client.lab import Lab
from restrike_lab.client.obs import ObsInstance
from restrike_lab.client.obs_help import WORDS, help_text
from restrike_lab.client.obs_rules import FIRING_COLUMNS, PLAN_COLUMNS
from restrike_lab.client.obs_words import _request, obey
from restrike_lab.kernel.obs import next_words
from restrike_lab.obs.actions import REQUESTS
from restrike_lab.obs.fake import FakeObs
from tests.client.obs_stage import PASSWORD, lab, servers, with_rings
from tests.hub.helpers import LOAD, send, wait_until

__all__ = ["lab", "servers"]


def test_words_do_what_they_say(lab: Lab, servers: tuple[FakeObs, FakeObs]) -> None:
    assert obey(lab.obs, ["list"]) == "no OBS instances yet"
    port = str(servers[0].port)
    said = obey(lab.obs, ["add", "ring1", f"127.0.0.1:{port}", "record"], lambda: PASSWORD)
    assert "ring1 answers: OBS" in said
    wait_until(lambda: lab.obs["ring1"].connected)
    assert obey(lab.obs, ["scene", "Replay"]) == "ring1: scene Replay."
    assert servers[0].studio.program == "Replay"
    obey(lab.obs, ["studio", "on"])
    obey(lab.obs, ["preview", "Idle"])
    obey(lab.obs, ["take"])
    obey(lab.obs, ["hide", "Ring1", "Mat"])
    obey(lab.obs, ["record", "start", "on", "ring1"])
    assert obey(lab.obs, ["record", "stop"]).endswith(".mkv")
    assert "scene" in obey(lab.obs, [])
    assert obey(lab.obs, ["transition", "Fade"]) == "ring1: transition Fade."
    assert obey(lab.obs, ["transitions"]) == "  Cut\n* Fade"
    assert "ring1 answers" in obey(lab.obs, ["change", "ring1", "role=replays", "password"], lambda: PASSWORD)
    wait_until(lambda: "replays" in obey(lab.obs, ["status", "ring1"]))
    assert "answers: OBS" in obey(lab.obs, ["test", "ring1"])
    assert "cannot be reached" in obey(lab.obs, ["test", f"127.0.0.1:{port}"])
    assert obey(lab.obs, ["disable", "ring1"]) == "ring1 is disabled."
    wait_until(lambda: "switched off" in obey(lab.obs, []))
    assert obey(lab.obs, ["remove", "ring1"]) == "ring1 is forgotten."
    wait_until(lambda: obey(lab.obs, []) == "no OBS instances yet")


def test_rules_are_switched_paused_and_rehearsed(lab: Lab, servers: tuple[FakeObs, FakeObs]) -> None:
    with_rings(lab, servers)
    assert "off record-load" in obey(lab.obs, ["rules"])
    obey(lab.obs, ["rule", "on", "record-load", "record-ready"])
    assert "on  record-load" in repr(lab.obs.rules)
    assert obey(lab.obs, ["firings"]) == "No rule has fired yet."
    assert tuple(lab.obs.rules.firings().columns) == FIRING_COLUMNS
    port = int(lab.command("status")["courts"]["1"]["port"])
    send(port, LOAD)
    wait_until(lambda: len(lab.obs.rules.firings()) == 6)
    assert set(lab.obs.rules.firings()["outcome"]) == {"done", "skipped"}
    match_id = int(lab.obs.rules.firings()["match_id"][0])
    assert list(lab.obs.rules.rehearse(match_id)["request"]) == ["record.stop", "file_name", "record.start"]
    assert "record-ready: record.start" in obey(lab.obs, ["rehearse", str(match_id)])
    assert "record-ready: record.start" in obey(lab.obs, ["rehearse"])
    assert tuple(lab.obs.rules.rehearse(match_id).columns) == PLAN_COLUMNS
    assert "record-load: record.stop" in obey(lab.obs, ["rehearse", "record-load"])
    assert "record-ready" in obey(lab.obs, ["firings", str(match_id)])
    assert obey(lab.obs, ["firings", "999999"]) == "No rule fired in match 999999."
    assert obey(lab.obs, ["pause"]) == "All rules are paused."
    wait_until(lambda: lab.live.obs["automation"]["paused"])
    obey(lab.obs, ["go-on"])
    own = {"name": "own", "when": {"stream": "pt"}, "do": [{"request": "replay.save"}]}
    lab.obs.rules.put(own)
    assert "off own" in repr(lab.obs.rules)
    shown = obey(lab.obs, ["rule", "show", "own"])
    assert json.loads(shown) == {**own, "do": [{"request": "replay.save", "args": {}}]}
    assert "own is kept" in obey(lab.obs, ["rule", "put", json.dumps({**own, "delay_ms": 500})])
    assert lab.obs.rules.rule("own")["delay_ms"] == 500
    assert "forgotten" in obey(lab.obs, ["rule", "drop", "own"])
    assert "off own" not in repr(lab.obs.rules)


WRONG = (
    "dance", "record", "add ring3 port", "scene Idle", "change ring1", "change ring1 colour=red", "status ring9",
    "rule put {", "rule put 7", "rule show nobody", "rule on nobody", "rehearse 999999", "test ring9", "help dance",
    "record begin", "firings soon", "enable", "sceen Idle", "scene Idle on ring9",
)  # fmt: skip


@pytest.mark.parametrize("words", [each.split() for each in WRONG], ids=WRONG)
def test_words_that_mean_nothing_are_refused_with_a_way_out(
    lab: Lab, servers: tuple[FakeObs, FakeObs], words: list[str]
) -> None:
    with_rings(lab, servers)
    with pytest.raises(CommandError) as refused:
        obey(lab.obs, words)
    assert refused.value.hint


def test_the_command_line_works_a_running_hub(
    lab: Lab,
    servers: tuple[FakeObs, FakeObs],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("RESTRIKE_LAB_OBS_PASSWORD", PASSWORD)
    where = f"--data-dir={tmp_path}"
    assert main(["obs", where, "add", "ring1", str(servers[1].port)]) == 0
    wait_until(lambda: lab.obs["ring1"].connected)
    assert main(["obs", where, "scene", "Replay"]) == 0
    assert main(["obs", where]) == 0
    said = capsys.readouterr().out
    assert "ring1 answers" in said
    assert "ring1: scene Replay." in said
    assert "(v4)" in said
    assert main(["obs", where, "scene", "Nowhere"]) == 1
    assert "hint:" in capsys.readouterr().err


def test_the_command_line_says_where_no_hub_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["obs", f"--data-dir={tmp_path}"]) == 1
    assert "hint:" in capsys.readouterr().err


def test_every_word_has_its_help_and_a_wrong_one_a_hint(lab: Lab) -> None:
    for word in WORDS:
        assert word in obey(lab.obs, ["help"])
        assert obey(lab.obs, ["help", word]).startswith(f"obs {word}")
    assert help_text("record").splitlines()[0] == "obs record start | stop | pause | resume | split [on INSTANCE]"
    with pytest.raises(CommandError) as refused:
        obey(lab.obs, ["sceen", "Idle"])
    assert refused.value.hint == "Did you mean `obs scene`?"


@pytest.mark.parametrize("words", [["obs", "--help"], ["obs", "record", "--help"], ["obs", "--help", "record"]])
def test_help_is_shown_without_a_hub(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 0
    said = capsys.readouterr().out
    assert ("start | stop | pause" in said) == ("record" in words)
    assert ("Forget an instance" in said) == ("record" not in words)


def test_words_are_completed(lab: Lab, servers: tuple[FakeObs, FakeObs]) -> None:
    with_rings(lab, servers)
    assert "rehearse" in next_words(lab, ["obs"])
    assert next_words(lab, ["obs", "record"]) == ["start", "stop", "pause", "resume", "split"]
    assert next_words(lab, ["obs", "scene"]) == ["Ring1", "Replay", "Idle"]
    assert next_words(lab, ["obs", "test"]) == ["ring1", "ring2"]
    assert "record-load" in next_words(lab, ["obs", "rule", "on"])
    assert next_words(lab, ["obs", "take"]) == []


SAID = (
    "scene A", "back", "preview A", "studio on", "take", "transition Fade", "transitions", "show A B", "record start",
    "record stop", "record pause", "record resume", "record split", "chapter One", "stream start", "stream stop",
    "replay start", "replay stop", "replay save", "file-name {number}", "folder {date}", "reconnect",
)  # fmt: skip


class Notes(LiveFeed):
    """A feed that only notes what is asked."""

    def __init__(self) -> None:
        super().__init__(lambda: None)  # type: ignore[arg-type, return-value]
        self.asked: list[str] = []

    def command(self, name: str, args: Any = None, timeout: float = 10.0) -> Any:
        self.asked.append(args["request"])
        return {"names": [], "current": None}


def test_every_request_can_be_said_in_words_and_done_in_python() -> None:
    assert {_request(line.split())[0] for line in SAID} == set(REQUESTS)
    notes = Notes()
    ring = ObsInstance(notes, "ring1")
    ring.scene = ring.preview = ring.transition = "A"
    ring.studio_mode = True
    assert ring.transitions == []
    for done in (
        *(
            ring.take,
            ring.back,
            ring.reconnect,
            ring.start_stream,
            ring.stop_stream,
            ring.start_replay,
            ring.stop_replay,
        ),
        *(ring.save_replay, ring.start_record, ring.stop_record, ring.pause_record, ring.resume_record),
        *(ring.split_record,),
    ):
        done()
    ring.show("A", "B")
    ring.add_chapter("One")
    ring.name_files("{number}")
    ring.choose_folder("{date}")
    assert set(notes.asked) == set(REQUESTS)
