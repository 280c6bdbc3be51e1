"""Two notebooks, the operator's screen and the archiver use the data directory of a running hub, all at once.

The notebooks are real kernels that ask and analyse without a pause while messages come; nobody is locked out, nobody
fails, and in the end everybody has seen the last event.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel
from playwright.sync_api import expect

from restrike_lab.store.archiving import archive
from tests.browser.bout import first_round, load
from tests.browser.conftest import Opener
from tests.browser.stage import LIMIT_S, Console, HubProcess

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

ASKING = """
import threading, time
import restrike_lab as rl
from restrike_lab import analysis
lab = rl.Lab({folder!r}, start="never")
events, problems, asked = lab.table("events"), [], [0]

def ask():
    while not stop.is_set():
        try:
            lab.hits()
            analysis.multiplicity(analysis.link(events), lab.table("points"))
            asked[0] += 1
        except Exception as problem:
            problems.append(repr(problem))
            return

stop = threading.Event()
thread = threading.Thread(target=ask)
thread.start()
"""
TOLD = """
while asked[0] < 3 and not problems:
    time.sleep(0.05)
stop.set(); thread.join()
print(int(lab.sql("SELECT max(seq) AS last FROM events")["last"][0]), len(lab.hits()), problems)
lab.close()
"""


@contextmanager
def kernel() -> Iterator[BlockingKernelClient]:
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def said(client: BlockingKernelClient, code: str) -> str:
    """Run a cell and return what it printed; what it could not do fails the test."""
    printed: list[str] = []

    def note(message: dict[str, Any]) -> None:
        if message["msg_type"] == "stream" and message["content"]["name"] == "stdout":
            printed.append(message["content"]["text"])

    reply = client.execute_interactive(code, timeout=LIMIT_S * 2, output_hook=note)
    assert reply["content"]["status"] == "ok", reply["content"].get("traceback")
    return "".join(printed)


def test_two_notebooks_a_screen_and_an_archiver_do_not_lock_each_other_out(
    hub: HubProcess, console: Console, open_page: Opener
) -> None:
    console.send_stored(*load(number="700"), *first_round())
    page = open_page()
    with ExitStack() as stack:
        notebooks = [stack.enter_context(kernel()) for _ in range(2)]
        for notebook in notebooks:
            said(notebook, ASKING.format(folder=str(hub.data_dir)))
        for number in range(701, 713):
            console.send_stored(*load(number=str(number)), *first_round(), "win;BLUE", "wmh;Marko HORVAT;2-0 PTF")
            archive(hub.data_dir)
        last = hub.stored()
        answers = [said(notebook, TOLD).split(maxsplit=2) for notebook in notebooks]
    assert [int(answer[0]) for answer in answers] == [last, last]
    assert answers[0][1] == answers[1][1]
    assert [answer[2].strip() for answer in answers] == ["[]", "[]"]
    expect(page.get_by_text("712").first).to_be_visible()
    assert hub.process is not None
    assert hub.process.poll() is None
