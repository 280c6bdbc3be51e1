"""A cheap sender: paced UDP datagrams through ``sendmmsg``, as a process of its own so that it costs the hub nothing.

``python -m tests.benchmarks.sender PORT COUNT RATE KIND`` with KIND ``bouts`` (messages of bouts with changing clock
and scores, as consoles repeat them) or ``distinct`` (no two datagrams alike). Prints how many it sent and how long it
took. Linux only.
"""

from __future__ import annotations

import ctypes
import json
import socket
import struct
import sys
import time
from collections.abc import Iterator

BATCH = 64


def bout_messages() -> list[bytes]:
    """Return the messages of two simulated bouts, about 1,000 of them: loads, clocks, hits, points, breaks."""
    messages: list[bytes] = []
    for bout in range(2):
        messages += [
            b"pre;FightLoaded",
            b"ref;;;ju1;;;ju2;;;ta;;;",
            b"at1;BLUE %d;Blue Athlete %d;CRO;at2;RED %d;Red Athlete %d;ESP" % (bout, bout, bout, bout),
            b"mch;%d;Semifinals;M -68kg;0;#0000ff;#FFFFFF;#ff0000;#FFFFFF;null;Seniors;3;120;cntDown;20;5"
            % (101 + bout),
            b"wg1;0;wg2;0",
            b"wrd;rd1;0;rd2;0;rd3;0",
            b"s11;0;s21;0;s12;0;s22;0;s13;0;s23;0",
            b"sc1;0;sc2;0",
            b"clk;02:00",
            b"rnd;1",
            b"sup;0",
            b"rdy;FightReady",
        ]
        for number in range(1, 4):
            messages += list(round_messages(number, bout))
        messages += [b"win;BLUE", b"wmh;Blue Athlete %d;2-1 PTF" % bout]
    return messages


def round_messages(number: int, bout: int) -> Iterator[bytes]:
    yield from (b"sup;0", b"rnd;%d" % number, b"clk;02:00;start")
    blue = red = 0
    for second in range(119, -1, -1):
        yield b"clk;%02d:%02d" % divmod(second, 60)
        if second % 3 == 0:
            yield b"hl%d;%d" % (1 + second % 2, 20 + (second * 7 + number * 11 + bout * 5) % 80)
        if second % 7 == 0:
            blue, red = blue + 2 * (second % 2), red + 3 * (1 - second % 2)
            yield b"sc1;%d;sc2;%d" % (blue, red)
            yield b"s11;%d;s21;%d;s12;0;s22;0;s13;0;s23;0" % (blue, red)
            yield b"pt1;2" if second % 2 else b"pt2;3"
    yield from (b"clk;0:00;stopEnd", b"clk;00:00;stop", b"wrd;rd1;1;rd2;0;rd3;0", b"rsr;")


def distinct_messages(count: int) -> list[bytes]:
    """Return messages of which no two are alike: hits, scores, clocks and names with a running number in them."""
    messages = []
    for i in range(count):
        match i % 4:
            case 0:
                messages.append(b"s11;%d;s21;%d;s12;0;s22;0;s13;0;s23;0" % (i, i % 77))
            case 1:
                messages.append(b"sc1;%d;sc2;%d" % (i, i % 99))
            case 2:
                messages.append(b"wmh;Athlete %d;2-1 PTF" % i)
            case _:
                messages.append(b"x%d;%d" % (i % 90, i))
    return messages


class Sender:
    """Send prepared payloads to one port, ``BATCH`` of them a call."""

    def __init__(self, port: int, payloads: list[bytes]) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)
        self.socket.connect(("127.0.0.1", port))
        self.call = ctypes.CDLL(None, use_errno=True).sendmmsg
        self.call.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int)
        count = self.count = len(payloads)
        self.blob = ctypes.create_string_buffer(b"".join(payloads), max(sum(map(len, payloads)), 1))
        self.vectors = ctypes.create_string_buffer(16 * count)
        self.headers = ctypes.create_string_buffer(64 * count)
        at, offset = ctypes.addressof, 0
        for i, payload in enumerate(payloads):
            struct.pack_into("QQ", self.vectors, 16 * i, at(self.blob) + offset, len(payload))
            struct.pack_into("QI4xQQQQi4xI4x", self.headers, 64 * i, 0, 0, at(self.vectors) + 16 * i, 1, 0, 0, 0, 0)
            offset += len(payload)
        self.position = 0

    def send(self, count: int) -> None:
        """Send the next ``count`` payloads, going round."""
        while count:
            chunk = min(count, self.count - self.position)
            address = ctypes.addressof(self.headers) + 64 * self.position
            sent = self.call(self.socket.fileno(), address, chunk, 0)
            if sent < 0:
                raise OSError(ctypes.get_errno(), "sendmmsg")
            self.position = (self.position + sent) % self.count
            count -= sent


def paced(sender: Sender, count: int, rate: float) -> float:
    """Send ``count`` datagrams at ``rate`` a second (0: as fast as it goes); return the seconds it took."""
    begun = time.perf_counter()
    batch = max(1, min(BATCH, int(rate / 1000))) if rate else BATCH  # one by one up to 1,000 a second
    sent = 0
    while sent < count:
        chunk = min(batch, count - sent)
        if rate and (ahead := begun + (sent + chunk) / rate - time.perf_counter()) > 0:
            time.sleep(ahead)
        sender.send(chunk)
        sent += chunk
    return time.perf_counter() - begun


def main() -> None:
    port, count, rate, kind = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
    sender = Sender(port, bout_messages() if kind == "bouts" else distinct_messages(count))
    sys.stdout.write("armed\n")
    sys.stdout.flush()
    sys.stdin.readline()
    seconds = paced(sender, count, rate)
    sys.stdout.write(json.dumps({"sent": count, "seconds": seconds}) + "\n")


if __name__ == "__main__":
    main()
