"""CPU per datagram (user and system) of the hub, against a plain asyncio + sqlite3 receiver and against rsyslog.

``python -m tests.benchmarks.cpu [RUNS] [RATE]``. The three take the same messages at the same rate, one after the
other in every run; the ratios are of the same run. Targets: a third of the plain receiver, 1.2 times rsyslog, which
writes the lines into a text file and nothing else.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from restrike_lab.hub.sockets import open_udp
from tests.benchmarks import bench

RATE, SECONDS = 20_000, 4
RSYSLOGD = shutil.which("rsyslogd") or shutil.which("rsyslogd", path="/usr/sbin")

RSYSLOG = """
module(load="imudp")
template(name="line" type="string" string="%timegenerated:::date-rfc3339% %fromhost-ip% %rawmsg%\\n")
input(type="imudp" address="127.0.0.1" port="{port}" ruleset="lines" rcvbufSize="64m")
ruleset(name="lines") {{ action(type="omfile" file="{file}" template="line") }}
"""


def used(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def hub_cpu(rate: int, count: int, kind: str) -> tuple[float, int]:
    with bench.hub() as hub, bench.sender(hub.ports()[0], count, rate, kind) as fire:
        before = hub.cpu()
        fire()
        time.sleep(0.5)
        cpu = hub.cpu() - before
        return cpu / count * 1e6, count - hub.status()["courts"]["1"]["received"]


def plain_cpu(rate: int, count: int, kind: str) -> tuple[float, int]:
    with tempfile.TemporaryDirectory() as directory:
        command = [sys.executable, "-m", "tests.benchmarks.plain", directory]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=bench.ROOT)
        assert process.stdout is not None
        port = int(process.stdout.readline())
        watched = psutil.Process(process.pid)
        with bench.sender(port, count, rate, kind) as fire:
            before = used(watched)
            fire()
            time.sleep(0.5)
            cpu = used(watched) - before
        process.terminate()
        received = int(process.stdout.readline())
        process.wait()
    return cpu / count * 1e6, count - received


def rsyslog_cpu(rate: int, count: int, kind: str) -> tuple[float, int]:
    assert RSYSLOGD is not None
    with tempfile.TemporaryDirectory() as name, open_udp("127.0.0.1", 0, 4096) as probe:
        directory = Path(name)
        port = probe.getsockname()[1]
        probe.close()
        target = directory / "lines.txt"
        (directory / "conf").write_text(RSYSLOG.format(port=port, file=target))
        command = [RSYSLOGD, "-n", "-f", str(directory / "conf"), "-i", str(directory / "pid")]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        watched = psutil.Process(process.pid)
        try:
            time.sleep(1.0)
            with bench.sender(port, count, rate, kind) as fire:
                before = used(watched)
                fire()
                time.sleep(0.5)
                cpu = used(watched) - before
        finally:
            process.terminate()
            process.wait()
        lines = target.read_bytes().count(b"\n") if target.exists() else 0
    return cpu / count * 1e6, count - lines


def main() -> None:
    number = bench.runs(sys.argv)
    rate = int(sys.argv[2]) if len(sys.argv) > 2 else RATE
    count = rate * SECONDS
    bench.headline(f"CPU per datagram at {rate:,}/s for {SECONDS} s, messages of bouts")
    results = []
    for _ in range(number):
        hub, plain = hub_cpu(rate, count, "bouts"), plain_cpu(rate, count, "bouts")
        rsyslog = rsyslog_cpu(rate, count, "bouts") if RSYSLOGD else None
        results.append((hub, plain, rsyslog))
    for name, column in (("hub  ", 0), ("plain", 1)):
        figures = [result[column] for result in results]
        lost = max(figure[1] for figure in figures if figure)
        bench.say(f"   {name}    {bench.spread([figure[0] for figure in figures if figure], 'us')}; lost {lost}")
    bench.say(f"   hub / plain      {bench.spread([hub[0] / plain[0] for hub, plain, _ in results], '(target 0.33)')}")
    measured = [(hub, rsyslog) for hub, _, rsyslog in results if rsyslog is not None]
    if measured:
        bench.say(
            f"   rsyslog  {bench.spread([r[0] for _, r in measured], 'us')}; lost {max(r[1] for _, r in measured)}"
        )
        bench.say(f"   hub / rsyslog    {bench.spread([h[0] / r[0] for h, r in measured], '(aim 1.2)')}")
    else:
        bench.say("   rsyslog is not installed here: not measured")


if __name__ == "__main__":
    main()
