"""Near patterns are grouped for reasons that are said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restrike_lab.pss.parser import decode
from restrike_lab.pss.shape import shape_of
from restrike_lab.pss.similarity import near_patterns, similarity

SHAPES = st.binary(max_size=60).map(lambda raw: shape_of(decode(b"z1;" + raw)))


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ("sup;int", "sup;int", 1.0, 1.0),
        ("to1;time;word", "to2;time;word", 0.9, 0.95),
        ("to1;time;word", "to2;time", 0.6, 0.8),
        ("ref;empty*2;word", "ref;text;country;word", 0.8, 0.9),
        ("aa;int", "bb;int", 0.6, 0.6),
        ("aa;int", "bb;text*9", 0.0, 0.1),
        ("hel", "bye", 0.6, 0.6),
    ],
)
def test_similarity_follows_code_number_and_classes_of_fields(one: str, other: str, low: float, high: float) -> None:
    assert low <= similarity(one, other).score <= high
    assert similarity(one, other).score == similarity(other, one).score


@given(SHAPES, SHAPES)
def test_similarity_is_a_share_that_its_parts_explain(one: str, other: str) -> None:
    found = similarity(one, other)
    assert 0 <= found.score <= 1
    assert found.score == pytest.approx(sum(part.share * part.weight for part in found.parts), abs=1e-3)
    assert all(part.text for part in found.parts)
    assert similarity(one, one).score == 1


def test_the_parts_say_where_two_shapes_differ() -> None:
    code, number, classes = similarity("to1;time;word;int", "to2;text;word").parts
    assert code.text == "to1 and to2 differ in their number alone"
    assert number.text == "3 and 2 fields"
    assert classes.text == "field 1: time and text"


def test_near_patterns_are_grouped_around_the_first_and_different_codes_stay_apart() -> None:
    shapes = ["to1;time", "sup;int", "to2;time", "to1;time;word", "sop;int", "ref;empty*2", "ref;text*2"]
    groups = [group.shapes for group in near_patterns(shapes)]
    assert groups == [
        ("to1;time", "to2;time", "to1;time;word"),
        ("sup;int",),
        ("sop;int",),
        ("ref;empty*2", "ref;text*2"),
    ]


def test_every_shape_is_in_exactly_one_group_however_many_there_are() -> None:
    kinds = ["int", "text", "empty", "time", "colour"]
    shapes = [f"q{number};{';'.join(kinds[number // 5**place % 5] for place in range(5))}" for number in range(1000)]
    groups = near_patterns(shapes)
    assert sorted(shape for group in groups for shape in group.shapes) == sorted(shapes)
