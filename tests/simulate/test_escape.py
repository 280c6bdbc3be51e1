"""Any bytes become one line of clean text and come back."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from restrike_lab.simulate.escape import escape_raw, unescape_raw


@given(st.binary(max_size=300))
@example(b"\\")
@example(b"\\x41")
@example(b"\xff\xfe\x00")
@example("\u2028\x85\u202eć".encode())
@example(bytes(range(256)))
def test_every_byte_string_comes_back(raw: bytes) -> None:
    assert unescape_raw(escape_raw(raw)) == raw


@given(st.binary(max_size=300))
def test_escaped_text_is_one_printable_line_without_tabs(raw: bytes) -> None:
    text = escape_raw(raw)
    assert text.isprintable()
    assert text.encode("utf-8").decode("utf-8") == text
    assert len(f"{text}x".splitlines()) == 1


@pytest.mark.parametrize("text", ["wmh;;0-0 WDR", "at1;서연 이;Đurđa Šarić;CRO", ""])
def test_clean_text_stands_as_it_is(text: str) -> None:
    assert escape_raw(text.encode()) == text


@pytest.mark.parametrize("text", ["a\\q", "tail\\", "\\x4", "\\xG0", "\\X41"])
def test_an_unknown_sequence_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(ValueError, match=f"column {text.index(chr(92)) + 1} "):
        unescape_raw(text)
