"""A user's own streams: read from TOML like predefined ones, written back the same, refused with line and reason."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restrike_lab.pss import (
    Definition,
    DefinitionError,
    Recognizer,
    Table,
    dump_definitions,
    encode,
    load_definitions,
    parse,
)
from restrike_lab.pss.layout import WireField, wire_fields
from restrike_lab.pss.table import protocol_table
from restrike_lab.pss.toml_places import toml_places
from restrike_lab.pss.wire import KINDS, Wire

SPEED = """
[stream.spd]
description = "Speed of a kick, as the new sensors report it."
example = "spd1;12.5;head"
codes = { spd1 = 1, spd2 = 2 }
event_type = "kick_speed"
versions = ["2.3-live"]

[[stream.spd.field]]
name = "speed"
kind = "decimal"
low = 0
high = 40.5
unit = "m/s"
description = "speed at contact"

[[stream.spd.field]]
name = "target"
kind = "word"
choices = ["body", "head"]
optional = true

[[stream.spd.field]]
name = "sensor"
kind = "text"
format = '[A-Z]\\d{2}'
key = "sn"
optional = true
"""


def speed() -> Definition:
    return load_definitions(SPEED)[0]


def test_a_defined_stream_is_recognized_like_any_other() -> None:
    recognizer = Recognizer(definitions=[speed()])
    (recognition,) = recognizer.recognize(b"spd2;9,25;body;sn;A17\r\n")
    assert (recognition.stream, recognition.event_type, recognition.event_code) == ("spd", "kick_speed", "O")
    assert (recognition.status, recognition.athlete) == ("recognized", 2)
    assert json.loads(recognition.fields) == {"speed": 9.25, "target": "body", "sensor": "A17"}
    assert recognition.description == "Red: Kick speed: speed 9.25 m/s, target body, sensor A17"
    assert Recognizer().recognize(b"spd2;9,25")[0].status == "unknown"


@pytest.mark.parametrize(
    ("datagram", "failed"),
    [
        (b"spd1;41", "spd.speed.range"),
        (b"spd1;fast", "spd.speed.type"),
        (b"spd1;1.5;knee", "spd.target.enumeration"),
        (b"spd1;1.5;head;sn;a1", "spd.sensor.form"),
        (b"spd1;", "spd.speed.required"),
    ],
)
def test_the_rules_of_a_defined_stream_derive_from_it(datagram: bytes, failed: str) -> None:
    (recognition,) = Recognizer(definitions=[speed()]).recognize(datagram)
    assert failed in {failure.rule_id for failure in recognition.failed}
    assert recognition.status == "partial"


def test_a_defined_stream_has_fields_for_views_and_a_row_in_the_protocol_table() -> None:
    fields = wire_fields(speed().stream)
    assert [(field.name, field.wire.kind.sql) for field in fields] == [
        ("speed", "DOUBLE"),
        ("target", "VARCHAR"),
        ("sensor", "VARCHAR"),
    ]
    assert "`spd1` `spd2` | Speed of a kick" in protocol_table([speed().stream])


def test_a_defined_stream_ends_where_the_next_known_code_begins() -> None:
    table = Table.of().with_definitions([speed()])
    messages = parse(b"spd1;3.0;head;pt1;3;spd2;4.5", table)
    assert [type(message).stream for message in messages] == ["spd", "pt", "spd"]


NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True).filter(lambda name: name not in ("example", "extra"))
WORDS = st.text(max_size=20).filter(lambda text: not any("\ud800" <= sign <= "\udfff" for sign in text))


@st.composite
def definitions(draw: st.DrawFn) -> Definition:
    fields: list[WireField] = []
    for number in range(draw(st.integers(0, 5))):
        kind = KINDS[draw(st.sampled_from(sorted(KINDS)))]
        numeric = kind.name in ("integer", "decimal", "time")
        fields.append(
            WireField(
                f"f{number}_{draw(NAMES)}"[:32],
                Wire(
                    kind=kind,
                    description=draw(WORDS),
                    optional=True,
                    low=draw(st.none() | st.integers(-100, 0)) if numeric else None,
                    high=draw(st.none() | st.floats(1, 1000)) if numeric else None,
                    choices=() if numeric else tuple(draw(st.lists(WORDS, max_size=3))),
                    unit=draw(WORDS),
                    key=draw(st.sampled_from([None, "ka", "kb"])),
                ),
            )
        )
    fields.sort(key=lambda field: field.wire.key or "")
    number = next((field.name for field in fields if field.wire.kind.name in ("integer", "time")), None)
    return Definition(
        name=draw(NAMES.filter(lambda name: Table.of().stream(name) is None)) + "_x",
        description="x" + draw(WORDS),
        example="zzq;",
        codes=draw(st.sampled_from([{"zzq": None}, {"zzq": 1, "zzr": 2}])),
        fields=tuple(fields),
        versions=draw(st.sampled_from([("2.3",), ("2.3", "2.3-live")])),
        value=number,
    )


@given(definitions())
def test_definitions_written_and_read_again_are_equal(definition: Definition) -> None:
    assert load_definitions(dump_definitions([definition])) == (definition,)


TOKENS = st.sampled_from(
    ["", "1", "2.5", "01:00", "head", "sn", "A17", "spd2", "x", "é", "#0000ff", "pt1", " ", "\udcff"]
)


@given(st.lists(TOKENS, max_size=8))
def test_encoding_what_a_defined_stream_parsed_gives_an_equal_message(tokens: list[str]) -> None:
    table = Table.of().with_definitions([speed()])
    for message in parse(";".join(["spd1", *tokens]).encode("utf-8", "surrogateescape"), table):
        assert parse(encode(message), table) == [message]


def refused(text: str, old: str, new: str, **options: object) -> DefinitionError:
    assert old in text
    with pytest.raises(DefinitionError) as refusal:
        load_definitions(text.replace(old, new, 1), "own.toml", **options)  # type: ignore[arg-type]
    return refusal.value


@pytest.mark.parametrize(
    ("old", "new", "line", "column", "reason"),
    [
        ('"2.3-live"', '"2.4"', 7, 13, "no protocol version '2.4'"),
        ('"decimal"', '"float"', 11, 8, "no kind 'float'"),
        ("low = 0", 'low = "a"', 12, 7, "low has to be a number"),
        ("low = 0", "low = 41", 13, 8, "no value can be 41 or more and 40.5 or less"),
        ("low = 0", "lowest = 0", 12, 1, "'lowest' means nothing here"),
        ('name = "speed"', "", 9, 1, "name is missing"),
        ('name = "speed"', 'name = "Speed"', 10, 8, "is no name for a field"),
        ('name = "speed"', 'name = "class"', 10, 8, "is no name for a field"),
        ('name = "speed"', 'name = "raw"', 10, 8, "every message has a 'raw' of its own"),
        ('name = "target"', 'name = "speed"', 18, 8, "two fields are called"),
        ('["body", "head"]', '["body", 7]', 20, 20, "7 is none"),
        ('["body", "head"]', '["body"]', 4, 11, "breaks the definition: not so that target is one of body"),
        ('"spd1;12.5;head"', '"pt1;3"', 4, 11, "does not parse as this stream"),
        ('"spd1;12.5;head"', '""', 4, 11, "the example is empty"),
        ('"spd1;12.5;head"', '"spd1;1;head;7"', 4, 11, "fields that are not defined: '7'"),
        ('"spd1;12.5;head"', "5", 4, 11, "example has to be a text, not a whole number"),
        ("{ spd1 = 1, spd2 = 2 }", "{ spd1 = 1, spd2 = 3 }", 5, 28, "3 is no athlete"),
        ("{ spd1 = 1, spd2 = 2 }", '{ spd1 = "blue" }', 5, 18, "'blue' is no athlete"),
        ("{ spd1 = 1, spd2 = 2 }", '["spd1", "spd1"]', 5, 18, "named twice"),
        ("{ spd1 = 1, spd2 = 2 }", '["spd1", "s p"]', 5, 18, "'s p' is no code word"),
        ("{ spd1 = 1, spd2 = 2 }", "[]", 5, 9, "1 to 32 code words"),
        ("{ spd1 = 1, spd2 = 2 }", '["spd1", "clk"]', 5, 18, "the code word 'clk' is known already"),
        ("{ spd1 = 1, spd2 = 2 }", '["spd1", "rd1"]', 5, 18, "'rd1' is a key word of another stream"),
        ('key = "sn"', 'key = "wg2"', 27, 7, "the key word 'wg2' is the code of another stream"),
        ('key = "sn"', 'key = "s n"', 27, 7, "is no key word"),
        ("'[A-Z]\\d{2}'", "'([A-Z]+)*'", 26, 10, "groups are not taken"),
        ("'[A-Z]\\d{2}'", "'\\d*\\d*'", 26, 10, "can take more than linear time"),
        ('event_type = "kick_speed"', 'event_type = "Kick"', 6, 14, "no name for a type of events"),
        ('event_type = "kick_speed"', 'value = "target"', 6, 9, "is no whole number or time"),
        ("optional = true", "optional = 1", 21, 12, "optional has to be true or false"),
        ('unit = "m/s"', "unit = m/s", 14, 8, "no valid TOML"),
        ("high = 40.5", "high = nan", 13, 8, "high has to be a number"),
    ],
)
def test_a_wrong_definition_is_refused_with_its_line_and_the_reason(
    old: str, new: str, line: int, column: int, reason: str
) -> None:
    refusal = refused(SPEED, old, new)
    assert reason in refusal.message
    assert (refusal.line, refusal.column) == (line, column)
    assert refusal.message.startswith(f"own.toml:{line}:{column}: ")


@pytest.mark.parametrize(
    ("name", "reason"), [("clk", "there is a stream of this name already"), ("events", "the lab has a view 'events'")]
)
def test_the_name_of_a_known_stream_or_view_is_refused(name: str, reason: str) -> None:
    refusal = refused(SPEED.replace("stream.spd", f"stream.{name}"), "", "")
    assert (reason in refusal.message, refusal.line, refusal.column) == (True, 2, 1)


def test_definitions_that_contradict_each_other_are_refused() -> None:
    other = SPEED.replace("stream.spd", "stream.speed2")
    assert "'spd1' is known already" in refused(SPEED + other, "", "").message
    keyed = other.replace("{ spd1 = 1, spd2 = 2 }", '["sn"]').replace("spd1;", "sn;").replace('"sn"\nopt', '"sm"\nopt')
    assert "'sn' is a key word of another stream" in refused(SPEED + keyed, "", "").message


def test_a_code_that_a_version_does_not_list_can_be_defined_for_it() -> None:
    text = '[stream.sup]\ndescription = "d"\nexample = "sup;1"\nversions = ["2.3"]\n[[stream.sup.field]]\nname = "n"\n'
    text += 'kind = "integer"\n'
    (own,) = load_definitions(text)
    assert Recognizer("2.3").recognize(b"sup;1")[0].status == "unknown"
    assert Recognizer("2.3", definitions=[own]).recognize(b"sup;1")[0].status == "recognized"
    assert Recognizer(definitions=[own]).recognize(b"sup;1")[0].event_type == "superiority"
    assert "there is a stream of this name already" in refused(text, '"2.3"', '"2.3-live"').message
    without = [Table.of().without("sup")]
    assert load_definitions(text.replace('"2.3"', '"2.3-live"'), tables=without)


def test_two_hundred_definitions_are_taken_in_a_moment_and_more_are_refused() -> None:
    one = '[stream.n{0}]\ndescription = "d"\nexample = "own{0};1"\ncodes = ["own{0}"]\n'
    one += '[[stream.n{0}.field]]\nname = "n"\nkind = "integer"\n'
    text = "".join(one.format(number) for number in range(200))
    start = time.process_time()
    assert len(load_definitions(text)) == 200
    assert time.process_time() - start < 10
    assert "at most 200 streams" in refused(text + one.format(200), "", "").message


@given(st.text(max_size=60) | st.text(alphabet="[]{}=\"\n stream.x1#,'", max_size=60))
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    try:
        load_definitions(text, "own.toml")
    except DefinitionError as refusal:
        assert refusal.line >= 1  # noqa: PT017
        assert refusal.column >= 1  # noqa: PT017


def test_places_follow_tables_lists_dotted_keys_and_long_strings() -> None:
    text = 'a = """\n[x]\n"""\n[b."c d"]\ne.f = [1, [2,\n 3], {g = "]"}] # [no]\n'
    text += "[[h]]\n[[h]]\ni = '#'\n[h.j]\nk=1979-05-27 07:32:00\n"
    places = toml_places(text)
    assert places["a",] == (1, 5)
    assert places["b", "c d"] == (4, 1)
    assert places["b", "c d", "e", "f"] == (5, 7)
    assert places["b", "c d", "e", "f", 1, 1] == (6, 2)
    assert places["b", "c d", "e", "f", 2, "g"] == (6, 11)
    assert places["h", 1, "i"] == (9, 5)
    assert places["h", 1, "j", "k"] == (11, 3)
    assert places["h", 1, "j", "k", "="] == (11, 1)
