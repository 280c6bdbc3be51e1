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

from restrike_lab.simulate.tournament import Tournament, TournamentOptions

BATCH = 64


def bout_messages() -> list[bytes]:
    """Return the messages of two simulated bouts, about 1,000 of them: loads, clocks, hits, points, breaks."""
    tournament = Tournament(TournamentOptions(seed=1, bouts=2))
    return [message.payload for message in tournament.stream(lambda _truth: None)]


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
