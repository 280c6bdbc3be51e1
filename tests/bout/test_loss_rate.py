from __future__ import annotations

import pytest

from restrike_lab.bout.loss_rate import loss_rate, wilson


@pytest.mark.parametrize(
    ("missing", "expected", "low", "high"),
    [
        # R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Stat. Med. 17 (1998), table I.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_wilsons_as_published(missing: int, expected: int, low: float, high: float) -> None:
    assert wilson(missing, expected) == pytest.approx((low, high), abs=5e-5)


def test_without_a_message_expected_nothing_is_known() -> None:
    rate = loss_rate(0, 0)
    assert (rate.rate, rate.low, rate.high) == (None, 0.0, 1.0)


@pytest.mark.parametrize("missing", [0, 1, 5, 10])
def test_the_rate_lies_in_its_interval(missing: int) -> None:
    rate = loss_rate(missing, 10)
    assert rate.rate is not None
    assert 0.0 <= rate.low <= rate.rate <= rate.high <= 1.0


@pytest.mark.parametrize(("missing", "expected"), [(-1, 3), (4, 3)])
def test_a_number_that_is_no_share_is_refused(missing: int, expected: int) -> None:
    with pytest.raises(ValueError, match="0 <= missing <= expected"):
        wilson(missing, expected)
