"""Every route of the Jupyter server, asked for by everybody who should not get it.

The routes are those that the server itself says it has, so that a new version of Jupyter, Voila or an extension brings
its own into the table. The owner's token opens everything, the screen's what the screen needs, no token the log-in.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from restrike_lab.app.jupyter import JupyterServer
from restrike_lab.app.jupyter_access import KERNEL_MESSAGES, screen_may
from restrike_lab.app.jupyter_process import SCREENS
from restrike_lab.hub.callers import REMOTE_HEADER
from restrike_lab.hub.ownership import read_address
from tests.browser.stage import NOTEBOOK, free_port
from tests.hub.helpers import hub_process, ready

pytestmark = pytest.mark.slow

EVIL = "https://evil.example"
KERNEL_ID = str(uuid.UUID(int=7, version=4))
PUBLIC = re.compile(
    r"/(login|logout|robots\.txt|favicon\.ico|api|api/security/csp-report"
    r"|(?:voila/|lab/)?(?:static|templates|extensions|labextensions|api/themes)/.*)"
)
"""What anybody may ask for: the log-in, Jupyter's version, browsers' reports, and what the installed packages ship."""

ANSWER_S, SILENT, SILENT_S = 30.0, "/lab/api/licenses", 1.0
"""One handler of JupyterLab stumbles over its own refusal and says nothing more; the others have time to answer."""

SAMPLES = (
    (r"\(\?P<kernel_id>[^)]*\)", KERNEL_ID),
    (r"\(\?P<session_id>[^)]*\)", KERNEL_ID),
    (r"\(\?P<action>restart\|interrupt\)", "restart"),
    (r"\(\?P<mode>lab\|doc\).*", "lab"),
    (r"\(\?P<path>\(\?:\(\?:/\[\^/\]\+\)\+\|/\?\)\)", "/unknown_events.ipynb"),
    (r"\(robots\\\.txt(?:\|favicon\\\.ico)?\)", "robots.txt"),
    (r"\(favicon\\\.ico\)", "favicon.ico"),
    (r"\(\?P<\w+>[^)]*\)", "unknown_events.ipynb"),
    (r"\([^)]*\)", "unknown_events.ipynb"),
    (r"\.\*", "x"),
    (r"/\?\$$|\$$", ""),
    (r"\\\.", "."),
)


@dataclass(frozen=True)
class Route:
    """A path that a pattern answers to, and how."""

    path: str
    methods: tuple[str, ...]
    socket: bool


def sample(pattern: str) -> str:
    """Return a path that a pattern answers to."""
    for wanted, instead in SAMPLES:
        pattern = re.sub(wanted, lambda _found, text=instead: text, pattern)
    return pattern or "/"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    with served(tmp_path_factory.mktemp("jupyter")) as server:
        yield server


@contextmanager
def served(folder: Path, config: dict[str, Any] | None = None) -> Iterator[JupyterServer]:
    """Run a hub and a Jupyter server with two notebooks in ``folder``; ``config`` is Jupyter's own."""
    (folder / "notebooks").mkdir()
    for name in (NOTEBOOK.name, "unknown_events.ipynb"):
        shutil.copy(NOTEBOOK.with_name(name), folder / "notebooks" / name)
    places = {name: str(folder / name.lower()) for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR")}
    if config:
        Path(places["JUPYTER_CONFIG_DIR"]).mkdir()
        (Path(places["JUPYTER_CONFIG_DIR"]) / "jupyter_server_config.json").write_text(json.dumps(config))
    with hub_process(folder / "data", "--port", "0", "--ws-port", "0") as hub:
        ready(hub)
        environment = {**places, "RESTRIKE_LAB_DATA_DIR": str(folder / "data")}
        server = JupyterServer(free_port(), folder / "notebooks", folder / "jupyter.log", environment)
        server.start()
        try:
            server.wait_until_ready()
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> list[Route]:
    folder = tmp_path_factory.mktemp("routes")
    places = {name: str(folder) for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR")}
    script = Path(__file__).with_name("jupyter_routes.py")
    done = subprocess.run(
        [sys.executable, str(script), str(folder)],
        env={**os.environ, **places},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=60,
        check=True,
    )
    found = {Route(sample(pattern), tuple(methods), socket) for pattern, methods, socket in json.loads(done.stdout)}
    assert len(found) > 50
    return sorted((each for each in found if each.methods), key=lambda each: each.path)


def ask(server: JupyterServer, method: str, path: str, headers: dict[str, str]) -> tuple[int, str]:
    """Return the status of a request, 0 for no answer, and where it was sent on to."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=SILENT_S if SILENT in path else ANSWER_S)
    try:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.getheader("Location") or ""
    except TimeoutError:
        return 0, ""
    finally:
        connection.close()


def opened(server: JupyterServer, route: Route, path: str, headers: dict[str, str]) -> int | None:
    """Return the status by which a WebSocket was refused (200 is the page of the log-in), None where it opened."""
    try:
        with connect(f"ws://127.0.0.1:{server.port}{path}", additional_headers=headers, proxy=None, open_timeout=30):
            return None
    except InvalidStatus as refusal:
        return refusal.response.status_code


def refused(status: int, location: str) -> bool:
    """Tell whether a request got nowhere: refused, not answered, or sent on, to the log-in or another route."""
    onward = location.startswith(("/login", "/lab", "/api/contents", "/x"))
    return status in (0, 401, 403) or (status == 302 and onward)


def cookies(server: JupyterServer, token: str) -> dict[str, str]:
    """Return the cookies of a browser that has come with a token."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        page = "/api/me" if token == server.token else "/voila/render/operator.ipynb"
        connection.request("GET", f"{page}?token={token}")
        answer = connection.getresponse()
        answer.read()
        given = [each.split(";")[0] for each in answer.headers.get_all("Set-Cookie") or []]
        assert any(each.startswith("username-") for each in given), given
        return {"Cookie": "; ".join(given)}
    finally:
        connection.close()


def visitors(server: JupyterServer) -> dict[str, dict[str, str]]:
    """Return who asks, by the headers they send: none of them has the owner's token where it counts."""
    return {
        "nobody": {},
        "wrong token": {"Authorization": "token wrong"},
        "token as cookie": {"Cookie": f"token={server.token}"},
        "token as Basic": {"Authorization": f"Basic {server.token}"},
        "screen": {"Authorization": f"token {server.screen_token}"},
        "screen, cookie": cookies(server, server.screen_token),
    }


def test_no_route_opens_for_those_who_may_not(server: JupyterServer, routes: list[Route]) -> None:
    asking = visitors(server)
    wrong: list[str] = []
    print(f"\n{'route':<52}{'method':<8}" + "".join(f"{each:<16}" for each in asking))
    for route in routes:
        for method in route.methods:
            cells = []
            for name, headers in asking.items():
                if route.socket:
                    code = opened(server, route, route.path, headers)
                    got_in, shown = code not in (200, 401, 403), "open" if code is None else str(code)
                else:
                    status, location = ask(server, method, route.path, headers)
                    got_in, shown = (
                        not refused(status, location),
                        str(status) if status != 302 else f"302 {location[:9]}",
                    )
                may = bool(PUBLIC.fullmatch(route.path)) or method == "OPTIONS"
                may = may or (name.startswith("screen") and screen_may(method, route.path, list(SCREENS)))
                cells.append(f"{shown}{'' if got_in == may or not got_in else ' !!'}")
                if got_in and not may:
                    wrong.append(f"{name}: {method} {route.path} gave {shown}")
            print(f"{route.path[:51]:<52}{method:<8}" + "".join(f"{each:<16}" for each in cells))
    assert wrong == []


def test_a_page_from_elsewhere_cannot_use_the_owner_s_cookie(server: JupyterServer, routes: list[Route]) -> None:
    cookie = cookies(server, server.token)
    cases = {
        "no XSRF": cookie,
        "wrong XSRF": {**cookie, "X-XSRFToken": "wrong"},
        "wrong origin": {**cookie, "Origin": EVIL, "Referer": f"{EVIL}/page"},
    }
    wrong: list[str] = []
    print(f"\n{'route':<52}{'method':<8}" + "".join(f"{each:<14}" for each in cases))
    for route in routes:
        for method in route.methods:
            changes = method in ("POST", "PUT", "PATCH", "DELETE")
            if not (changes or route.socket) or PUBLIC.fullmatch(route.path):
                continue
            cells = []
            for name, headers in cases.items():
                if route.socket and name != "wrong origin":
                    continue  # a browser sends no such header with a WebSocket; its origin is what counts
                if route.socket:
                    code = opened(server, route, route.path, headers)
                else:
                    code, _ = ask(server, method, route.path, headers)
                cells.append(f"{'open' if code is None else code}")
                if code not in (401, 403, 404, 405):  # a page from elsewhere finds nothing (404) where it is refused
                    wrong.append(f"{name}: {method} {route.path} gave {code}")
            print(f"{route.path[:51]:<52}{method:<8}" + "".join(f"{each:<14}" for each in cells))
    assert wrong == []


@pytest.mark.parametrize(
    "place", ["/static", "/voila/static", "/voila/templates", "/voila/labextensions", "/lab/extensions"]
)
def test_what_the_packages_ship_leads_to_no_other_file(server: JupyterServer, place: str) -> None:
    for way in ("..", "%2e%2e", "..%2f..", "....//", "/", "restrike/..", "lab/.."):
        for end in ("/".join([".."] * 12) + "/etc/passwd", "etc/passwd", "jupyter.log", "operator.ipynb"):
            status, _ = ask(server, "GET", f"{place}/{way}/{end}", {})
            assert status != 200, f"{place}/{way}/{end}"


def test_a_screen_shows_its_own_notebook_and_no_other(server: JupyterServer) -> None:
    screen = {"Authorization": f"token {server.screen_token}"}
    assert ask(server, "GET", "/voila/render/operator.ipynb", screen)[0] == 200
    for path in (
        "/voila/render/unknown_events.ipynb",
        "/voila/render/../../etc/passwd",
        "/voila/render/sub/operator.ipynb",
        "/voila/render/operator.ipynb/../unknown_events.ipynb",
        "/voila/render/operator.ipynb%2f..%2funknown_events.ipynb",
        "//voila/render/unknown_events.ipynb",
    ):
        status, location = ask(server, "GET", path, screen)
        assert refused(status, location) or status == 404, (path, status, location)


@pytest.fixture
def kernel(server: JupyterServer) -> str:
    """Return the kernel of a screen's page."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    address = f"/voila/render/operator.ipynb?token={server.screen_token}"
    connection.request("GET", address, headers={REMOTE_HEADER: "10.6.6.6"})
    page = connection.getresponse().read().decode()
    connection.close()
    found = re.search(r'"kernelId": ?"([0-9a-f-]{36})"', page)
    assert found is not None
    return found[1]


def test_screens_may_open_so_many_pages_and_the_owner_more(tmp_path: Path) -> None:
    page = "/voila/render/operator.ipynb"
    with served(tmp_path, {"ScreenIdentity": {"pages": 2}}) as server:
        screen, owner = ({"Authorization": f"token {token}"} for token in (server.screen_token, server.token))
        assert [ask(server, "GET", page, screen)[0] for _ in range(4)] == [200, 200, 503, 503]
        assert ask(server, "GET", page, owner)[0] == 200
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=ANSWER_S)
        connection.request("GET", page, headers=screen)
        assert "2 pages of this lab are open" in connection.getresponse().read().decode()
        connection.close()


def test_a_screen_s_kernel_holds_nothing_of_the_owner(server: JupyterServer, kernel: str) -> None:
    assert server.process is not None
    below = psutil.Process(server.process.pid).children(recursive=True)
    process = next(each for each in below if any(kernel in part for part in each.cmdline()))
    hub = read_address(Path(server.environment["RESTRIKE_LAB_DATA_DIR"]))
    assert hub is not None
    held = "\n".join([*process.environ().values(), *process.cmdline()])
    assert hub.token not in held
    assert process.environ()["HTTP_X_RESTRIKE_REMOTE"] == "127.0.0.1"  # where it was asked from, not what it said
    assert server.token not in held


def test_a_screen_reaches_no_kernel_but_those_of_pages(server: JupyterServer, kernel: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("POST", "/api/kernels", headers={"Authorization": f"token {server.token}"}, body="{}")
    own = json.load(connection.getresponse())["id"]
    connection.close()
    screen = {"Authorization": f"token {server.screen_token}"}
    assert ask(server, "GET", f"/api/kernels/{kernel}", screen)[0] == 200
    assert ask(server, "GET", f"/api/kernels/{own}", screen)[0] == 403
    assert ask(server, "POST", f"/voila/api/shutdown/{own}", screen)[0] == 403
    address = f"ws://127.0.0.1:{server.port}/api/kernels/{own}/channels"
    with pytest.raises(InvalidStatus, match="403"), connect(address, additional_headers=screen, proxy=None):
        pass


def test_a_screen_may_not_run_code_in_its_kernel_and_the_owner_may(
    server: JupyterServer, kernel: str, tmp_path: Path
) -> None:
    address = f"ws://127.0.0.1:{server.port}/api/kernels/{kernel}/channels?session_id=test"
    for headers in ({}, {**cookies(server, server.token), "Origin": EVIL}):
        with pytest.raises(InvalidStatus, match="403"), connect(address, additional_headers=headers, proxy=None):
            pass
    for token, runs in ((server.screen_token, False), (server.token, True)):
        marks = [tmp_path / f"{runs}-{channel}" for channel in ("shell", "control")]
        with connect(address, additional_headers={"Authorization": f"token {token}"}, proxy=None) as line:
            for mark in marks:
                code = {"code": f"open({str(mark)!r}, 'w').close()", "silent": False, "store_history": False}
                line.send(message("execute_request", {**code, "allow_stdin": False}, mark.name.split("-")[1]))
            for kind in ("inspect_request", "complete_request", "debug_request", "input_reply", "shutdown_request"):
                if not runs:
                    line.send(message(kind, {"code": "1", "cursor_pos": 1, "restart": False}))
            line.send(message("kernel_info_request", {}))
            kinds = set()
            while "kernel_info_reply" not in kinds:  # asked last: by then the rest was done, or is never
                kinds.add(json.loads(line.recv(timeout=60))["msg_type"])
        assert marks[0].exists() is runs
        assert runs or not marks[1].exists()
        assert ("execute_reply" in kinds) is runs


def message(kind: str, content: dict[str, Any], channel: str = "shell") -> str:
    """Return a message to a kernel as a browser sends it."""
    header = {"msg_id": uuid.uuid4().hex, "msg_type": kind, "username": "x", "session": "test", "version": "5.3"}
    message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": channel}
    return json.dumps({**message, "buffers": []})


def test_nothing_that_a_screen_may_say_runs_code() -> None:
    assert set(KERNEL_MESSAGES) & {"execute_request", "debug_request", "input_reply", "shutdown_request"} == set()
