"""The parser loses nothing, never raises, and reads each odd case of the protocol as what it is."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restrike_lab.pss import STREAMS, Unknown, encode, parse
from restrike_lab.pss.streams import (
    Athletes,
    Challenge,
    Clock,
    GamJeoms,
    HitLevel,
    Injury,
    MatchConfig,
    MatchResult,
    Officials,
    Point,
    PortNotice,
    RoundPoints,
    RoundWinners,
    Score,
)

WORDS = st.sampled_from(
    [
        *[b"pt1", b"hl1", b"hl2", b"wg1", b"wg2", b"at1", b"at2", b"s11", b"s21", b"wrd", b"rd1", b"rst", b"st1"],
        *[b"ref", b"ju1", b"ta", b"mch", b"wmh", b"ch1", b"ij0", b"clk", b"inlb", b"rsr", b"sc1", b"sup"],
        *[b"", b" ", b"0", b"-1", b"99", b"00:59", b"1:60", b"start", b"1-0 PTF", b"BLUE", b"\xff", b"\xc4\x87", b"\0"],
        *[b"Udp Port 8888 connected", b"hl1;50hl2;60", b"null", b"#0000ff"],
    ]
)
ENDS = st.sampled_from([b"", b";", b"\n", b"\r\n", b"\0", b"  ", b";\r\n\r\npt1;2\n"])
LINES = st.builds(lambda words, end: b";".join(words) + end, st.lists(WORDS, max_size=12), ENDS)


@given(st.one_of(st.binary(max_size=300), LINES, st.lists(LINES, max_size=4).map(b"".join)))
def test_slices_of_the_messages_concatenate_to_the_datagram(datagram: bytes) -> None:
    messages = parse(datagram)
    assert messages
    assert b"".join(message.raw for message in messages) == datagram


@given(st.one_of(st.binary(max_size=300), LINES))
def test_encoding_a_parsed_message_gives_an_equal_message(datagram: bytes) -> None:
    for message in parse(datagram):
        assert parse(encode(message)) == [message]


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.stream)
def test_the_example_of_every_stream_parses_as_that_stream(stream: type) -> None:
    (message,) = parse(stream.example.encode())
    assert type(message) is stream
    assert (message.extra, message.unread) == ((), ())


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\0", b"   ", b";", b";\r\n"])
def test_the_terminator_decides_nothing(end: bytes) -> None:
    assert parse(b"pt2;3" + end) == [Point(athlete=2, points=3)]


def test_several_messages_in_one_datagram_come_out_one_by_one() -> None:
    assert parse(b"pt1;1\r\nhl2;40\n\nclk;0:00;stopEnd") == [
        Point(athlete=1, points=1),
        HitLevel(athlete=2, level=40),
        Clock(time_ms=0, action="stopEnd"),
    ]


def test_a_further_stream_behind_the_fields_of_the_first_is_a_message_of_its_own() -> None:
    messages = parse(b"sc1;3;sc2;0;pt1;3;")
    assert messages == [Score(blue=3, red=0), Point(athlete=1, points=3)]
    assert [message.raw for message in messages] == [b"sc1;3;sc2;0;", b"pt1;3;"]


def test_hit_levels_joined_without_separator_are_two() -> None:
    assert parse(b"hl1;50hl2;60") == [HitLevel(athlete=1, level=50), HitLevel(athlete=2, level=60)]


def test_empty_fields_keep_their_meaning() -> None:
    assert parse(b"wmh;;0-0 WDR") == [MatchResult(name="", result="0-0 WDR")]
    (officials,) = parse(b"ref;;;ju1;;;ju2;;;ta;;;")
    assert isinstance(officials, Officials)
    assert (officials.referee, officials.assistant_country) == ("", "")
    assert parse(b"ch1;") == [Challenge(athlete=1)]


def test_partial_updates_say_nothing_of_what_is_absent() -> None:
    assert parse(b"wg2;3") == [GamJeoms(red=3)]
    assert parse(b"s12;4") == [RoundPoints(blue_2=4)]
    assert parse(b"wrd;rd1;2") == [RoundWinners(rd1=2)]


def test_a_name_cut_inside_a_letter_keeps_its_bytes() -> None:
    datagram = "at1;ć;Zoë;CRO;at2;x;Duš".encode()[:-1]
    (message,) = parse(datagram)
    assert isinstance(message, Athletes)
    assert message.red_country is None
    assert encode(message) == datagram


def test_the_fifteen_fields_of_a_match_stand_where_consoles_send_them() -> None:
    (match,) = parse(b"mch;245.A;Final;M -68kg;;#0000ff;#FFFFFF;#ff0000;#FFFFFF;null;Seniors;3;120;cntDown;20;5;")
    assert isinstance(match, MatchConfig)
    assert (match.number, match.unused, match.internal_id, match.min_body_level, match.min_head_level) == (
        *("245.A", "", "null"),
        *(20, 5),
    )


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("00:00", 0),
        ("0:00", 0),
        ("1:05", 65_000),
        ("58", 58_000),
        ("01:59", 119_000),
        ("0:05.3", 5_300),
        ("7.25", 7_250),
    ],
)
def test_times_are_read_in_every_form_that_consoles_use(text: str, milliseconds: int) -> None:
    assert parse(f"ij0;{text}".encode()) == [Injury(athlete=0, time_ms=milliseconds)]


@pytest.mark.parametrize("text", ["1:60", "-1", "a:bc", "1:2:3", "9" * 40])
def test_what_is_no_time_is_kept_as_text(text: str) -> None:
    assert parse(f"clk;{text};start".encode()) == [Clock(unread=(("time_ms", text),), action="start")]


def test_port_notices_and_unknown_messages_keep_their_text() -> None:
    assert parse(b"Udp Port 8888 disconnected;") == [PortNotice(port=8888, state="disconnected")]
    assert parse(b"zzz;1;2") == [Unknown(text="zzz;1;2")]
    assert parse(b"") == [Unknown(text="")]


def test_ten_thousand_fields_and_a_full_size_datagram_are_kept_whole() -> None:
    wide = b"pt1" + b";3" * 10_000
    assert len(parse(wide)[0].extra) == 9_999
    assert len(parse(b";".join([b"pt1;3"] * 10_000))) == 10_000
    assert parse(b"x" * 65_507)[0].raw == b"x" * 65_507


def test_every_message_of_the_live_capture_is_understood_whole(live_capture: Path) -> None:
    for line in live_capture.read_text("utf-8").splitlines()[1:]:
        datagram = line.split("\t")[1].encode()
        (message,) = parse(datagram)
        assert not isinstance(message, Unknown)
        assert (message.raw, message.extra, message.unread) == (datagram, (), ())
