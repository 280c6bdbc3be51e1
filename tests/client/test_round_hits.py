"""``lab.round_hits``: the hits of the running round with the points they led to."""

from __future__ import annotations

from pathlib import Path

from restrike_lab.client.round_hits import round_hits
from tests.browser.bout import first_round, load

from .recording import hosted, say
from .test_feed import until


def test_hits_come_newest_first_with_their_points_and_the_levels_that_count(tmp_path: Path) -> None:
    with hosted(tmp_path) as lab:
        last = say(lab, [*load(), *first_round()])
        until(lambda: lab.live.last_seq >= last and lab.live.courts["1"]["round"] == 1)
        found = lab.round_hits("1")
        assert [(hit["athlete"], hit["level"]) for hit in found["hits"]] == [(2, 22), (1, 34), (1, 57)]
        assert [hit["points"] for hit in found["hits"] if hit["athlete"] == 1] == [3, 2]
        assert found["thresholds"] == {"body": 20, "head": 5}
        assert (found["number"], found["round"], found["complete"]) == ("101", 1, True)
        by_state = round_hits(None, lab.live.courts["1"])
        assert [hit["level"] for hit in by_state["hits"]] == [22, 34, 57]
        say(lab, ["rnd;2"])
        until(lambda: lab.round_hits("1")["hits"] == [])
        assert lab.round_hits("nowhere")["hits"] == []
