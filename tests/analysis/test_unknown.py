"""What the analysis of unknown streams finds: in the live capture with definitions taken away, in made-up traffic."""

from collections.abc import Callable
from pathlib import Path

import pytest

from restrike_lab.analysis.unknown import Study, code_of, read_heard, study, study_all, study_stored
from restrike_lab.analysis.unknown_timing import Heard
from restrike_lab.pss import PatternBook, Recognition, Recognizer, Table, load_definitions
from restrike_lab.pss.shape import read_shape
from restrike_lab.store import Reader, Writer
from restrike_lab.store.schema import EVENT_COLUMNS

TAKEN = ("sup", "ref", "rst", "rsr", "to1", "hwt", "hel")
OCCURRING = {"sup", "ref", "rst", "rsr"}
LESS = Table.of().without(*TAKEN)

Messages = list[tuple[int, bytes]]


def recognized(messages: Messages, table: Table) -> tuple[list[Heard], PatternBook]:
    recognizer, heard, book = Recognizer(table=table), [], PatternBook()
    number = None
    for at_ms, datagram in messages:
        for each in recognizer.recognize(datagram):
            number = each.value if each.stream == "rnd" else number
            known = each.status != "unknown"
            heard.append(Heard(at_ms * 1_000_000, "1 1", each.stream, each.raw, known, number, None, each.athlete))
            if each.shape:
                book.add(each.shape, each.raw, at_ms * 1_000_000, "1")
    return heard, book


@pytest.fixture
def live(live_messages: Messages) -> tuple[list[Heard], PatternBook]:
    return recognized(live_messages, LESS)


@pytest.fixture
def studies(live: tuple[list[Heard], PatternBook]) -> dict[str, Study]:
    return {each.codes[0]: each for each in study_all(live[0], LESS)}


def test_each_stream_taken_away_is_one_pattern_and_no_pattern_mixes_two_codes(
    live: tuple[list[Heard], PatternBook], live_messages: Messages
) -> None:
    heard, book = live
    assert sorted(filter(None, (read_shape(pattern.shape).code for pattern in book))) == sorted(OCCURRING)
    for pattern in book:
        code = read_shape(pattern.shape).code
        assert {sample.raw.split(b";")[0].decode() for sample in pattern.samples} == {code}
        assert pattern.count == sum(raw.split(b";")[0].decode() == code for _, raw in live_messages)
    assert book.total == sum(not each.known for each in heard)


def test_superiority_is_found_to_go_with_changes_of_the_score(studies: dict[str, Study]) -> None:
    found = studies["sup"].suggestion
    assert found.event_type == "score_change"
    assert found.score > 0.5
    assert any("a change of the score within 250 ms in 8 of 9 cases" in reason for reason in found.reasons)
    score = next(each for each in studies["sup"].company_outside if (each.name, each.side) == ("score_change", "after"))
    assert score.sure
    assert score.low > 100


def test_round_statistics_are_found_to_go_with_the_end_of_a_round(studies: dict[str, Study]) -> None:
    for code in ("rst", "rsr"):
        found = studies[code].suggestion
        assert (found.event_type, found.score > 0.7) == ("round_end", True)
        assert any("the confirmed end of a round within 250 ms in 9 of 9 cases" in reason for reason in found.reasons)


def test_officials_are_found_to_belong_to_the_load(studies: dict[str, Study]) -> None:
    assert studies["ref"].suggestion.event_type == "load"
    assert "it comes in loads alone" in studies["ref"].suggestion.reasons


def test_the_proposed_definitions_accepted_unedited_parse_every_message(
    studies: dict[str, Study], live_messages: Messages
) -> None:
    assert set(studies) == OCCURRING
    accepted = load_definitions("\n".join(each.toml for each in studies.values()), tables=[LESS])
    recognizer = Recognizer(table=LESS.with_definitions(accepted))
    assert {each.status for _, raw in live_messages for each in recognizer.recognize(raw)} == {"recognized"}


def test_the_fields_of_the_round_statistics_are_profiled(studies: dict[str, Study]) -> None:
    fields = studies["rst"].fields
    assert [field.place for field in fields if field.constant and field.values[0][0] in ("st1", "st2")] == [2, 9]
    assert (fields[0].low, fields[0].high, fields[0].distinct) == (1, 3, 3)


def clock(seconds: int, text: Callable[[int], str]) -> Messages:
    return [(1000 * second, text(second).encode()) for second in range(seconds)]


def test_a_countdown_is_recognized_by_its_seconds() -> None:
    messages = clock(60, lambda second: f"zk1;00:{59 - second:02d}")
    found = study(recognized(messages, Table.of())[0], {"zk1"})
    assert (found.suggestion.event_type, found.suggestion.score > 0.9) == ("countdown", True)
    assert found.definition is not None
    assert found.definition.codes == {"zk1": 1}


def test_what_comes_regularly_and_with_nothing_is_a_heartbeat_and_the_rest_stays_unknown() -> None:
    heard, _ = recognized(clock(20, lambda second: f"zh;{second}"), Table.of())
    assert study(heard, {"zh"}).suggestion.event_type == "heartbeat"
    heard, _ = recognized([(number * number * 700, b"zu;1") for number in range(9)], Table.of())
    assert study(heard, {"zu"}).suggestion.event_type == "unknown"
    assert study([], {"zu"}).suggestion.score == 0


def test_a_message_without_a_code_word_has_no_definition_and_says_why() -> None:
    assert code_of(b"12;5") is None
    heard, _ = recognized([(0, b"Sensor battery low")], Table.of())
    found = study(heard, {"Sensor"})
    assert (found.definition, found.toml) == (None, "")
    assert "no code word" in found.problem


def row(seq: int, at_ms: int, each: Recognition) -> tuple[object, ...]:
    values = {
        **{"seq": seq, "epoch": 1, "court": "A", "arrival_ns": at_ms, "mono_ns": at_ms * 1_000_000, "part": 0},
        **{"raw": each.raw, "stream": each.stream, "event_type": each.event_type, "event_code": each.event_code},
        **{"athlete": each.athlete, "fields": each.fields, "recognition_status": each.status},
        **{"protocol_version": "2.3-live", "parser_confidence": each.confidence, "validation_errors": each.errors},
    }
    return tuple(values.get(column) for column in EVENT_COLUMNS)


def test_the_study_of_stored_events_is_not_crowded_out_by_a_flood_of_others(
    live_messages: Messages, tmp_path: Path
) -> None:
    recognizer = Recognizer(table=LESS)
    last = live_messages[-1][0]
    messages = [*live_messages, *((last + number, b"flood%d;1" % number) for number in range(3000))]
    found = [(at_ms, recognizer.recognize(raw)[0]) for at_ms, raw in messages]
    writer = Writer.open(tmp_path)
    writer.append([row(seq, at_ms, each) for seq, (at_ms, each) in enumerate(found, 1)], {})
    reader = Reader.open(tmp_path)
    stored = study_stored(reader, "sup", LESS, limit=2500)
    assert (stored.count, stored.suggestion.event_type) == (72, "score_change")
    assert len(read_heard(reader, limit=2500)) == 2500
    reader.close()
    writer.close()
