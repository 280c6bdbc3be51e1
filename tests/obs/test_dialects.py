"""The dialects: whatever comes over the wire, what is read is typed; whatever is asked, what is written is JSON."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restrike_lab.obs import events
from restrike_lab.obs import requests as rq
from restrike_lab.obs.auth import response
from restrike_lab.obs.dialect import Dialect, Hello, Identified, Reply, Stray
from restrike_lab.obs.errors import AuthFailed, BadAnswer, BadRequest, ObsError, Unsupported
from restrike_lab.obs.events import Event, RecordState, SceneChanged, Stamp, UnknownEvent
from restrike_lab.obs.fields import timecode_ms
from restrike_lab.obs.results import StreamService, Versions
from restrike_lab.obs.v4 import V4
from restrike_lab.obs.v4_tables import LACKS
from restrike_lab.obs.v5 import SUBSCRIPTIONS, V5

AT = Stamp(1, 2)
DIALECTS = (V4, V5)
KNOWN = sorted({*V4.events, *V5.events})

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 70), 1 << 70) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
names = st.sampled_from(
    ["op", "d", "eventType", "eventData", "requestId", "requestStatus", "result", "code", "comment", "responseData",
     "update-type", "message-id", "status", "error", "scene-name", "sceneName", "item-id", "outputState"]
)  # fmt: skip
frames = st.dictionaries(names, json_values | st.dictionaries(names, json_values | st.sampled_from(KNOWN)), max_size=6)


@given(st.binary(max_size=60) | st.text(max_size=60))
def test_no_bytes_bring_a_reader_down(frame: bytes | str) -> None:
    for kind in DIALECTS:
        assert kind().read(frame, AT) is not None


@given(frames)
def test_no_json_brings_a_reader_down(frame: dict[str, Any]) -> None:
    for kind in DIALECTS:
        said = kind().read(json.dumps(frame), AT)
        assert isinstance(said, Reply | Event | Hello | Identified | Stray)


@given(st.sampled_from(KNOWN), st.dictionaries(names, json_values, max_size=6))
def test_an_event_with_any_fields_is_that_event_or_an_unknown_one_with_all_of_it(
    kind: str, data: dict[str, Any]
) -> None:
    for dialect in (V4(), V5()):
        event = dialect.event(kind, data, AT)
        assert event.at is AT
        if isinstance(event, UnknownEvent):
            assert (event.kind, event.raw) == (kind, data)


def test_depth_without_bound_is_a_stray_frame() -> None:
    for kind in DIALECTS:
        assert isinstance(kind().read("[" * 100_000 + "]" * 100_000, AT), Stray)


@pytest.mark.parametrize(
    ("dialect", "frame"),
    [
        (V5(), {"op": 5, "d": {"eventType": "CurrentProgramSceneChanged", "eventData": {"sceneName": 7}}}),
        (V4(), {"update-type": "SwitchScenes", "scene-name": 7}),
    ],
)
def test_a_number_where_a_text_belongs_makes_an_unknown_event_that_says_so(
    dialect: Dialect, frame: dict[str, Any]
) -> None:
    event = dialect.read(json.dumps(frame), AT)
    assert isinstance(event, UnknownEvent)
    assert "should be a text and is a number" in event.reason


@pytest.mark.parametrize(
    ("dialect", "data"), [(V5(), {"currentProgramSceneName": 7}), (V4(), {"name": 7}), (V5(), {}), (V4(), {})]
)
def test_an_answer_with_a_wrong_or_missing_field_is_a_bad_answer(dialect: Dialect, data: dict[str, Any]) -> None:
    prepared = dialect.prepare(rq.GetScene(), "1")
    with pytest.raises(BadAnswer, match="should be a text"):
        prepared.read(Reply("1", True, data))


def test_an_unknown_event_keeps_everything() -> None:
    event = V5().read('{"op":5,"d":{"eventType":"CanvasCreated","eventData":{"canvasName":"x"}}}', AT)
    assert event == UnknownEvent(AT, "CanvasCreated", {"canvasName": "x"})


def test_an_unknown_output_state_is_no_error() -> None:
    data = {"outputState": "OBS_WEBSOCKET_OUTPUT_WARMING", "outputPath": None}
    event = V5().event("RecordStateChanged", data, AT)
    assert event == RecordState(AT, events.OutputState.UNKNOWN)


def test_every_output_state_of_v5_is_known() -> None:
    words = ["STARTING", "STARTED", "STOPPING", "STOPPED", "RECONNECTING", "RECONNECTED", "PAUSED", "RESUMED"]
    for word in words:
        event = V5().event("StreamStateChanged", {"outputState": f"OBS_WEBSOCKET_OUTPUT_{word}"}, AT)
        assert event == events.StreamState(AT, events.OutputState[word])


def test_the_time_code_of_a_v4_event_counts_only_while_something_is_recorded() -> None:
    garbage = {"rec-timecode": "26:20:01.337"}
    assert V4().event("RecordingStopped", garbage, AT) == RecordState(AT, events.OutputState.STOPPED)
    assert V4().event("RecordingStarting", garbage, AT) == RecordState(AT, events.OutputState.STARTING)
    assert V4().event("SwitchScenes", {**garbage, "scene-name": "A"}, AT) == SceneChanged(AT, "A")


# -- requests ----------------------------------------------------------------------------------------------------------


def every_request() -> list[rq.Request[Any]]:
    """Return one request of every class, with plausible fields."""
    plausible = {
        "str": "name", "bool": True, "float": 0.5, "int | str": 3, "Mapping[str, Any]": {"a": 1},
        "StreamService": StreamService("rtmp_custom", {"server": "x"}),
    }  # fmt: skip
    kinds = [getattr(rq, name) for name in rq.__all__ if name not in ("Request", "Call")]
    return [kind(*(plausible[str(f.type)] for f in dataclasses.fields(kind))) for kind in kinds]


@pytest.mark.parametrize("request_", every_request(), ids=lambda request: type(request).__name__)
def test_every_request_can_be_put_in_v5_and_in_v4_or_is_refused_with_the_reason(request_: rq.Request[Any]) -> None:
    five = json.loads(V5().prepare(request_, "7").frame)
    assert five["op"] == 6
    assert five["d"]["requestId"] == "7"
    if type(request_) in LACKS:
        with pytest.raises(Unsupported, match="obs-websocket 4") as refusal:
            V4().prepare(request_, "7")
        assert (refusal.value.feature, refusal.value.version) == (type(request_).__name__, "v4")
    else:
        four = json.loads(V4().prepare(request_, "7").frame)
        assert four["message-id"] == "7"
        assert four["request-type"]


def test_what_obs_does_not_list_is_refused_before_it_is_sent() -> None:
    old = V5(Versions("29.0.2", "5.1.0", frozenset({"GetVersion"})))
    with pytest.raises(Unsupported, match=r"5\.1\.0 does not have it"):
        old.prepare(rq.AddChapter("R1"), "1")
    assert not old.knows(rq.AddChapter)
    assert V5().knows(rq.AddChapter)


def test_the_record_status_of_v4_before_4_9_comes_from_the_stream_status() -> None:
    old = V4(Versions("25", "4.8.0", frozenset({"GetVersion", "GetStreamingStatus"})))
    prepared = old.prepare(rq.GetRecordStatus(), "1")
    assert prepared.name == "GetStreamingStatus"
    status = prepared.read(Reply("1", True, {"streaming": False, "recording": True, "rec-timecode": "00:00:01.500"}))
    assert (status.active, status.paused, status.timecode_ms) == (True, False, 1500)
    with pytest.raises(Unsupported):
        old.prepare(rq.GetReplayActive(), "1")


@given(st.text(max_size=20))
def test_any_name_can_be_sent_or_is_refused_as_a_bad_request(name: str) -> None:
    for kind in DIALECTS:
        try:
            frame = kind().prepare(rq.SetScene(name), "1").frame
        except BadRequest:
            assert any("\ud800" <= c <= "\udfff" for c in name)
        else:
            assert name in json.dumps(json.loads(frame), ensure_ascii=False) or any(c < " " or c in '"\\' for c in name)


def test_what_is_no_json_is_a_bad_request() -> None:
    with pytest.raises(BadRequest, match="cannot be sent"):
        V5().prepare(rq.Call("X", {"a": object()}), "1")
    with pytest.raises(BadRequest):
        V5().prepare(rq.SetScene("\ud800"), "1")


def test_v5_takes_items_by_number_only() -> None:
    with pytest.raises(BadRequest, match="number of an item"):
        V5().prepare(rq.SetItemVisible("Ring1", "Mat", True), "1")


# -- authentication ----------------------------------------------------------------------------------------------------


def test_the_proof_of_a_password_is_the_one_of_the_protocol() -> None:
    salt, challenge = "lM1GncleQOaCu9lT1yeUZhFYnqhsLLP1G5lAGo3ixaI=", "+IxH4CnCiqpX1rM9scsNynZzbOe4KhDeYcTNS3PDaeY="
    assert response("supersecretpassword", salt, challenge) == "1Ct943GAT+6YQUUX47Ia/ncufilbe6+oD6lY+5kaCu4="


def test_v5_sends_no_proof_where_none_is_asked_for_and_asks_for_no_noise() -> None:
    frame = json.loads(V5().identify(Hello("5.1.0", 1), "secret"))
    assert frame == {"op": 1, "d": {"rpcVersion": 1, "eventSubscriptions": 0x4C7}}
    assert SUBSCRIPTIONS == 0x4C7


def test_v4_without_a_password_asks_for_none() -> None:
    prepared = V4().ask_challenge("1")
    assert prepared.read(Reply("1", True, {"authRequired": False})) is None
    with pytest.raises(AuthFailed):
        V4().authenticate("1", "x", "c", "s").read(Reply("1", False, {}, text="Authentication Failed."))


@given(st.text(max_size=16))
def test_a_time_code_is_one_or_none(text: str) -> None:
    assert timecode_ms(text) is None or ":" in text


def test_time_codes_are_ms() -> None:
    assert [timecode_ms(t) for t in ("00:00:00.666", "01:02:03.004", "1:2", "")] == [666, 3_723_004, None, None]


def test_errors_carry_a_way_out_and_are_of_one_family() -> None:
    with pytest.raises(ObsError) as problem:
        V4().prepare(rq.AddChapter("x"), "1")
    assert problem.value.category == "obs"
    assert problem.value.hint
