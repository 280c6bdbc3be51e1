"""The extension in real kernels, alone and side by side with other kernels and a hub process."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.client.test_feed import until
from tests.client.test_lab import MESSAGES, free_port, hub_process, send, stored

from .conftest import CellError, Kernel

Start = Callable[..., Kernel]

HELD = """
import gc, threading, psutil
def held():
    gc.collect()
    me = psutil.Process()
    files = sorted(each.path for each in me.open_files() if 'history.sqlite' not in each.path)
    return sorted(each.name for each in threading.enumerate()), files, len(me.net_connections())
"""


def load(kernel: Kernel) -> str:
    return kernel.run("%load_ext restrike_lab")


def owner_of(kernel: Kernel) -> int:
    return int(kernel.value("lab.status()['hub']['pid']"))


def test_loading_hosts_a_hub_or_attaches_and_says_which(start_kernel: Start, tmp_path: Path) -> None:
    first, second = start_kernel(), start_kernel()
    assert f"This kernel hosts the hub of {tmp_path / 'data'}" in load(first)
    assert f"Attached to the hub of process {first.pid}" in load(second)
    assert "Left running" in second.run("%restrike stop")
    assert "attached" in second.run("%restrike status")
    assert "Stopped" in first.run("%restrike stop")


def test_the_magic_works_in_a_notebook(start_kernel: Start) -> None:
    kernel = start_kernel()
    load(kernel)
    assert "hosted by this process" in kernel.run("%restrike status")
    assert "2 rows" in kernel.run("%%restrike query -o frame\nSELECT * FROM range(2)")
    assert kernel.value("frame['range'].tolist()") == [0, 1]
    assert "42" in kernel.run("%restrike query SELECT 42 AS answer")
    assert "%restrike replay" in kernel.run("%restrike help")
    with pytest.raises(CellError, match=r"line 1, column 8") as caught:
        kernel.run("%%restrike query\nSELECT nothing FROM events")
    assert "^" in str(caught.value)
    with pytest.raises(CellError, match="Did you mean `%restrike status`"):
        kernel.run("%restrike statsu")


def test_the_tab_key_offers_subcommands_tables_and_columns(start_kernel: Start) -> None:
    kernel = start_kernel()
    load(kernel)
    assert kernel.complete("%restrike st") == ["start", "status", "stop"]
    assert kernel.complete("%%restrike query\nSELECT * FROM hi") == ["hits"]
    cell = "%%restrike query\nSELECT lev FROM hits"
    assert kernel.complete(cell, cell.index("lev") + 3) == ["level"]
    cell = "%%restrike query -o x\nSELECT\n  h.lev\nFROM hits h"
    assert kernel.complete(cell, cell.index("lev") + 3) == ["level"]
    assert "print" in kernel.complete("pri")


def test_settings_are_shown_and_take_effect_at_the_next_start(start_kernel: Start, tmp_path: Path) -> None:
    kernel = start_kernel()
    load(kernel)
    told = kernel.run("%config RestrikeLab")
    assert all(f"RestrikeLab.{name}" in told for name in ("data_dir", "port", "courts", "start"))
    kernel.run("%restrike stop")
    kernel.run(f"%config RestrikeLab.data_dir = {str(tmp_path / 'other')!r}")
    assert str(tmp_path / "other") in kernel.run("%restrike start")
    kernel.run("%restrike stop")
    kernel.run("%config RestrikeLab.start = 'never'")
    with pytest.raises(CellError, match="no hub is running"):
        kernel.run("%restrike start")


def test_a_hub_that_cannot_start_is_told_and_can_be_mended(start_kernel: Start) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        kernel = start_kernel(port=taken.getsockname()[1])
        assert "in use" in load(kernel)
        kernel.run("%config RestrikeLab.port = 0")
        assert "hosts the hub" in kernel.run("%restrike start")


def test_unloading_and_loading_again_leaves_no_thread_socket_or_file(start_kernel: Start) -> None:
    kernel = start_kernel()
    kernel.run(HELD)
    use = "%load_ext restrike_lab\n_ = lab.sql('SELECT 1'); _ = lab.recent()\n%unload_ext restrike_lab"
    before_any = kernel.value("held()")
    kernel.run(use)
    before = kernel.value("held()")
    for _ in range(2):
        kernel.run(use)
    assert kernel.value("held()") == before
    assert [name for name in before[0] if name not in before_any[0]] == []
    with pytest.raises(CellError):
        kernel.run("get_ipython().run_line_magic('restrike', 'status')")
    assert "status" not in kernel.complete("%restrike st")
    assert "RestrikeLab" not in kernel.run("%config")


def test_a_kernel_that_ends_stores_everything_and_ends_its_term_cleanly(start_kernel: Start, tmp_path: Path) -> None:
    kernel = start_kernel()
    load(kernel)
    port = kernel.value("int(lab.command('status')['courts']['1']['port'])")
    send(port, MESSAGES[:50])
    until(lambda: len(stored(tmp_path / "data")) == 50)
    kernel.manager.shutdown_kernel(now=False)
    import apsw

    ended = (
        apsw.Connection(str(tmp_path / "data" / "restrike.sqlite")).execute("SELECT clean FROM hub_epochs").fetchall()
    )
    assert ended == [(1,)]


def test_two_kernels_and_a_hub_process_started_together_have_one_owner(
    start_kernel: Start, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port, data = free_port(), tmp_path / "data"
    kernels = [start_kernel(port=port), start_kernel(port=port)]
    with ThreadPoolExecutor() as pool, hub_process(data, port) as process:
        list(pool.map(load, kernels))
        send(port, MESSAGES)
        for kernel in kernels:
            kernel.run(f"assert lab.live.wait(lambda feed: feed.last_seq >= {len(MESSAGES)}, 20)")
        assert stored(data) == MESSAGES
        running = {process.pid: process, **{kernel.pid: kernel.manager.provisioner.process for kernel in kernels}}
        (owner,) = {owner_of(kernel) for kernel in kernels}
        assert owner in running

        survivors = [kernel for kernel in kernels if kernel.pid != owner]
        epoch = survivors[0].value("lab.live.epoch")
        wait = f"assert lab.live.wait(lambda feed: feed.connected and feed.epoch == {epoch + 1}, 20)\n"
        cells = [kernel.begin(wait + "import time; regained = time.monotonic()") for kernel in survivors]
        running.pop(owner).kill()
        begin = time.monotonic()
        for cell in cells:
            cell()
        took = max(kernel.value("regained") for kernel in survivors) - begin
        (owner,) = {owner_of(kernel) for kernel in survivors}
        assert owner in running
        send(port, MESSAGES)
        survivors[0].run(f"assert lab.live.wait(lambda feed: feed.last_seq >= {2 * len(MESSAGES)}, 20)")
        assert stored(data) == MESSAGES * 2
    with capsys.disabled():
        print(f"\ntakeover by a kernel: {took * 1000:.0f} ms until every survivor listens again")
    assert took < 2.0


def test_a_busy_cell_loses_no_datagram_and_the_feed_catches_up(start_kernel: Start, tmp_path: Path) -> None:
    kernel = start_kernel()
    load(kernel)
    port = kernel.value("int(lab.command('status')['courts']['1']['port'])")
    kernel.run("seen = []\n_ = lab.live.subscribe(lambda batch: seen.extend(each['seq'] for each in batch.events))")
    busy = kernel.begin("import time\nend = time.monotonic() + 3\nwhile time.monotonic() < end: sum(range(1000))")
    end, sent = time.monotonic() + 2.5, 0
    while time.monotonic() < end:
        send(port, MESSAGES[:100])
        sent += 100
        time.sleep(0.05)
    busy()
    kernel.run(f"assert lab.live.wait(lambda feed: len(seen) >= {sent}, 20), (len(seen), lab.live.last_seq)")
    kernel.run(f"assert seen == list(range(1, {sent} + 1))")
    court = kernel.value("lab.command('status')['courts']['1']")
    assert (court["received"], court["kernel_dropped"], court["rejected"]) == (sent, 0, 0)
    assert stored(tmp_path / "data") == MESSAGES[:100] * (sent // 100)
