"""What can go wrong with OBS, by class, each with the way out and the rule for trying again.

Two protocols tell the same mistakes in different words: v5 by close codes and status codes, v4 by texts. Callers see
one family, and the original code and text stay in the error. Codes drift between versions for the same mistake (a
missing field is 301 in 5.1 and 300 from 5.5 on), so they are grouped by their hundreds [measured].
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TypeVar

from restrike_lab.pss.errors import RestrikeError

__all__ = [
    "ActionFailed",
    "AuthFailed",
    "AuthRequired",
    "BadAnswer",
    "BadRequest",
    "ConnectionLost",
    "FleetError",
    "Kicked",
    "NotConnected",
    "NotFound",
    "NotObs",
    "NotReady",
    "ObsError",
    "ProtocolFault",
    "ProtocolUnsupported",
    "RequestFailed",
    "RequestTimeout",
    "Retry",
    "SecretError",
    "Silent",
    "Unreachable",
    "Unsupported",
    "WrongState",
    "anew",
    "close_error",
    "status_error",
    "text_error",
]


class Retry(Enum):
    """When a link tries again after an error."""

    SOON = auto()
    """After a short, growing, random pause."""
    SLOWLY = auto()
    """After a long pause: the cause is no passing one."""
    DETECT = auto()
    """Find out anew which protocol is spoken, then as ``SOON``."""
    NEVER = auto()
    """Only when a person asks, or changes what was wrong."""


class ObsError(RestrikeError):
    """Report that OBS did not do what was asked."""

    category = "obs"
    retry = Retry.SOON


class Unreachable(ObsError):
    """Report that nothing answers at the address, or not in time."""

    retryable = True


class Silent(Unreachable):
    """Report that something accepts the connection and then says nothing."""


class NotObs(ObsError):
    """Report that something answers at the address which is no OBS."""

    retry = Retry.SLOWLY


class ProtocolUnsupported(ObsError):
    """Report that OBS refuses the protocol version, or a part of it."""

    retry = Retry.DETECT


class AuthRequired(ObsError):
    """Report that OBS asks for a password and none is known."""

    retry = Retry.NEVER


class AuthFailed(ObsError):
    """Report that OBS refused the password. Each try may pop up a notice in OBS, so it is not repeated."""

    retry = Retry.NEVER


class Kicked(ObsError):
    """Report that a person ended the session in OBS; the protocol asks not to come back by oneself."""

    retry = Retry.NEVER


class ConnectionLost(ObsError):
    """Report that the connection ended; ``code`` is the close code, 1006 where there was none."""

    retryable = True

    def __init__(self, message: str, *, code: int = 1006, hint: str = "", **context: object) -> None:
        super().__init__(message, hint=hint, code=code, **context)
        self.code = code


class ProtocolFault(ObsError):
    """Report that OBS ended the session because of what this client sent: a defect of the lab."""

    retry = Retry.SLOWLY


class NotConnected(ObsError):
    """Report a request while there is no session."""

    retryable = True


class RequestTimeout(ObsError):
    """Report that OBS accepted a request, or took it in, and then nothing came of it in time."""

    retryable = True


class BadAnswer(ObsError):
    """Report an answer that does not have the form the protocol gives it."""


class RequestFailed(ObsError):
    """Report that OBS refused a request; ``code`` is v5's status (``None`` in v4), ``text`` what OBS said."""

    def __init__(self, message: str, *, code: int | None = None, text: str = "", hint: str = "", **context: object):
        super().__init__(message, hint=hint or self.way_out, code=code, text=text, **context)
        self.code = code
        self.text = text

    way_out = ""


class NotReady(RequestFailed):
    """Report that OBS is starting, ending or changing the scene collection."""

    retryable = True
    way_out = "OBS is starting, ending or changing its scene collection; ask again in a moment."


class NotFound(RequestFailed):
    """Report that there is no scene, source, item, profile or collection of that name."""

    way_out = "Names are case-sensitive; the scene list of the instance shows what there is."


class WrongState(RequestFailed):
    """Report that an output, or studio mode, is not in the state that the request needs."""

    way_out = "Look at the state of the instance; the replay buffer must be enabled in the settings of OBS."


class BadRequest(RequestFailed):
    """Report a request with a field that is missing, of the wrong type or out of range."""


class ActionFailed(RequestFailed):
    """Report that OBS tried and failed, such as a chapter in a file format that has none."""

    way_out = "The log of OBS may say more; chapters need the Hybrid MP4 format, splitting must be enabled in OBS."


class Unsupported(RequestFailed):
    """Report a feature that this OBS does not have; ``feature`` and ``version`` say which."""

    def __init__(
        self, feature: str, version: str, *, reason: str = "", code: int | None = None, text: str = ""
    ) -> None:
        why = reason or f"obs-websocket {version} does not have it"
        hint = "A newer OBS may have it: OBS 30.2 and later have all that the lab uses."
        super().__init__(f"{feature} is not supported: {why}", code=code, text=text, hint=hint, version=version)
        self.feature = feature
        self.version = version


class FleetError(ObsError):
    """Report a wrong name or setting of an instance."""


class SecretError(ObsError):
    """Report that the key file of the stored passwords cannot be used, or is not the one they were locked with."""


E = TypeVar("E", bound=ObsError)


def anew(problem: E) -> E:
    """Return the same error once more, so that each caller raises one of its own."""
    twin = type(problem).__new__(type(problem))
    twin.args = problem.args
    twin.__dict__.update(problem.__dict__)
    return twin


_OUR_DEFECTS = range(4002, 4009)
"""Close codes of v5 for envelopes that cannot be read, and for identifying too early or twice."""


def close_error(code: int, reason: str = "") -> ObsError:
    """Return the error for the close code of a session (of OBS; 1006 where the connection just broke)."""
    said = f" ({reason})" if reason else ""
    if code == 1001:
        message = f"OBS is ending, or its WebSocket server was switched off{said}"
        return ConnectionLost(message, hint="Start OBS again; the lab connects by itself.", code=code)
    if code == 4009:
        return AuthFailed("OBS refused the password", hint="Set the password that OBS shows under WebSocket settings.")
    if code == 4010:
        return ProtocolUnsupported(f"OBS does not speak this protocol version{said}", code=code)
    if code == 4011:
        return Kicked("a person ended this session in OBS", hint="Reconnect the instance when it is wanted again.")
    if code == 4012:
        return _never(ProtocolUnsupported(f"OBS does not have what was asked for{said}", code=code))
    if code in _OUR_DEFECTS:
        hint = "Report this as a defect of the lab."
        return ProtocolFault(f"OBS could not accept what the lab sent: close code {code}{said}", hint=hint, code=code)
    hint = "OBS may have crashed, or the network is down; the lab tries again by itself."
    return ConnectionLost(f"the connection to OBS was lost: close code {code}{said}", hint=hint, code=code)


def _never(error: ProtocolUnsupported) -> ProtocolUnsupported:
    error.retry = Retry.NEVER
    return error


def status_error(request: str, code: int, comment: str, version: str) -> RequestFailed:
    """Return the error for a status code of v5, grouped by its hundreds."""
    text = comment or _MEANINGS.get(code, "")
    if code == 204:
        return Unsupported(request, version, code=code, text=text)
    kind = _BY_CODE.get(code) or _BY_HUNDRED.get(code // 100, RequestFailed)
    return kind(f"OBS refused {request}: {text or 'no reason given'} (status {code})", code=code, text=text)


_BY_CODE: dict[int, type[RequestFailed]] = {205: RequestFailed, 207: NotReady, 600: NotFound, 604: WrongState}
_BY_HUNDRED: dict[int, type[RequestFailed]] = {
    2: BadRequest,
    3: BadRequest,
    4: BadRequest,
    5: WrongState,
    6: BadRequest,
    7: ActionFailed,
}
_MEANINGS = {
    203: "the request has no type",
    205: "it failed without a reason",
    206: "this kind of batch is not supported",
    207: "OBS is not ready",
    300: "a field is missing",
    301: "the data is missing",
    400: "a field is invalid",
    401: "a field has the wrong type",
    402: "a field is out of range",
    403: "a field is empty",
    404: "there are too many fields",
    500: "the output is running",
    501: "the output is not running",
    502: "the output is paused",
    503: "the output is not paused",
    504: "the output is disabled",
    505: "studio mode is active",
    506: "studio mode is not active",
    600: "it was not found",
    601: "it exists already",
    602: "it is of the wrong type",
    603: "there are not enough",
    604: "it is in a state in which this cannot be done",
    605: "the kind of input is invalid",
    606: "it cannot be configured",
    607: "the kind of filter is invalid",
    700: "it could not be made",
    701: "the action failed",
    702: "the request could not be processed",
    703: "this cannot be acted upon",
}


def text_error(request: str, text: str, version: str) -> ObsError:
    """Return the error for an error text of v4, which has no codes."""
    said = text.strip().lower()
    if said == "invalid request type":
        return Unsupported(request, version, text=text)
    if said.startswith("authentication failed"):
        return AuthFailed("OBS refused the password", hint="Set the password that OBS shows under WebSocket settings.")
    if said.startswith("not authenticated"):
        return AuthRequired("OBS asks for a password", hint="Set the password of this instance.")
    for part, kind in _BY_TEXT:
        if part in said:
            return kind(f"OBS refused {request}: {text}", text=text)
    return RequestFailed(f"OBS refused {request}: {text or 'no reason given'}", text=text)


_BY_TEXT: tuple[tuple[str, type[RequestFailed]], ...] = (
    ("missing request parameters", BadRequest),
    ("invalid json payload", BadRequest),
    ("does not exist", NotFound),
    ("doesn't exist", NotFound),
    ("not found", NotFound),
    ("disabled in settings", WrongState),
    ("already active", WrongState),
    ("already paused", WrongState),
    ("not active", WrongState),
    ("not paused", WrongState),
    ("not enabled", WrongState),
    ("already enabled", WrongState),
)
