"""The Jupyter server as a child: reachable only with its token, and never left over."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from restrike_lab.app.jupyter import JupyterError, JupyterServer, copy_notebooks, free_port


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    place = tmp_path_factory.mktemp("jupyter")
    server = JupyterServer(free_port(18_700), place, place / "jupyter.log", {"JUPYTER_RUNTIME_DIR": str(place)})
    server.start()
    server.wait_until_ready()
    yield server
    server.stop()
    assert not server.running()


def get(address: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.status, answer.url
    except urllib.error.HTTPError as refusal:
        return refusal.code, address


@pytest.mark.parametrize("path", ["lab", "voila"])
def test_a_page_opens_with_the_token_and_asks_to_log_in_without(server: JupyterServer, path: str) -> None:
    assert get(server.address(path)) == (200, server.address(path))
    status, address = get(f"http://127.0.0.1:{server.port}/{path}")
    assert status == 403 or "/login" in address


def test_the_interface_refuses_without_the_token(server: JupyterServer) -> None:
    assert get(f"http://127.0.0.1:{server.port}/api/contents")[0] == 403


def test_the_token_is_in_no_process_list_and_the_server_listens_on_loopback_only(server: JupyterServer) -> None:
    assert server.process is not None
    process = psutil.Process(server.process.pid)
    assert server.token not in " ".join(process.cmdline())
    assert server.token not in process.environ().values()
    listening = [c for c in process.net_connections(kind="inet") if c.status == psutil.CONN_LISTEN]
    assert {c.laddr.ip for c in listening} == {"127.0.0.1"}


def test_the_server_says_that_it_could_not_come_up(tmp_path: Path, server: JupyterServer) -> None:
    second = JupyterServer(server.port, tmp_path, tmp_path / "jupyter.log", {"JUPYTER_RUNTIME_DIR": str(tmp_path)})
    second.token = "another"
    second.start()
    with pytest.raises(JupyterError, match="did not come up"):
        second.wait_until_ready()
    second.stop()


def test_a_shipped_notebook_is_renewed_until_somebody_changes_it(tmp_path: Path) -> None:
    shipped, own = tmp_path / "shipped", tmp_path / "own"
    shipped.mkdir()
    (shipped / "a.ipynb").write_text("one")
    (shipped / "b.ipynb").write_text("one")
    copy_notebooks(shipped, own)
    (own / "b.ipynb").write_text("changed by an analyst")
    (own / "c.ipynb").write_text("an analyst's own")
    (shipped / "a.ipynb").write_text("two")
    (shipped / "b.ipynb").write_text("two")
    copy_notebooks(shipped, own)
    assert (own / "a.ipynb").read_text() == "two"
    assert (own / "b.ipynb").read_text() == "changed by an analyst"
    assert (own / "c.ipynb").read_text() == "an analyst's own"


def test_a_taken_port_is_passed_over(server: JupyterServer) -> None:
    assert free_port(server.port) > server.port
