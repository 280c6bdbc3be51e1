"""Every command and every address of the hub, tried by everybody: nobody, a screen, each role, and the owner.

What each command needs is written down here a second time, by hand: a command that is new, or that suddenly needs less,
fails this test until somebody has said so on purpose.
"""

from __future__ import annotations

import http.client
import itertools
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from restrike_lab.client.lab import Lab
from restrike_lab.hub.hub import Hub
from restrike_lab.hub.ownership import read_address
from tests.hub.helpers import hub_config, receive_until

EVIL = "https://evil.example"
PASSWORD = "a long enough password"
LEVELS = ("viewer", "operator", "admin")

NEEDED = {
    "viewer": """
        about access.first alerts annotation.history annotations commands definitions events flag flags licence obs
        obs.firings obs.rehearse obs.rules password.change ping recognition.runs rules session.resume session.touch
        settings settings.export settings.history sign_in sign_out status system system.history trace whoami
    """,
    "operator": """
        alert.acknowledge annotate annotation.change annotation.drop event.set_status flags.assign flags.map
        flags.scan logs obs.do obs.enable obs.pause obs.rule.drop obs.rule.put obs.rule.switch obs.test pattern.note
        protocol.set recognition.discard recognition.stage settings.import settings.reset settings.set settings.undo
        statements
    """,
    "admin": """
        audit database.check definition.drop definition.put licence.check licence.install log.level obs.add obs.change
        obs.remove recognition.apply recognition.undo rule.put rule.switch stop users users.add users.enable
        users.password users.remove users.role users.sessions users.sign_out
    """,
}
"""The least role for each command. What an operator may set is decided setting by setting (``settings.set``)."""


@dataclass
class Place:
    """A running hub with a user of each role, and its two tokens."""

    hub: Hub
    url: str
    owner: str
    screen: str


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    directory = tmp_path_factory.mktemp("access")
    hub = Hub(hub_config(directory), on_stop_request=lambda: None)
    hub.start()
    try:
        address = read_address(directory)
        assert address is not None
        with Lab(directory, start="never") as lab:
            for role in reversed(LEVELS):
                lab.users.add(f"the {role}", role, PASSWORD)
        yield Place(hub, address.url, address.token, address.screen)
    finally:
        hub.stop()


def ask(connection: ClientConnection, command: str, args: object, number: Iterator[int]) -> dict[str, Any]:
    """Send a command and return its reply."""
    request = str(next(number))
    connection.send(json.dumps({"id": request, "command": command, "args": args}))
    return receive_until(connection, lambda message: message.get("id") == request)[-1]


def everybody(place: Place, stack: ExitStack) -> dict[str, ClientConnection]:
    """Return a connection for each who may have one; on three of the screens somebody has signed in."""
    found = {}
    for name, token in {"screen": place.screen, **dict.fromkeys(LEVELS, place.screen), "owner": place.owner}.items():
        found[name] = stack.enter_context(
            connect(f"{place.url}/?token={token}", proxy=None, max_size=None, max_queue=None)
        )
        if name in LEVELS:
            reply = ask(found[name], "sign_in", {"name": f"the {name}", "password": PASSWORD}, itertools.count())
            assert reply["ok"], reply
            assert reply["result"]["role"] == name
    return found


def test_every_command_is_refused_to_those_below_its_role_and_to_nobody_else(place: Place) -> None:
    needed = {command: role for role, commands in NEEDED.items() for command in commands.split()}
    assert sorted(place.hub.commands.by_name) == sorted(needed), "a command is new or gone: say here who may send it"
    number, wrong = itertools.count(), []
    with ExitStack() as stack:
        connections = everybody(place, stack)
        rights = {"screen": 0, **{role: level for level, role in enumerate(LEVELS)}, "owner": 2}
        print(f"\n{'command':<24}{'needs':<10}{'nobody':<10}" + "".join(f"{name:<10}" for name in connections))
        for command, role in needed.items():
            cells = []
            for name, connection in connections.items():
                # A list is no set of arguments: whoever may send the command is told so before anything is done.
                reply = ask(connection, command, [], number)
                passed = reply["error"]["category"] != "access"
                cells.append("may" if passed else "–")
                if passed is not (rights[name] >= LEVELS.index(role)):
                    wrong.append(f"{name}: {command}: {reply['error']['message']}")
                if not passed:
                    for args in ({}, None, {"role": "admin"}, {"token": place.owner}):
                        again = ask(connection, command, args, number)
                        assert again["error"]["category"] == "access", f"{name}: {command} {args}: {again}"
            print(f"{command:<24}{role:<10}{'–':<10}" + "".join(f"{cell:<10}" for cell in cells))
    assert wrong == []


def test_nobody_gets_a_connection_on_which_to_send_a_command(place: Place) -> None:
    elsewhere = [
        {"Cookie": f"token={place.owner}"},
        {"Authorization": f"Basic {place.owner}"},
        {"Authorization": place.owner},
        {"X-Token": place.owner},
        {"Sec-WebSocket-Protocol": place.owner},
        {"Referer": f"{place.url}/?token={place.owner}"},
    ]
    paths = ["/", "/?token=", "/?token=wrong", f"/?Token={place.owner}", f"/?token={place.owner[:-1]}"]
    paths += [f"/{place.owner}", f"/?x=token={place.owner}", "/?token=%00", "/?token=%ff"]
    for path, headers in [*((path, {}) for path in paths), *(("/", headers) for headers in elsewhere)]:
        assert handshake(place, path, headers) in (401, 404), (path, headers)


@pytest.mark.parametrize("token", ["owner", "screen"])
def test_a_page_of_another_origin_gets_no_connection_even_with_a_token(place: Place, token: str) -> None:
    path = f"/?token={getattr(place, token)}"
    foreign = [
        EVIL,
        "null",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "file://",
        "http://[::2]",
    ]
    for origin in foreign:
        assert handshake(place, path, {"Origin": origin}) == 403, origin
    for origin in ("http://127.0.0.1:8888", "http://localhost", "https://[::1]:8888"):
        assert handshake(place, path, {"Origin": origin}) is None, origin


def handshake(place: Place, path: str, headers: dict[str, str]) -> int | None:
    """Return the status by which a WebSocket was refused, None where it opened."""
    try:
        with connect(place.url + path, additional_headers=headers, proxy=None):
            return None
    except InvalidStatus as refusal:
        return refusal.response.status_code


ADDRESSES = {
    # path: who gets what is behind it (200 or 503)
    "/health": "everybody",
    "/health/live": "everybody",
    "/health/ready": "everybody",
    "/metrics": "with a token",
    "/": "a WebSocket only",
    "/status": "nothing is there",
    "/hub.json": "nothing is there",
    "/../hub.json": "nothing is there",
}


def test_every_address_over_plain_http(place: Place) -> None:
    asking = {
        "nobody": {},
        "wrong token": {"Authorization": "Bearer wrong"},
        "cookie": {"Cookie": f"token={place.owner}"},
        "screen": {"Authorization": f"Bearer {place.screen}"},
        "owner": {"Authorization": f"Bearer {place.owner}"},
        "owner, origin": {"Authorization": f"Bearer {place.owner}", "Origin": EVIL},
    }
    wrong: list[str] = []
    print(f"\n{'address':<16}{'method':<8}" + "".join(f"{name:<15}" for name in asking))
    for (path, rule), method in itertools.product(ADDRESSES.items(), ("GET", "HEAD", "POST", "PUT", "DELETE")):
        cells = []
        for name, headers in asking.items():
            status = plain(place, method, path, headers)
            cells.append(str(status))
            may = rule == "everybody" or (rule == "with a token" and name in ("screen", "owner"))
            if (status in (200, 503)) and not (may and method in ("GET", "HEAD")):
                wrong.append(f"{name}: {method} {path} gave {status}")
            if may and method == "GET" and status not in (200, 503):
                wrong.append(f"{name}: {method} {path} gave {status}, and may")
        print(f"{path:<16}{method:<8}" + "".join(f"{cell:<15}" for cell in cells))
    assert wrong == []


def plain(place: Place, method: str, path: str, headers: dict[str, str]) -> int:
    """Return the status of a plain request, 0 where the connection was closed without one."""
    found = urlsplit(place.url)
    connection = http.client.HTTPConnection(str(found.hostname), found.port or 0, timeout=10)
    try:
        connection.request(method, path, headers=headers)
        return connection.getresponse().status
    except (http.client.HTTPException, OSError):
        return 0
    finally:
        connection.close()


def test_the_health_that_anybody_may_ask_for_tells_no_secret(place: Place) -> None:
    found = urlsplit(place.url)
    connection = http.client.HTTPConnection(str(found.hostname), found.port or 0, timeout=10)
    connection.request("GET", "/health")
    told = connection.getresponse().read().decode()
    connection.close()
    assert place.owner not in told
    assert place.screen not in told
    assert str(Path(place.hub.config.data_dir)) not in told
