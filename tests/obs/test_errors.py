"""Close codes, status codes and texts of OBS, each with its class and its rule for trying again."""

from __future__ import annotations

import pytest

from restrike_lab.obs import errors
from restrike_lab.obs.errors import Retry, close_error, status_error, text_error

SOON, SLOWLY, DETECT, NEVER = Retry.SOON, Retry.SLOWLY, Retry.DETECT, Retry.NEVER

CLOSE_CODES = [
    (1000, errors.ConnectionLost, SOON),
    (1001, errors.ConnectionLost, SOON),
    (1006, errors.ConnectionLost, SOON),
    (1011, errors.ConnectionLost, SOON),
    (4000, errors.ConnectionLost, SOON),
    *[(code, errors.ProtocolFault, SLOWLY) for code in range(4002, 4009)],
    (4009, errors.AuthFailed, NEVER),
    (4010, errors.ProtocolUnsupported, DETECT),
    (4011, errors.Kicked, NEVER),
    (4012, errors.ProtocolUnsupported, NEVER),
    (4999, errors.ConnectionLost, SOON),
]


@pytest.mark.parametrize(("code", "kind", "retry"), CLOSE_CODES)
def test_each_close_code_has_its_class_and_its_rule(code: int, kind: type[errors.ObsError], retry: Retry) -> None:
    error = close_error(code, "why")
    assert type(error) is kind
    assert error.retry is retry
    assert error.message


@pytest.mark.parametrize("code", [1000, 1001, 1006, 1011, 4000, *range(4002, 4013), 4999])
def test_the_end_of_a_session_says_what_to_do(code: int) -> None:
    said = errors.close_error(code, "reason")
    assert said.hint or isinstance(said, errors.ProtocolUnsupported)


def test_a_rule_for_one_error_is_not_a_rule_for_its_class() -> None:
    close_error(4012)
    assert close_error(4010).retry is DETECT


STATUS = {
    203: errors.BadRequest, 204: errors.Unsupported, 205: errors.RequestFailed, 206: errors.BadRequest,
    207: errors.NotReady, 300: errors.BadRequest, 301: errors.BadRequest,
    **dict.fromkeys(range(400, 405), errors.BadRequest),
    **dict.fromkeys(range(500, 507), errors.WrongState),
    600: errors.NotFound, 601: errors.BadRequest, 602: errors.BadRequest, 603: errors.BadRequest,
    604: errors.WrongState, 605: errors.BadRequest, 606: errors.BadRequest, 607: errors.BadRequest,
    **dict.fromkeys(range(700, 704), errors.ActionFailed),
    799: errors.ActionFailed, 999: errors.RequestFailed, 0: errors.RequestFailed,
}  # fmt: skip


@pytest.mark.parametrize(("code", "kind"), STATUS.items())
def test_each_status_code_has_its_class(code: int, kind: type[errors.RequestFailed]) -> None:
    error = status_error("SetScene", code, "said so", "5.1.0")
    assert type(error) is kind
    assert (error.code, error.text) == (code, "said so")
    assert status_error("SetScene", code, "", "5.1.0").message


TEXTS = [
    ("Not Authenticated", errors.AuthRequired),
    ("Authentication Failed.", errors.AuthFailed),
    ("invalid request type", errors.Unsupported),
    ("missing request parameters", errors.BadRequest),
    ("invalid JSON payload", errors.BadRequest),
    ("recording already active", errors.WrongState),
    ("recording not active", errors.WrongState),
    ("recording is not active", errors.WrongState),
    ("recording already paused", errors.WrongState),
    ("recording is not paused", errors.WrongState),
    ("replay buffer not active", errors.WrongState),
    ("replay buffer already active", errors.WrongState),
    ("replay buffer disabled in settings", errors.WrongState),
    ("streaming not active", errors.WrongState),
    ("studio mode not enabled", errors.WrongState),
    ("requested scene does not exist", errors.NotFound),
    ("specified scene item name doesn't exist", errors.NotFound),
    ("something nobody has heard of", errors.RequestFailed),
    ("", errors.RequestFailed),
]


@pytest.mark.parametrize(("text", "kind"), TEXTS)
def test_each_text_of_v4_has_its_class_and_stays_in_the_error(text: str, kind: type[errors.ObsError]) -> None:
    error = text_error("SetScene", text, "4.9.1")
    assert type(error) is kind
    if isinstance(error, errors.RequestFailed):
        assert error.text == text
        assert error.code is None
