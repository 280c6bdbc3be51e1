"""What an event is worth the operator's eye, from what it says and from what stood before."""

from __future__ import annotations

import json
from typing import Any

import pytest

from restrike_lab.bout.importance import MEANINGS, Importance, weigh_all
from restrike_lab.pss import Recognizer

RECOGNIZER = Recognizer("2.3-live")


def event(text: str, match_id: int = 1, court: str = "1") -> dict[str, Any]:
    (found,) = RECOGNIZER.recognize(text.encode())
    fields = json.loads(found.fields)
    return {"stream": found.stream, "status": found.status, "fields": fields, "match_id": match_id, "court": court}


def weights(*texts: str) -> list[str]:
    return [str(each) for each in weigh_all(event(text) for text in texts)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        *(("pt1;2", "point"), ("ch1;", "challenge"), ("win;BLUE", "decision"), ("wmh;Blue One;2-0 PTF", "decision")),
        *(("clk;01:59", "tick"), ("clk;01:59;stop", "plain"), ("clk;01:50;corr", "correction"), ("brk;00:59", "tick")),
        *(("ij1;01:00;show", "injury"), ("ij1;00:59", "tick"), ("hl1;30", "plain"), ("zzz;1", "unknown")),
        *(("wg1;0;wg2;1", "gam-jeom"), ("wg1;0;wg2;0", "plain"), ("sc1;3;sc2;0", "plain"), ("sup;1", "plain")),
        *(("wrd;rd1;0;rd2;0;rd3;0", "plain"), ("wrd;rd1;1;rd2;0;rd3;0", "decision"), ("rnd;1", "plain")),
    ],
)
def test_one_message_by_itself(text: str, wanted: str) -> None:
    assert weights(text) == [wanted]


def test_a_score_that_falls_and_a_gam_jeom_taken_back_are_corrections() -> None:
    assert weights("sc1;3;sc2;0", "sc1;2;sc2;0") == ["plain", "correction"]
    assert weights("wg1;0;wg2;2", "wg1;0;wg2;1") == ["gam-jeom", "correction"]
    assert weights("rnd;2", "rnd;1") == ["plain", "correction"]


def test_what_the_console_repeats_is_no_news() -> None:
    assert weights("wg1;0;wg2;1", "wg1;0;wg2;1") == ["gam-jeom", "plain"]
    assert weights("wrd;rd1;1;rd2;0;rd3;0", "wrd;rd1;1;rd2;0;rd3;0") == ["decision", "plain"]


def test_a_new_round_and_a_new_bout_begin_at_nought() -> None:
    assert weights("rnd;1", "sc1;9;sc2;0", "rnd;2", "sc1;0;sc2;1") == ["plain"] * 4
    both = [event("sc1;9;sc2;0", match_id=1), event("sc1;0;sc2;0", match_id=2)]
    assert list(weigh_all(both)) == ["plain", "plain"]


def test_courts_do_not_mix() -> None:
    both = [event("sc1;9;sc2;0", court="1"), event("sc1;1;sc2;0", court="2"), event("sc1;8;sc2;0", court="1")]
    assert list(weigh_all(both)) == ["plain", "plain", "correction"]


def test_every_importance_has_a_meaning() -> None:
    assert list(MEANINGS) == list(Importance)


def test_fields_that_are_none_and_events_without_any_hurt_nobody() -> None:
    odd: list[dict[str, Any]] = [{}, {"stream": "sc", "fields": None}, {"stream": "wg", "fields": {"blue": None}}]
    assert list(weigh_all([*odd, {"stream": "rnd", "fields": {"number": None}}])) == ["plain"] * 4
