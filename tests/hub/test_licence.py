"""A licence in a running hub: what needs one is the policy's, a running bout goes on, and the issuer is asked."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from restrike_lab.access.licence import Answer, Licence, LicenceError, issue, sign_answer
from restrike_lab.hub.callers import Caller
from restrike_lab.hub.hub import Hub
from restrike_lab.hub.licence import LicenceNeeded
from restrike_lab.store.settings_group import SettingError
from tests.hub.helpers import LOAD, port_of, running_hub, send, settled, wait_until

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = base64.b64encode(KEY.public_key().public_bytes_raw()).decode()
DAY = 86_400 * 10**9


def licence(days_ago: int = 1, days: int = 300, name: str = "a1", **fields: Any) -> str:
    """Return a file that began some days ago and lasts for some days from now on."""
    today = datetime.now(UTC).date()
    content = {
        "licence_id": name,
        "holder": "Club",
        "features": ("flags",),
        "valid_from": today - timedelta(days_ago),
        "valid_until": today + timedelta(days),
        "issued": datetime.now(UTC),
    }
    return issue(Licence(**{**content, **fields}), KEY).decode()


def run(hub: Hub, command: str, role: str = "admin", **args: Any) -> Any:
    return hub.commands.run(command, args, Caller(role))


def change(hub: Hub, **values: Any) -> None:
    run(hub, "settings.set", values={f"licence.{name}": value for name, value in values.items()})


class Clock:
    """The hub's clock, moved by hand."""

    def __init__(self, hub: Hub) -> None:
        self.shift = 0
        hub.running.licence.wall_ns = lambda: time.time_ns() + self.shift


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with running_hub(tmp_path) as hub:
        change(hub, issuer_key=PUBLIC)
        yield hub


def refused(hub: Hub) -> bool:
    try:
        run(hub, "flags.map", "operator", nothing=1)
    except LicenceNeeded:
        return True
    except Exception:
        return False
    return False


def test_nothing_needs_a_licence_by_default(hub: Hub) -> None:
    assert run(hub, "licence")["state"] == "none"
    assert not refused(hub)


def test_what_the_policy_names_needs_one_and_nothing_else(hub: Hub) -> None:
    change(hub, policy=["flags"])
    assert refused(hub)
    run(hub, "flags", "viewer")
    run(hub, "settings.set", values={"screen.theme": "dark"})
    run(hub, "licence.install", file=licence())
    assert not refused(hub)
    change(hub, policy=["flags", "obs"])
    with pytest.raises(LicenceNeeded, match="obs needs a licence"):
        run(hub, "obs.pause", "operator", paused=True)


def test_an_installed_licence_outlives_the_hub(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub:
        change(hub, issuer_key=PUBLIC, policy=["flags"])
        view = run(hub, "licence.install", file=licence())
        assert (view["state"], view["licence"]["holder"]) == ("valid", "Club")
    with running_hub(tmp_path) as hub:
        assert run(hub, "licence")["state"] == "valid"
        assert not refused(hub)


@pytest.mark.parametrize(
    "file",
    [
        "",
        "nonsense",
        licence().replace("Club", "Clab"),
        licence(days_ago=9, days=-3),
        licence(days_ago=-3),
        licence(venue="Arena"),
        licence(machine="0000-0000-0000-0000"),
    ],
)
def test_a_file_that_grants_nothing_here_is_not_installed(hub: Hub, file: str) -> None:
    run(hub, "licence.install", file=licence(name="good"))
    with pytest.raises(Exception, match=r"licence") as refusal:
        run(hub, "licence.install", file=file)
    assert refusal.value.hint  # type: ignore[attr-defined]
    assert run(hub, "licence")["licence"]["licence_id"] == "good"


def test_a_stored_file_that_was_changed_is_tampered(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub:
        change(hub, issuer_key=PUBLIC, policy=["flags"])
        run(hub, "licence.install", file=licence())
        hub.running.on_database(lambda db: db.execute("UPDATE licences SET file = replace(file, 'Club', 'Clob')"))
    with running_hub(tmp_path) as hub:
        assert run(hub, "licence")["state"] == "tampered"
        assert refused(hub)
        wait_until(lambda: any(alert.get("source") == "licence" for alert in hub.status()["alerts"]))


def test_the_key_of_another_issuer_ends_it_at_once(hub: Hub) -> None:
    run(hub, "licence.install", file=licence())
    change(hub, issuer_key=base64.b64encode(bytes(32)).decode())
    assert run(hub, "licence")["state"] == "tampered"
    change(hub, issuer_key=PUBLIC)
    assert run(hub, "licence")["state"] == "valid"


def test_a_bout_that_was_loaded_in_time_goes_on_and_the_next_one_does_not(hub: Hub) -> None:
    change(hub, policy=["flags"])
    run(hub, "licence.install", file=licence(days=0))
    bout = [*LOAD, b"clk;02:00;start", b"clk;01:59"]
    send(port_of(hub), bout)
    settled(hub, len(bout))
    assert not refused(hub)
    Clock(hub).shift = 2 * DAY
    assert run(hub, "licence")["state"] == "expired"
    assert not refused(hub)
    send(port_of(hub), [b"win;BLUE"])
    settled(hub, len(bout) + 1)
    wait_until(lambda: refused(hub))


def test_a_clock_set_back_does_not_bring_it_back_even_after_a_restart(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub:
        change(hub, issuer_key=PUBLIC, policy=["flags"])
        run(hub, "licence.install", file=licence(days=0))
        clock = Clock(hub)
        clock.shift = 2 * DAY
        assert run(hub, "licence")["state"] == "expired"
        clock.shift = -365 * DAY
        view = run(hub, "licence")
        assert (view["state"], view["clock_back"]) == ("expired", True)
        hub.running.licence.look()
    with running_hub(tmp_path) as hub:
        view = run(hub, "licence")
        assert (view["state"], view["clock_back"]) == ("expired", True)
        assert refused(hub)


def test_another_licence_is_the_way_out_after_a_clock_ran_ahead(hub: Hub) -> None:
    run(hub, "licence.install", file=licence())
    clock = Clock(hub)
    clock.shift = 4000 * DAY
    assert run(hub, "licence")["state"] == "expired"
    clock.shift = 0
    with pytest.raises(LicenceError):
        run(hub, "licence.install", file=licence())
    assert run(hub, "licence.install", file=licence(name="b2"))["state"] == "valid"


def test_the_end_is_told_once_some_days_before(hub: Hub) -> None:
    run(hub, "licence.install", file=licence(days=10))
    desk = hub.running.licence
    desk.look()
    desk.look()
    wait_until(lambda: bool(hub.status()["alerts"]))
    told = [alert for alert in hub.status()["alerts"] if alert["source"] == "licence"]
    assert len(told) == 1
    assert "in 10 days" in told[0]["message"]


@pytest.mark.parametrize("values", [{"issuer_key": "x"}, {"check_url": "file:///etc/passwd"}, {"policy": ["hearing"]}])
def test_settings_of_licences_that_make_no_sense_are_refused(hub: Hub, values: dict[str, Any]) -> None:
    with pytest.raises(SettingError):
        change(hub, **values)


def test_only_an_administrator_installs_one(hub: Hub) -> None:
    with pytest.raises(Exception, match="needs an administrator"):
        run(hub, "licence.install", "operator", file=licence())


# -- the issuer's address ----------------------------------------------------------------------------------------------


class Issuer:
    """An issuer's address on this machine; ``status`` is what it says, ``key`` how it signs."""

    def __init__(self) -> None:
        self.status, self.key, self.nonce, self.asked, self.away = "valid", KEY, "", 0, False
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked += 1
                query = parse_qs(urlsplit(self.path).query)
                answer = Answer(query["licence"][0], issuer.status, issuer.nonce or query["nonce"][0])
                self.send_response(503 if issuer.away else 200)
                self.end_headers()
                self.wfile.write(sign_answer(answer, issuer.key))

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/licence?site=1"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    issuer = Issuer()
    yield issuer
    issuer.close()


def test_the_issuer_is_asked_once_a_day(hub: Hub, issuer: Issuer) -> None:
    change(hub, check_url=issuer.url)
    run(hub, "licence.install", file=licence())
    desk = hub.running.licence
    desk.look()
    assert issuer.asked == 0
    Clock(hub).shift = DAY + 10**9
    desk.look()
    desk.look()
    assert issuer.asked == 1
    assert run(hub, "licence")["checked"]


def test_an_issuer_who_withdraws_it_ends_it_and_can_give_it_back(hub: Hub, issuer: Issuer) -> None:
    change(hub, check_url=issuer.url, policy=["flags"])
    run(hub, "licence.install", file=licence())
    issuer.status = "withdrawn"
    assert run(hub, "licence.check")["status"] == "withdrawn"
    assert run(hub, "licence")["state"] == "expired"
    assert refused(hub)
    issuer.status = "valid"
    run(hub, "licence.check")
    assert not refused(hub)


def test_an_issuer_who_is_away_leads_to_grace_and_then_to_the_end(hub: Hub, issuer: Issuer) -> None:
    change(hub, check_url=issuer.url, policy=["flags"], grace_days=5)
    run(hub, "licence.install", file=licence())
    run(hub, "licence.check")
    issuer.away = True
    clock = Clock(hub)
    states = []
    for days in (1, 3, 6):
        clock.shift = days * DAY
        with pytest.raises(LicenceError, match="does not answer"):
            run(hub, "licence.check")
        states.append((run(hub, "licence")["state"], refused(hub)))
    assert states == [("valid", False), ("grace", False), ("expired", True)]


@pytest.mark.parametrize("wrong", [{"key": Ed25519PrivateKey.generate()}, {"nonce": "00"}])
def test_an_answer_that_the_issuer_did_not_give_now_counts_nothing(
    hub: Hub, issuer: Issuer, wrong: dict[str, Any]
) -> None:
    change(hub, check_url=issuer.url)
    run(hub, "licence.install", file=licence())
    for name, value in wrong.items():
        setattr(issuer, name, value)
    with pytest.raises(LicenceError):
        run(hub, "licence.check")
    assert run(hub, "licence")["checked"] is None
