"""Proposed definitions parse every message they were made from, unedited."""

from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restrike_lab.pss import STREAMS, DefinitionError, Recognizer, Table, dump_definitions, load_definitions
from restrike_lab.pss.definitions import CODE_WORD
from restrike_lab.pss.layout import layout_of
from restrike_lab.pss.parser import decode
from restrike_lab.pss.propose import propose, understands
from restrike_lab.pss.shape import read_shape, shape_of

EMPTY = Table("2.3-live", streams=())


def kinds(*messages: str) -> list[tuple[str | None, str]]:
    return [(field.wire.key, field.wire.kind.name) for field in propose(messages).fields]


def test_fields_are_typed_from_what_was_seen() -> None:
    one = "zz;1;2.5;01:30;#ff0000;CRO;body;Anna Z.;"
    assert kinds(one, "zz;-1;3;0:10;#00ff00;GER;head;;") == [
        (None, kind) for kind in ("integer", "decimal", "time", "colour", "country", "word", "text")
    ]


def test_ranges_are_wider_than_what_was_seen_and_begin_at_nought() -> None:
    (field,) = propose(["zz;3", "zz;60"]).fields
    assert (field.wire.low, field.wire.high) == (0, 999)
    (field,) = propose(["zz;-3", "zz;2"]).fields
    assert (field.wire.low, field.wire.high) == (-9, 9)


def test_key_words_are_recognised_and_their_fields_named_after_them() -> None:
    definition = propose(["rzt;1;st1;2;3;st2;4;5;", "rzt;2;st1;0;0;st2;1;1;"])
    assert [field.name for field in definition.fields] == ["value", "st1_1", "st1_2", "st2_1", "st2_2"]
    assert list(layout_of(definition.stream).sections) == [None, "st1", "st2"]


def test_codes_that_differ_in_the_athletes_number_are_one_stream() -> None:
    definition = propose(["tt1;01:00;start", "tt2;00:59", "tt1;00:58"])
    assert (definition.name, definition.codes) == ("tt", {"tt1": 1, "tt2": 2})
    assert [field.wire.optional for field in definition.fields] == [False, True]


def test_a_code_that_is_a_key_word_too_is_found() -> None:
    definition = propose(["wz1;0;wz2;1", "wz1;3;wz2;0"])
    assert dict(definition.codes) == {"wz1": None, "wz2": None}
    assert understands(definition, ["wz2;5;wz1;0"])


def test_few_words_seen_often_are_choices_and_others_are_not() -> None:
    (field,) = propose(["zz;go"] * 6 + ["zz;halt"] * 6).fields
    assert field.wire.choices == ("go", "halt")
    (field,) = propose(["zz;go", "zz;halt"]).fields
    assert field.wire.choices == ()


def test_the_proposal_fits_the_table_it_was_made_for() -> None:
    without = Table.of().without("sup")
    definition = propose(["sup;1", "sup;0"], without)
    assert Recognizer(table=without, definitions=[definition]).recognize(b"sup;2")[0].status == "recognized"
    with pytest.raises(DefinitionError, match="known already"):
        propose(["sup;1"])
    assert propose(["zz;5;wg2;7"]).fields[1].wire.key is None
    assert propose(["clk9;1"], Table.of()).name == "clk9"
    assert propose(["sc3;1"]).name == "sc3"


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        ([], "no message"),
        (["hello there"], "has no code word"),
        (["12;5"], "has no code word"),
        (["aa;1", "bb;1"], "several code words"),
        (["aa;\udcff"], "readable"),
        (["aa" + ";1" * 300], "at most 256 fields"),
    ],
)
def test_what_cannot_be_defined_is_refused_with_the_reason(messages: list[str], reason: str) -> None:
    with pytest.raises(DefinitionError, match=reason):
        propose(messages)


FIELDS = st.sampled_from(
    [
        "",
        "0",
        "7",
        "-3",
        "2.5",
        "01:30",
        "1:60",
        "#ff0000",
        "CRO",
        "st1",
        "st2",
        "ju",
        "go",
        "two words",
        "Č",
        "zq",
        "\udcff",
    ]
)
MESSAGES = st.lists(st.lists(FIELDS, max_size=7).map(lambda fields: ";".join(["zq", *fields])), min_size=1, max_size=8)


@given(MESSAGES)
def test_a_proposal_understands_all_its_messages_and_survives_its_file(messages: list[str]) -> None:
    try:
        definition = propose(messages)
    except DefinitionError:
        assert not any(message.isprintable() for message in messages)
        return
    assert understands(definition, messages)
    assert load_definitions(dump_definitions([definition])) == (definition,)


@pytest.mark.parametrize("stream", [stream for stream in STREAMS if stream.codes], ids=lambda stream: stream.stream)
def test_every_stream_of_the_protocol_could_be_proposed_from_its_example(stream: type) -> None:
    assert understands(propose([stream.example], EMPTY), [stream.example], EMPTY)


def test_the_whole_live_protocol_can_be_proposed_from_the_live_capture(live_capture: Path) -> None:
    messages = defaultdict(list)
    for line in live_capture.read_text("utf-8").splitlines()[1:]:
        text = line.split("\t")[1]
        messages[read_shape(shape_of(text)).code].append(text)
    for code, texts in messages.items():
        if code is not None and CODE_WORD.fullmatch(code) and ";" in texts[0] and "Udp" not in texts[0]:
            definition = propose(texts, EMPTY)
            recognizer = Recognizer(table=EMPTY.with_definitions([definition]))
            assert {recognizer.recognize(text.encode())[0].status for text in texts} == {"recognized"}


def test_decoding_keeps_bytes_that_are_no_text_for_the_proposal() -> None:
    messages = ["zq;Anna", decode(b"zq;Du\xc5")]
    assert understands(propose(messages), messages)
