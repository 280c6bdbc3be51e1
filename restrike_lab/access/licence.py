"""A licence: a text that people can read, signed with Ed25519, and what it is worth at a moment.

The file is JSON, and below it one line with the signature of every byte above::

    {
      "format": 1,
      "licence_id": "7f6c...",
      "holder": "Taekwondo Club Zagreb",
      ...
    }
    signature: 3q2+7w...

Nothing in here reads a clock, a file or a network: bytes, a public key and a few facts in; a ``Standing`` out.

A clock that was set back does not make a licence last longer: dates are judged by the newest time that was ever seen
(``Facts.newest_ns``). Up to ``CLOCK_TOLERANCE_NS`` behind it nothing is said, since clocks are put right, and are
wrong by an hour twice a year.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from restrike_lab.access.errors import AccessError

__all__ = [
    "CLOCK_TOLERANCE_NS",
    "Answer",
    "Facts",
    "Licence",
    "LicenceError",
    "LicenceState",
    "Standing",
    "issue",
    "public_key",
    "read_answer",
    "read_licence",
    "sign_answer",
    "standing",
]

T = TypeVar("T", bound=msgspec.Struct)

HOUR_NS = 3_600_000_000_000
DAY_NS = 24 * HOUR_NS

CLOCK_TOLERANCE_NS = 2 * HOUR_NS
CHECK_NS = DAY_NS
"""How long an answer of the issuer's address counts as new."""

LARGEST_FILE = 64 << 10
SIGNATURE = b"signature: "


class LicenceError(AccessError):
    """Refuse a file that is no licence of the issuer's."""

    category = "licence"


class LicenceState(StrEnum):
    """What a licence is worth."""

    VALID = "valid"
    GRACE = "grace"
    EXPIRED = "expired"
    NOT_HERE = "not for this machine"
    TAMPERED = "tampered"
    NONE = "none"


class Licence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the issuer grants. Both dates are included, in UTC; ``machine`` and ``venue`` empty: any."""

    licence_id: str
    holder: str
    features: tuple[str, ...]
    valid_from: date
    valid_until: date
    issued: datetime
    venue: str = ""
    machine: str = ""
    format: int = 1

    @property
    def begins_ns(self) -> int:
        """The first moment, in ns since 1970."""
        return _ns(self.valid_from)

    @property
    def ends_ns(self) -> int:
        """The first moment after it."""
        return _ns(self.valid_until + timedelta(days=1))


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the issuer's address says of a licence: ``valid`` or ``withdrawn``; ``nonce`` is that of the question."""

    licence_id: str
    status: str
    nonce: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What a licence is judged by.

    ``newest_ns`` is the newest time that was ever seen, whatever the clock says now. ``checked_ns`` is when the
    issuer's address last called the licence good (or when it was installed), None where it is not asked;
    ``withdrawn`` that it called it withdrawn. Times in ns since 1970.
    """

    now_ns: int
    newest_ns: int = 0
    machine: str | None = None
    venue: str = ""
    checked_ns: int | None = None
    withdrawn: bool = False
    grace_days: int = 14
    warn_days: int = 30


@dataclass(frozen=True, slots=True)
class Standing:
    """What a licence is worth: a state, why, what it grants, and what a person should be told about it."""

    state: LicenceState
    reason: str = ""
    licence: Licence | None = None
    days_left: int | None = None
    clock_back: bool = False
    warning: str = ""

    def grants(self, feature: str) -> bool:
        """Tell whether a feature may be used."""
        good = self.state in (LicenceState.VALID, LicenceState.GRACE)
        return good and self.licence is not None and feature in self.licence.features


def standing(licence: Licence | None, facts: Facts) -> Standing:
    """Return what a licence whose signature is right is worth."""
    if licence is None:
        return Standing(LicenceState.NONE, "no licence is installed")
    now_ns = max(facts.now_ns, facts.newest_ns)
    back = facts.newest_ns - facts.now_ns > CLOCK_TOLERANCE_NS
    left = (licence.ends_ns - now_ns) // DAY_NS if now_ns < licence.ends_ns else None
    state, reason = _judged(licence, facts, now_ns)
    warning = ""
    if back:
        warning = f"this machine's clock is {_span(facts.newest_ns - facts.now_ns)} behind what was recorded before"
    elif state is LicenceState.GRACE:
        warning = reason
    elif state is LicenceState.VALID and left is not None and left < facts.warn_days:
        warning = f"the licence ends on {licence.valid_until}, {_days(left)}"
    elif state is not LicenceState.VALID:
        warning = reason
    return Standing(state, reason, licence, left, back, warning)


def _judged(licence: Licence, facts: Facts, now_ns: int) -> tuple[LicenceState, str]:
    if licence.machine and licence.machine != facts.machine:
        here = f"this one is {facts.machine}" if facts.machine else "this one cannot be told apart from others"
        return LicenceState.NOT_HERE, f"the licence is for the machine {licence.machine}, {here}"
    if licence.venue and licence.venue != facts.venue:
        return LicenceState.NOT_HERE, f"the licence is for {licence.venue}; the setting licence.venue says otherwise"
    if facts.withdrawn:
        return LicenceState.EXPIRED, "the issuer has withdrawn the licence"
    if now_ns >= licence.ends_ns:
        return LicenceState.EXPIRED, f"the licence ended on {licence.valid_until}"
    if now_ns < licence.begins_ns:
        return LicenceState.EXPIRED, f"the licence begins on {licence.valid_from}"
    if facts.checked_ns is not None:
        silent_ns = now_ns - facts.checked_ns
        if silent_ns > facts.grace_days * DAY_NS:
            return LicenceState.EXPIRED, f"the issuer could not be asked for {_span(silent_ns)}"
        if silent_ns > 2 * CHECK_NS:
            until = datetime.fromtimestamp((facts.checked_ns + facts.grace_days * DAY_NS) / 1e9, UTC).date()
            reason = f"the issuer could not be asked for {_span(silent_ns)}; the licence counts until {until}"
            return LicenceState.GRACE, reason
    return LicenceState.VALID, ""


# -- the file ----------------------------------------------------------------------------------------------------------


def public_key(text: str) -> Ed25519PublicKey:
    """Return the issuer's key from its base64 text; raises :class:`LicenceError`."""
    try:
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))
    except (ValueError, binascii.Error):
        hint = "It is 32 bytes in base64, as `restrike-lab licence key` shows it."
        raise LicenceError("that is no public key of an issuer", hint=hint) from None


def issue(licence: Licence, key: Ed25519PrivateKey) -> bytes:
    """Return the file of a licence."""
    return _signed(licence, key)


def read_licence(data: bytes, key: Ed25519PublicKey) -> Licence:
    """Return the licence of a file; raises :class:`LicenceError` for anything the issuer did not sign as it is."""
    licence = _verified(data, key, Licence)
    if licence.format != 1 or licence.valid_until < licence.valid_from:
        raise LicenceError("this lab does not understand the licence", hint="Update restrike_lab.")
    return licence


def sign_answer(answer: Answer, key: Ed25519PrivateKey) -> bytes:
    """Return what the issuer's address sends."""
    return _signed(answer, key)


def read_answer(data: bytes, key: Ed25519PublicKey) -> Answer:
    """Return an answer that the issuer signed; raises :class:`LicenceError`."""
    return _verified(data, key, Answer)


def _signed(content: msgspec.Struct, key: Ed25519PrivateKey) -> bytes:
    text = msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n"
    return text + SIGNATURE + base64.b64encode(key.sign(text)) + b"\n"


def _verified(data: bytes, key: Ed25519PublicKey, kind: type[T]) -> T:
    wrong = LicenceError("the licence is not as the issuer signed it", hint="Copy the file anew, as it is.")
    if len(data) > LARGEST_FILE:
        raise wrong
    text, found, rest = data.rpartition(SIGNATURE)
    try:
        signature = base64.b64decode(rest.removesuffix(b"\n"), validate=True)
        # Base64 has several spellings of the same bytes; only the one that was written is taken.
        if not found or rest != base64.b64encode(signature) + b"\n":
            raise wrong
        key.verify(signature, text)
        return msgspec.json.decode(text, type=kind)
    except (InvalidSignature, ValueError):
        raise wrong from None


def _ns(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp()) * 1_000_000_000


def _span(ns: int) -> str:
    hours = ns // HOUR_NS
    return f"{hours} hours" if hours < 48 else f"{hours // 24} days"


def _days(count: int) -> str:
    return {0: "today", 1: "tomorrow"}.get(count, f"in {count} days")
