"""The template is found and switched on, and a kernel can end itself through its server."""

from __future__ import annotations

import http.server
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from traitlets.config import KVArgParseConfigLoader

from restrike_lab.widgets import voila


def test_the_template_lies_where_the_path_says() -> None:
    assert (voila.jupyter_path() / "voila" / "templates" / voila.TEMPLATE / "index.html.j2").is_file()


def test_the_environment_puts_the_template_before_the_users_own_paths() -> None:
    made = voila.environment({"JUPYTER_PATH": "/mine", "HOME": "/h"})
    assert made["JUPYTER_PATH"].split(os.pathsep) == [str(voila.jupyter_path()), "/mine"]
    assert made["HOME"] == "/h"
    assert voila.environment({})["JUPYTER_PATH"] == str(voila.jupyter_path())


def test_the_arguments_are_options_that_voila_reads() -> None:
    config = KVArgParseConfigLoader(voila.arguments()).load_config().VoilaConfiguration
    assert config.template == voila.TEMPLATE
    assert config.allow_template_override == "NO"


def test_only_voilas_own_kernels_count_as_such() -> None:
    assert voila.under_voila({"SERVER_SOFTWARE": "voila/0.5.13"})
    assert not voila.under_voila({"SERVER_SOFTWARE": "nginx"})
    assert not voila.under_voila({})


class Server(http.server.ThreadingHTTPServer):
    """A server that keeps what it is asked and refuses whoever lacks its token."""

    token = ""
    asked: list[tuple[str, str, dict[str, str]]]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_DELETE(self) -> None:
        server = self.server
        assert isinstance(server, Server)
        server.asked.append((self.command, self.path, {name.lower(): value for name, value in self.headers.items()}))
        ok = not server.token or self.headers.get("Authorization") == f"token {server.token}"
        self.send_response(204 if ok else 403)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as server:
        server.asked = []
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(5)


@pytest.fixture
def signals(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    sent: list[int] = []
    monkeypatch.setattr(os, "kill", lambda _pid, number: sent.append(number))
    return sent


def environ(server: Server, query: str = "") -> dict[str, str]:
    port = server.server_address[1]
    return {
        "SERVER_SOFTWARE": "voila/0.5.13",
        "VOILA_KERNEL_ID": "0-1-2-3-4",
        "VOILA_BASE_URL": "/",
        "VOILA_REQUEST_URL": f"http://127.0.0.1:{port}/voila/render/operator.ipynb{query}",
    }


def test_a_kernel_asks_its_server_to_end_it(server: Server, signals: list[int]) -> None:
    voila.end_kernel(environ(server))
    command, path, headers = server.asked[-1]
    assert (command, path) == ("DELETE", "/api/kernels/0-1-2-3-4")
    assert headers["x-xsrftoken"] in headers["cookie"]
    assert signals == []


def test_the_token_of_the_page_opens_the_server(server: Server, signals: list[int]) -> None:
    server.token = "s3cret"
    voila.end_kernel(environ(server, "?token=s3cret"))
    assert signals == []


def test_the_note_of_a_jupyter_server_opens_it(
    server: Server, signals: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.token = "s3cret"
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    note = {"url": f"http://127.0.0.1:{server.server_address[1]}/base/", "token": "s3cret"}
    (tmp_path / f"jpserver-{os.getppid()}.json").write_text(json.dumps(note))
    voila.end_kernel(environ(server))
    assert server.asked[0][1] == "/base/api/kernels/0-1-2-3-4"
    assert signals == []


def test_a_kernel_whose_server_refuses_ends_by_itself(server: Server, signals: list[int]) -> None:
    server.token = "s3cret"
    voila.end_kernel(environ(server))
    assert len(signals) == 1
