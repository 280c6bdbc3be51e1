"""Shapes: the same for messages of one kind, different for different codes, total, linear and bounded on any bytes."""

import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restrike_lab.pss import Recognizer
from restrike_lab.pss.framing import body
from restrike_lab.pss.parser import decode
from restrike_lab.pss.shape import CLASSES, general_shape, pattern_hash, read_shape, shape_of


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("sup;1", "sup;int"),
        ("sup;1;", "sup;int"),
        ("sup ;1", "sup;int"),
        ("rst;1;st1;2;2;2;st2;0", "rst;int;word;int*3;word;int"),
        ("ref;;;ju1;;;", "ref;empty*2;word;empty*2"),
        ("x1;-5;2.50;1,5;01:59;1:60;#00ffAA;CRO;stopEnd;M -68kg;\x01", None),
        ("hel", "hel"),
        ("hel;", "hel"),
        ("Udp Port 8888 connected", "Udp text"),
        ("hello  ", "hello"),
        ("3 blind mice", "<text>"),
        ("12", "<int>"),
        ("12;5", "<int>;int"),
        (";5", "<empty>;int"),
        ("", "<empty>"),
        ("\udcff\udcfe", "<bytes>"),
        ("a b;5", "<text>;int"),
        ("č;5", "<text>;int"),
        ("x" * 36 + ";1", "<text>;int"),
        ("x" * 33 + ";1", "<text>;int"),
        ("123" + "x" * 32 + ";1", "123" + "x" * 32 + ";int"),
        ("z" + ";1" * 64, "z;int*64"),
        ("z" + ";1" * 65, "z;int*64;+1"),
        ("z" + ";1" * 1000, "z;int*64;+512"),
    ],
)
def test_the_shape_is_the_code_and_the_classes_of_the_fields(text: str, shape: str | None) -> None:
    expected = shape or "x1;int;decimal*2;time;text;colour;country;word;text;bytes"
    assert shape_of(text) == expected
    assert read_shape(expected).text == expected


@given(st.binary(max_size=300) | st.lists(st.binary(max_size=8), max_size=100).map(b";".join))
def test_every_message_has_a_bounded_shape_that_can_be_read(raw: bytes) -> None:
    text = decode(body(raw))
    shape = shape_of(text)
    assert 0 < len(shape) <= 700
    assert shape.encode("ascii")
    read = read_shape(shape)
    assert set(read.classes) <= set(CLASSES)
    assert read.free or len(read.classes) == min(64, max(0, len(text.removesuffix(";").split(";")) - 1))
    assert shape_of(decode(body(raw + b"\r\n"))) == shape


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_messages_of_different_codes_never_share_a_shape(one: bytes, other: bytes) -> None:
    shapes = [read_shape(shape_of(decode(body(raw)))) for raw in (b"aa;" + one, b"ab;" + other)]
    assert shapes[0].text != shapes[1].text
    assert [shape.code for shape in shapes] == ["aa", "ab"]


def test_the_general_shape_leaves_the_code_out() -> None:
    assert general_shape("sup;int") == "<word>;int"
    assert general_shape("hel") == "<word>"
    assert general_shape("Udp text") == "<word> text"
    assert general_shape("<int>;int") == "<int>;int"


@pytest.mark.parametrize("unit", ["a", "1", ";", ";;1", "1.", "01:", "#0", "\udcff", "\x00", " ", "é", "A;"])
def test_the_shape_takes_linear_time(unit: str) -> None:
    start = time.process_time()
    shape_of(unit * (4_000_000 // len(unit)))
    assert time.process_time() - start < 2


def test_the_hash_of_a_shape_is_the_same_in_every_run() -> None:
    assert pattern_hash("sup;int") == "78d3c9c1efdf1dce"
    code = "from restrike_lab.pss.shape import pattern_hash; print(pattern_hash('sup;int'))"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert printed == pattern_hash("sup;int")


def test_only_messages_of_status_unknown_carry_a_shape() -> None:
    recognizer = Recognizer()
    assert recognizer.recognize(b"zz;1\n")[0].shape == "zz;int"
    assert recognizer.recognize(b"pt1;abc")[0].shape == "pt1;word"
    assert recognizer.recognize(b"pt1;9")[0].shape == ""
    assert recognizer.recognize(b"hel;")[0].shape == ""
    assert recognizer.cut(b"clk;02:00;" + b"x" * 9000)[0].shape == "clk;time;text"
