"""Forms match what Python's own regular expressions match, in linear time, and all else is refused with the place."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restrike_lab.pss.errors import RuleError
from restrike_lab.pss.formats import MAX_FORM, read_form

ITEMS = st.sampled_from(["a", "b", "[ab]", "[^a]", r"\d", r"\.", "[a-c0-9]", "x", r"[\]-]", "-"])
REPEATS = st.sampled_from(["", "", "?", "*", "+", "{2}", "{1,3}", "{2,}"])
FORMS = st.lists(st.lists(st.tuples(ITEMS, REPEATS).map("".join), max_size=5).map("".join), min_size=1, max_size=3)
TEXTS = st.text(alphabet="abcx01.]-Z", max_size=12)


@given(FORMS.map("|".join), st.lists(TEXTS, max_size=20))
def test_an_accepted_form_matches_what_the_same_regular_expression_matches(text: str, candidates: list[str]) -> None:
    try:
        form = read_form(text)
    except RuleError:
        return
    for candidate in candidates:
        assert form.matches(candidate) == bool(re.fullmatch(text, candidate))


@given(st.text(max_size=40))
def test_any_text_is_either_a_form_or_refused_with_a_reason(text: str) -> None:
    try:
        form = read_form(text)
    except RuleError:
        return
    assert form.matches(text) in (True, False)


@given(FORMS.map("|".join))
def test_matching_takes_linear_time_whatever_form_was_accepted(text: str) -> None:
    try:
        form = read_form(text)
    except RuleError:
        return
    start = time.process_time()
    for sign in "abx0":
        form.matches(sign * 100_000 + "!")
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ("(a+)+", 1, "groups are not taken"),
        ("a++", 3, "a repeat of a repeat"),
        ("a{2}{3}", 5, "a repeat of a repeat"),
        ("[a-z]*[0-9]*x", 13, "shares characters with the repeated item at character 1"),
        ("a?b?a", 5, "shares characters"),
        ("[ab]{0,50}[bc]", 11, "shares characters"),
        (".*x", 3, "shares characters"),
        ("^a", 1, "the whole text is always matched"),
        ("a$", 2, "the whole text is always matched"),
        (r"\b", 1, "of the letters only"),
        (r"\1", 1, "of the letters only"),
        ("*a", 1, "where a character was expected"),
        ("a{3,1}", 2, "at least the first"),
        ("a{0}", 2, "not 0"),
        ("a{5000}", 2, "at most 1000 times"),
        ("a{x}", 2, "a counted repeat is written"),
        ("[abc", 1, "not closed"),
        ("[]", 1, "is empty"),
        ("[z-a]", 2, "runs backwards"),
        (r"[\d-z]", 2, "from one character to another"),
        ("a\\", 3, "ends too early"),
    ],
)
def test_what_could_take_more_than_linear_time_or_means_nothing_is_refused(text: str, place: int, reason: str) -> None:
    if text == "[a-z]*[0-9]*x":
        read_form("[a-z]*[0-9]*")
    with pytest.raises(RuleError, match=re.escape(reason)) as refusal:
        read_form(text)
    assert refusal.value.context["place"] == place


def test_forms_are_bounded_in_length_and_alternatives() -> None:
    with pytest.raises(RuleError, match="at most 200"):
        read_form("a" * (MAX_FORM + 1))
    with pytest.raises(RuleError, match="more than 16 alternatives"):
        read_form("|".join("a" * 17))


def test_forms_that_people_need_are_taken() -> None:
    assert read_form(r"[A-Z]{3}").matches("CRO")
    assert not read_form(r"[A-Z]{3}").matches("CROA")
    assert read_form(r"[MW] [+-]\d{2,3}kg|open").matches("M -68kg")
    assert read_form(r"[MW] [+-]\d{2,3}kg|open").matches("open")
    assert read_form("").matches("")
    assert read_form(r"[^;]*").matches("Četvrtić \udcc4")
