"""The book of patterns: exact in what it counts, bounded in what it keeps, and able to find the real in a flood."""

import itertools
import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restrike_lab.pss import PatternBook, Recognizer
from restrike_lab.pss.framing import body
from restrike_lab.pss.parser import decode
from restrike_lab.pss.patterns import MAX_GENERAL, MAX_PATTERNS, WAITING, PatternRow
from restrike_lab.pss.shape import ANYTHING, pattern_hash, shape_of


def add(book: PatternBook, raw: bytes, at_ns: int = 1, court: str = "1", session: int | None = None) -> None:
    book.add(shape_of(decode(body(raw))), raw, at_ns, court, session)


def filled(*messages: bytes) -> PatternBook:
    book = PatternBook()
    for at_ns, raw in enumerate(messages, 1):
        add(book, raw, at_ns)
    return book


def test_a_pattern_has_count_times_places_and_exact_samples() -> None:
    book = PatternBook()
    recognizer = Recognizer()
    for at_ns, (raw, court) in enumerate([(b"zz;1\n", "A"), (b"zz;2", "B"), (b"zz;\xff", "A"), (b"zz;1\n", "A")], 5):
        (recognition,) = recognizer.recognize(raw)
        book.add(recognition.shape, recognition.raw, at_ns, court, 7, seq=at_ns)
    row, other = book.rows()
    assert (row.shape, row.pattern_hash, row.occurrence_count) == ("zz;int", pattern_hash("zz;int"), 3)
    assert (row.first_seen, row.last_seen, row.whole) == (5, 8, True)
    assert json.loads(row.samples) == [
        {"text": "zz;1\n", "at_ns": 5, "court": "A", "session": 7, "seq": 5},
        {"text": "zz;2", "at_ns": 6, "court": "B", "session": 7, "seq": 6},
    ]
    assert (json.loads(row.courts), json.loads(row.sessions)) == ({"A": 2, "B": 1}, {"7": 3})
    assert json.loads(other.samples)[0]["base64"] == "eno7/w=="


def test_samples_are_the_first_five_and_the_last_three_different_ones() -> None:
    book = filled(*[b"zz;%d" % number for number in range(100)])
    (pattern,) = book.patterns()
    assert [sample.raw for sample in pattern.samples] == [b"zz;%d" % number for number in (0, 1, 2, 3, 4, 97, 98, 99)]


def test_long_samples_are_kept_once_and_whole() -> None:
    book = filled(b"zz;" + b"x" * 8000, b"zz;" + b"y" * 8000)
    assert [len(sample.raw) for sample in book.patterns()[0].samples] == [8003]


def test_distinct_codes_beyond_the_bound_are_counted_without_their_code() -> None:
    book = filled(*[b"q%d;1" % number for number in range(MAX_PATTERNS + 500)])
    assert len(book) == MAX_PATTERNS + 1
    assert (book.patterns()[0].shape, book.patterns()[0].count) == ("<word>;int", 500)


def hostile(number: int, draw: random.Random) -> bytes:
    fields = [
        draw.choice([b"", b"%d" % number, b"1.5", b"01:02", b"#ffffff", b"ABC", b"go", b"a b", b"\xff"])
        for _ in range(draw.randrange(12))
    ]
    return b";".join([b"h%d" % number, *fields])


def test_in_a_flood_counts_stay_exact_memory_bounded_and_a_real_stream_is_found() -> None:
    draw = random.Random(3)
    book = PatternBook()
    for number in range(30_000):
        add(book, hostile(number, draw), number)
        if number > 10_000 and number % 1000 == 0:
            add(book, b"real;%d" % number, number)
    patterns = {pattern.shape: pattern for pattern in book.patterns()}
    assert book.total == sum(pattern.count for pattern in patterns.values()) == 30_019
    assert len(patterns) <= MAX_PATTERNS + MAX_GENERAL + 1
    assert ANYTHING in patterns
    assert patterns["real;int"].count == 19
    assert len(book._waiting) + len(book._waited) <= 2 * WAITING
    assert all(len(pattern.samples) <= 8 for pattern in patterns.values())


def test_a_shape_that_keeps_coming_takes_the_place_of_a_rare_one_with_all_that_was_counted_for_it() -> None:
    book = filled(*[b"q%d;1" % number for number in range(MAX_PATTERNS)])
    book.take_changes()
    for at_ns in (2000, 2001, 2002):
        add(book, b"real;1;2", at_ns)
    real = next(pattern for pattern in book if pattern.shape == "real;int*2")
    assert (real.count, real.first_ns, real.last_ns, real.whole) == (3, 2000, 2002, True)
    changed, removed = book.take_changes()
    assert {row.shape: row.occurrence_count for row in changed} == {"real;int*2": 3, "<word>;int": 1}
    assert set(removed) == {pattern_hash("q0;int"), pattern_hash("<word>;int*2")}


def test_what_frequent_patterns_have_is_not_taken_by_rarer_ones() -> None:
    book = PatternBook()
    for number, _ in itertools.product(range(MAX_PATTERNS), range(3)):
        add(book, b"q%d;1" % number)
    for _ in range(3):
        add(book, b"new;1")
    assert "new;int" not in {pattern.shape for pattern in book}
    add(book, b"new;1")
    assert "new;int" in {pattern.shape for pattern in book}
    assert sum(pattern.count for pattern in book) == 3 * MAX_PATTERNS + 4


MESSAGES = st.lists(
    st.sampled_from([b"zz;1", b"zz;2", b"yy;a", b"", b"free text", b"\xff", b"zz;1;2", b"5;5", b"hel;"]), max_size=40
)


@given(MESSAGES, MESSAGES)
def test_merging_two_books_is_as_gathering_both(one: list[bytes], other: list[bytes]) -> None:
    both = filled(*one, *other)
    first = filled(*one)
    second = PatternBook()
    for at_ns, raw in enumerate(other, len(one) + 1):
        add(second, raw, at_ns)
    first.merge(second)
    assert first.total == both.total
    for merged, gathered in zip(first.rows(), both.rows(), strict=True):
        assert (merged.shape, merged.occurrence_count) == (gathered.shape, gathered.occurrence_count)
        assert (merged.first_seen, merged.last_seen) == (gathered.first_seen, gathered.last_seen)


@given(MESSAGES)
def test_a_book_goes_on_from_its_rows(messages: list[bytes]) -> None:
    book = filled(*messages)
    again = PatternBook.from_rows(book.rows())
    assert (again.total, again.rows()) == (book.total, book.rows())
    assert again.take_changes() == ([], [])


@given(MESSAGES, st.integers(1, 5))
def test_a_mirror_that_applies_the_changes_equals_the_book(messages: list[bytes], every: int) -> None:
    book = PatternBook()
    mirror: dict[str, PatternRow] = {}
    for number, raw in enumerate(messages):
        add(book, raw, number)
        if number % every == 0:
            changed, removed = book.take_changes()
            for name in removed:
                mirror.pop(name, None)
            mirror |= {row.pattern_hash: row for row in changed}
    changed, _ = book.take_changes()
    mirror |= {row.pattern_hash: row for row in changed}
    assert sorted(mirror.values(), key=repr) == sorted(book.rows(), key=repr)


@pytest.mark.parametrize("field", ["court", "session"])
def test_places_are_counted_one_by_one_up_to_a_bound(field: str) -> None:
    book = PatternBook()
    for number in range(200):
        add(book, b"zz;1", court=f"c{number}", session=number)
    (row,) = book.rows()
    counts = json.loads(row.courts if field == "court" else row.sessions)
    assert (len(counts), sum(counts.values()), counts["*"]) == (65, 200, 136)
