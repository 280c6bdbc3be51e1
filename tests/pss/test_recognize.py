"""Status, confidence and the texts for people follow from the bytes and the protocol version alone."""

import json
from pathlib import Path

import pytest

from restrike_lab.pss import STREAMS, ProtocolError, Recognizer
from restrike_lab.pss.describe import EVENT_CODES
from restrike_lab.pss.rules import all_rules

CASES = [
    (b"pt1;3", "recognized", 1.0),
    (b"pt1;9", "partial", 0.7),
    (b"pt1;", "partial", 0.7),
    (b"pt1;abc", "unknown", 0.3),
    (b"pt1;3;7", "partial", 0.7),
    (b"hl1;0", "partial", 0.7),
    (b"hl1;100", "recognized", 1.0),
    (b"wg1;5;wg2;0", "recognized", 1.0),
    (b"wg2;1", "partial", 0.7),
    (b"s11;3", "recognized", 1.0),
    (b"rnd;4", "recognized", 1.0),
    (b"clk;1:60;start", "partial", 0.7),
    (b"clk;00:10;jump", "partial", 0.7),
    (b"ch1;", "recognized", 1.0),
    (b"ch1;0;1", "partial", 0.7),
    (b"ch2;1;0", "recognized", 1.0),
    (b"wmh;;0-0 WDR", "recognized", 1.0),
    (b"wmh;X;2-1 ZZZ", "partial", 0.7),
    (b"wrd;rd1;1;rd2;0", "recognized", 1.0),
    (b"ref;;;ju1;;;ju2;;;ta;;;", "recognized", 1.0),
    (b"hel;", "deprecated", 1.0),
    (b"zzz;1", "unknown", 0.3),
    (b"zzz", "unknown", 0.0),
    (b"", "unknown", 0.0),
    (b"\xff\xfe\x00", "unknown", 0.0),
]


@pytest.mark.parametrize(("datagram", "status", "confidence"), CASES, ids=lambda case: str(case)[:30])
def test_status_and_confidence_follow_the_rules(datagram: bytes, status: str, confidence: float) -> None:
    (recognition,) = Recognizer().recognize(datagram)
    assert (recognition.status, recognition.confidence) == (status, confidence)
    assert bool(json.loads(recognition.errors)) == (status in ("partial",) or datagram == b"pt1;abc")


@pytest.mark.parametrize(
    ("version", "datagram", "status"),
    [
        ("2.3", b"wg1;5;wg2;0", "partial"),
        ("2.3", b"rnd;4", "partial"),
        ("2.3", b"sup;1", "unknown"),
        ("older", b"hel;", "recognized"),
        ("older", b"to1;01:00;start", "recognized"),
        ("2.3-live", b"to1;01:00;start", "deprecated"),
    ],
)
def test_the_protocol_version_decides_what_is_listed(version: str, datagram: bytes, status: str) -> None:
    assert Recognizer(version).recognize(datagram)[0].status == status


def test_an_unknown_protocol_version_is_refused_with_the_way_out() -> None:
    with pytest.raises(ProtocolError) as refusal:
        Recognizer("9.9")
    assert "2.3-live" in refusal.value.hint


def test_a_name_that_is_no_utf8_is_partial_and_its_text_can_be_stored() -> None:
    (recognition,) = Recognizer().recognize("at1;A;B;CRO;at2;C;D;GEš".encode()[:-1])
    assert recognition.status == "partial"
    recognition.fields.encode("utf-8")
    recognition.description.encode("utf-8")


def test_a_datagram_cut_by_the_buffer_is_unknown_whatever_it_begins_with() -> None:
    (recognition,) = Recognizer().cut(b"pt1;3;" + b"x" * 8186)
    assert recognition.status == "unknown"


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.stream)
def test_every_stream_has_a_code_and_words_for_people(stream: type) -> None:
    (recognition,) = Recognizer("older").recognize(stream.example.encode())
    assert recognition.event_code in EVENT_CODES
    assert recognition.action
    assert recognition.description


def test_what_is_remembered_is_bounded_and_equal_to_what_is_recognized_afresh() -> None:
    recognizer = Recognizer()
    datagrams = [b"zz%d;1" % number for number in range(20_000)]
    for datagram in datagrams:
        recognizer.recognize(datagram)
    assert len(recognizer._young) + len(recognizer._old) <= 2 * 4096
    assert recognizer.recognize(datagrams[-1]) == Recognizer().recognize(datagrams[-1])


def test_rule_ids_are_unique_within_a_version() -> None:
    ids = [rule.rule_id for rule in all_rules("2.3-live")]
    assert len(ids) == len(set(ids))


def test_the_whole_live_capture_is_recognized(live_capture: Path) -> None:
    recognizer = Recognizer()
    for line in live_capture.read_text("utf-8").splitlines()[1:]:
        assert [one.status for one in recognizer.recognize(line.split("\t")[1].encode())] == ["recognized"]
