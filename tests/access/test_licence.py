"""A licence counts as it was signed, where and when it says; whatever is changed in it, it counts no more."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from restrike_lab.access.licence import (
    Answer,
    Facts,
    Licence,
    LicenceError,
    LicenceState,
    issue,
    public_key,
    read_answer,
    read_licence,
    sign_answer,
    standing,
)
from restrike_lab.access.machine import code_of, machine_code

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key()
LICENCE = Licence(
    licence_id="7f6c",
    holder="Taekwondo Club Čakovec",
    features=("obs", "flags"),
    valid_from=date(2026, 1, 1),
    valid_until=date(2026, 12, 31),
    issued=datetime(2025, 12, 20, 12, tzinfo=UTC),
)
FILE = issue(LICENCE, KEY)
MINUTE, HOUR, DAY = 60 * 10**9, 3600 * 10**9, 86_400 * 10**9


def ns(year: int, month: int, day: int, hour: int = 0) -> int:
    return int(datetime(year, month, day, hour, tzinfo=UTC).timestamp()) * 10**9


NOW = ns(2026, 6, 15, 12)


def state(licence: Licence | None = LICENCE, **facts: Any) -> LicenceState:
    return standing(licence, Facts(**{"now_ns": NOW, **facts})).state


# -- the file ----------------------------------------------------------------------------------------------------------


def test_a_licence_is_read_as_it_was_issued_and_people_can_read_it() -> None:
    assert read_licence(FILE, PUBLIC) == LICENCE
    assert '"holder": "Taekwondo Club Čakovec"' in FILE.decode()


def test_no_byte_can_be_flipped_or_another() -> None:
    for at in range(len(FILE)):
        for value in {FILE[at] ^ (1 << bit) for bit in range(8)} | {0, 10, 13, 32, 61}:
            if value != FILE[at]:
                with pytest.raises(LicenceError):
                    read_licence(FILE[:at] + bytes([value]) + FILE[at + 1 :], PUBLIC)


def test_nothing_can_be_left_out_or_put_in() -> None:
    for at in range(len(FILE) + 1):
        for changed in (FILE[:at], FILE[at:], FILE[:at] + FILE[at + 1 :], FILE[:at] + b"\n" + FILE[at:]):
            if changed != FILE:
                with pytest.raises(LicenceError):
                    read_licence(changed, PUBLIC)


@given(st.binary(max_size=400))
def test_no_other_bytes_are_a_licence(data: bytes) -> None:
    with pytest.raises(LicenceError):
        read_licence(data, PUBLIC)


def test_a_licence_of_another_issuer_counts_nothing() -> None:
    with pytest.raises(LicenceError):
        read_licence(issue(LICENCE, Ed25519PrivateKey.generate()), PUBLIC)


def test_what_the_issuer_signed_as_something_else_is_no_licence() -> None:
    answer = sign_answer(Answer("7f6c", "valid", "00"), KEY)
    with pytest.raises(LicenceError):
        read_licence(answer, PUBLIC)
    with pytest.raises(LicenceError):
        read_answer(FILE, PUBLIC)


def test_a_format_of_the_future_is_refused_with_the_way_out() -> None:
    with pytest.raises(LicenceError) as refusal:
        read_licence(issue(msgspec.structs.replace(LICENCE, format=2), KEY), PUBLIC)
    assert "Update" in refusal.value.hint


@pytest.mark.parametrize("text", ["", "x", "AAAA", base64.b64encode(bytes(31)).decode(), "é"])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(LicenceError, match="no public key"):
        public_key(text)


# -- when and where ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now_ns", "expected"),
    [
        (ns(2025, 12, 31, 23), LicenceState.EXPIRED),
        (ns(2026, 1, 1), LicenceState.VALID),
        (ns(2027, 1, 1) - 1, LicenceState.VALID),
        (ns(2027, 1, 1), LicenceState.EXPIRED),
    ],
)
def test_both_dates_are_included(now_ns: int, expected: LicenceState) -> None:
    assert state(now_ns=now_ns) is expected


def test_without_a_licence_there_is_none() -> None:
    found = standing(None, Facts(NOW))
    assert found.state is LicenceState.NONE
    assert not found.grants("obs")


def test_it_grants_its_features_and_no_other() -> None:
    found = standing(LICENCE, Facts(NOW))
    assert (found.grants("obs"), found.grants("recognition")) == (True, False)
    assert not standing(LICENCE, Facts(ns(2028, 1, 1))).grants("obs")


def test_an_expiring_licence_warns_30_days_ahead() -> None:
    assert standing(LICENCE, Facts(ns(2026, 12, 1))).warning == ""
    early = standing(LICENCE, Facts(ns(2026, 12, 2, 1)))
    assert (early.state, early.days_left) == (LicenceState.VALID, 29)
    assert "in 29 days" in early.warning
    assert "today" in standing(LICENCE, Facts(ns(2026, 12, 31, 5))).warning


def test_a_licence_for_a_machine_counts_there_alone() -> None:
    bound = msgspec.structs.replace(LICENCE, machine=code_of("this"))
    assert state(bound, machine=code_of("this")) is LicenceState.VALID
    assert state(bound, machine=code_of("that")) is LicenceState.NOT_HERE
    assert state(bound, machine=None) is LicenceState.NOT_HERE
    assert state(machine=None) is LicenceState.VALID


def test_a_licence_for_a_venue_counts_there_alone() -> None:
    bound = msgspec.structs.replace(LICENCE, venue="Arena")
    assert state(bound, venue="Arena") is LicenceState.VALID
    assert state(bound, venue="") is LicenceState.NOT_HERE


def test_the_code_of_a_machine_stays_and_tells_nothing() -> None:
    assert machine_code(lambda: " abc\n") == code_of("abc") == machine_code(lambda: "abc")
    assert machine_code(lambda: "") is None
    assert "abc" not in code_of("abc").lower()


# -- the clock ---------------------------------------------------------------------------------------------------------


def test_a_clock_a_minute_back_is_nothing() -> None:
    found = standing(LICENCE, Facts(NOW - MINUTE, newest_ns=NOW))
    assert (found.state, found.clock_back, found.warning) == (LicenceState.VALID, False, "")


@pytest.mark.parametrize("back", [DAY, 365 * DAY, 2 * HOUR + 1])
def test_a_clock_a_day_or_a_year_back_is_noticed(back: int) -> None:
    found = standing(LICENCE, Facts(NOW - back, newest_ns=NOW))
    assert (found.state, found.clock_back) == (LicenceState.VALID, True)
    assert "clock" in found.warning


@pytest.mark.parametrize("back", [MINUTE, DAY, 365 * DAY])
def test_a_clock_set_back_does_not_make_it_last_longer(back: int) -> None:
    newest = ns(2027, 1, 1)
    found = standing(LICENCE, Facts(newest - back, newest_ns=newest))
    assert found.state is LicenceState.EXPIRED
    assert not found.grants("obs")


# -- the issuer's address ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("silent", "expected"),
    [
        (0, LicenceState.VALID),
        (2 * DAY, LicenceState.VALID),
        (2 * DAY + 1, LicenceState.GRACE),
        (14 * DAY, LicenceState.GRACE),
        (14 * DAY + 1, LicenceState.EXPIRED),
    ],
)
def test_an_issuer_who_does_not_answer_leads_to_grace_and_then_to_the_end(silent: int, expected: LicenceState) -> None:
    found = standing(LICENCE, Facts(NOW, checked_ns=NOW - silent))
    assert found.state is expected
    assert bool(found.warning) is (expected is not LicenceState.VALID)
    assert found.grants("obs") is (expected is not LicenceState.EXPIRED)


def test_what_the_issuer_withdrew_counts_no_more() -> None:
    facts = Facts(NOW, checked_ns=NOW)
    assert standing(LICENCE, replace(facts, withdrawn=True)).state is LicenceState.EXPIRED


def test_an_answer_is_read_as_it_was_signed() -> None:
    answer = Answer("7f6c", "valid", "ab12")
    data = sign_answer(answer, KEY)
    assert read_answer(data, PUBLIC) == answer
    with pytest.raises(LicenceError):
        read_answer(data.replace(b"valid", b"valie"), PUBLIC)
