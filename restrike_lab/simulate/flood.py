"""Send a great many datagrams: realistic traffic or hostile rubbish, at a rate or as fast as this machine can.

On Linux datagrams go out in batches with ``sendmmsg``; elsewhere one by one. The counts are exact: what the kernel did
not take is not counted as sent.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import socket
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random

from restrike_lab.simulate.send import Address
from restrike_lab.simulate.tournament import Tournament, TournamentOptions

__all__ = ["Flooded", "flood", "hostile_payloads", "realistic_payloads"]

_BATCH = 512
_SLICE_S = 0.002
"""Time between two batches at a given rate: small enough that a receiver sees a stream, not bursts."""

_CODES = ("pt1", "hl2", "wg1", "clk", "brk", "rnd", "mch", "at1", "s11", "sc1", "wmh", "rst", "sup", "ij0", "ch1")
_MARKUP = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "'; DROP TABLE pss_events; --",
    '"><svg/onload=alert(1)>',
    "=HYPERLINK(0)",
    "{{7*7}}",
)


@dataclass(frozen=True)
class Flooded:
    """Report what was sent: datagrams, their bytes, and the seconds it took."""

    sent: int
    size: int
    seconds: float


def realistic_payloads(seed: int = 1, count: int = 4096) -> list[bytes]:
    """Return the first datagrams of a simulated tournament, to be sent round and round."""
    options = TournamentOptions(seed=seed, bouts=max(1, count // 100), courts=("1", "2", "3", "4"))
    payloads = [timed.payload for timed in islice(Tournament(options).stream(), count)]
    return [payloads[place % len(payloads)] for place in range(count)]


def hostile_payloads(seed: int = 1, count: int = 4096, *, longest: int = 2000) -> list[bytes]:
    """Return datagrams meant to do harm, hardly two alike.

    Random bytes, broken UTF-8, markup, thousands of fields, unheard-of codes, absurd values; ``longest`` bounds their
    size in bytes.
    """
    draw = Random(f"{seed}/hostile")
    return [_HOSTILE[place % len(_HOSTILE)](draw)[:longest] for place in range(count)]


def flood(
    to: Address,
    payloads: Sequence[bytes],
    *,
    seconds: float,
    rate: float | None = None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    stop: Callable[[], bool] = lambda: False,
) -> Flooded:
    """Send ``payloads`` round and round for some seconds, ``rate`` a second or without a limit.

    With a rate exactly ``round(rate * seconds)`` datagrams are sent, in order, unless ``stop`` ends it before. Raises
    ``ValueError`` without payloads or for a rate that is not above nought, ``OSError`` if the network refuses.
    """
    if not payloads or (rate is not None and rate <= 0) or seconds < 0:
        raise ValueError("a flood needs payloads, a rate above 0 and seconds of at least 0")
    sizes = [len(payload) for payload in payloads]
    total = None if rate is None else round(rate * seconds)
    sent = size = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        send = _sender(udp, to, payloads)
        begun = clock()
        while not stop():
            passed = clock() - begun
            due = _BATCH if total is None or rate is None else min(total, int(rate * passed) + 1) - sent
            if (total is None and passed >= seconds) or (total is not None and sent >= total):
                break
            if due <= 0:
                sleep(_SLICE_S)
                continue
            place = sent % len(payloads)
            done = send(place, min(due, _BATCH, len(payloads) - place))
            sent += done
            size += sum(sizes[place : place + done])
        return Flooded(sent, size, clock() - begun)


# Ways to send a run of payloads: (first, how many) -> how many the kernel took. ------------------------------------

_Send = Callable[[int, int], int]


def _sender(udp: socket.socket, to: Address, payloads: Sequence[bytes]) -> _Send:
    if platform.system() == "Linux":
        return _many_at_once(udp, to, payloads)
    return _one_by_one(udp, to, payloads)


def _one_by_one(udp: socket.socket, to: Address, payloads: Sequence[bytes]) -> _Send:
    def send(first: int, count: int) -> int:
        for place in range(first, first + count):
            udp.sendto(payloads[place], to)
        return count

    return send


class _Piece(ctypes.Structure):
    """Mirror ``struct iovec``."""

    _fields_ = (("base", ctypes.c_char_p), ("length", ctypes.c_size_t))


class _Header(ctypes.Structure):
    """Mirror ``struct msghdr`` of Linux."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("name_length", ctypes.c_uint32),
        ("pieces", ctypes.POINTER(_Piece)),
        ("pieces_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_length", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    )


class _Message(ctypes.Structure):
    """Mirror ``struct mmsghdr``."""

    _fields_ = (("header", _Header), ("sent", ctypes.c_uint))


def _many_at_once(udp: socket.socket, to: Address, payloads: Sequence[bytes]) -> _Send:
    sendmmsg = ctypes.CDLL(None, use_errno=True).sendmmsg
    # struct sockaddr_in: family in host order, port and address in network order, eight bytes of nothing.
    family = int(socket.AF_INET).to_bytes(2, sys.byteorder)
    name = family + to[1].to_bytes(2, "big") + socket.inet_aton(socket.gethostbyname(to[0])) + bytes(8)
    pieces = (_Piece * len(payloads))(*[_Piece(payload, len(payload)) for payload in payloads])
    messages = (_Message * len(payloads))()
    for place, message in enumerate(messages):
        message.header.name = name
        message.header.name_length = len(name)
        message.header.pieces = ctypes.pointer(pieces[place])
        message.header.pieces_count = 1

    def send(first: int, count: int) -> int:
        done = int(sendmmsg(udp.fileno(), ctypes.byref(messages[first]), count, 0))
        if done < 0 and (error := ctypes.get_errno()) != errno.EINTR:
            raise OSError(error, f"cannot send to {to[0]}:{to[1]}: {os.strerror(error)}")
        return max(0, done)

    return send


# Hostile datagrams. ------------------------------------------------------------------------------------------------


def _random_bytes(draw: Random) -> bytes:
    return draw.randbytes(draw.randint(0, 200))


def _broken_text(draw: Random) -> bytes:
    cut = "at1;Ć. Č;Ćiro Četvrtić;CRO;at2;이;이 민준;KOR".encode()[: draw.randint(5, 50)]
    return cut + bytes([draw.choice((0xC4, 0xFF, 0xED, 0x80, 0x00)), draw.randrange(256)])


def _markup(draw: Random) -> bytes:
    bad = draw.choice(_MARKUP)
    return f"at1;{bad};{bad} {draw.getrandbits(32)};CRO;at2;{bad};{bad};GER".encode()


def _many_fields(draw: Random) -> bytes:
    return f"{draw.choice(_CODES)};{draw.getrandbits(16)}".encode() + b";1" * draw.randint(50, 10_000)


def _unheard_of(draw: Random) -> bytes:
    code = "".join(draw.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(draw.randint(2, 6)))
    fields = ";".join(str(draw.getrandbits(draw.randint(1, 64))) for _ in range(draw.randint(0, 6)))
    return f"{code}{draw.randint(0, 9)};{fields}".encode()


def _absurd_values(draw: Random) -> bytes:
    value = draw.choice(("-1", "999999999999999999999", "NaN", "1e308", "1:60", "99:99", "", " ", "\u202e", "０"))
    return f"{draw.choice(_CODES)};{value};{draw.getrandbits(32)};{value}".encode()


_HOSTILE: tuple[Callable[[Random], bytes], ...] = (
    _random_bytes,
    _broken_text,
    _markup,
    _many_fields,
    _unheard_of,
    _absurd_values,
)
