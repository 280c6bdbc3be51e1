"""Settings of a hub: which value counts, what acts at once, who may change what, and how a change is taken back."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from restrike_lab.hub.callers import Caller
from restrike_lab.hub.config import COMMAND_LINE, CONFIG_FILE, HubConfig
from restrike_lab.hub.errors import CommandError, HubError, RoleNeeded
from restrike_lab.hub.hub import Hub
from restrike_lab.hub.process import configured, parser
from restrike_lab.hub.screen_settings import ScreenSettings
from restrike_lab.hub.settings import Settings
from restrike_lab.hub.settings_alone import settings_alone
from restrike_lab.hub.settings_registry import GROUPS
from restrike_lab.pss.errors import RestrikeError
from restrike_lab.store.settings import Kept
from restrike_lab.store.settings_group import SettingError
from tests.hub.helpers import client, port_of, running_hub, send, settled, wait_until

ADMIN, OPERATOR, VIEWER = Caller("admin"), Caller("operator"), Caller("viewer")


def run(hub: Hub, command: str, caller: Caller = ADMIN, **args: Any) -> Any:
    return hub.commands.run(command, args, caller)


def view(hub: Hub, key: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in run(hub, "settings")["settings"] if each["key"] == key)
    return found


def settings_of(config: HubConfig, **kept: Any) -> Settings:
    return Settings(config, GROUPS, {key.replace("__", "."): Kept(value, 1, "Ana") for key, value in kept.items()})


# -- what counts -----------------------------------------------------------------------------------------------------


def test_the_stored_value_goes_before_the_default() -> None:
    settings = settings_of(HubConfig(), screen__theme="dark", network__port=7000)
    assert (settings.value("screen.theme"), settings.source("screen.theme")) == ("dark", "stored")
    assert (settings.config.port, settings.source("network.port")) == (7000, "stored")
    assert settings.source("network.bind") == "default"
    assert settings.group(ScreenSettings).theme == "dark"


def test_what_is_given_goes_before_the_stored_value() -> None:
    config = HubConfig(port=6000, settings={"screen.theme": "light"})
    config.given.update({"port": COMMAND_LINE, "screen.theme": CONFIG_FILE})
    settings = settings_of(config, screen__theme="dark", network__port=7000)
    assert (settings.value("network.port"), settings.source("network.port")) == (6000, "command line")
    assert (settings.value("screen.theme"), settings.source("screen.theme")) == ("light", "config file")
    assert settings.view("screen.theme")["stored_value"] == "dark"


def test_a_stored_value_that_cannot_be_any_more_is_left_out_and_shown() -> None:
    settings = settings_of(HubConfig(), screen__theme="pink", network__allow=["nowhere"], gone__setting=3)
    assert (settings.value("screen.theme"), settings.source("screen.theme")) == ("auto", "default")
    assert settings.config.allow == []
    assert "nowhere" in settings.view("network.allow")["problem"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"screen.theme": "pink"}, "cannot be"),
        ({"scren.theme": "dark"}, "no setting"),
        ({"network.port": "1"}, "own way"),
    ],
)
def test_a_setting_given_wrongly_keeps_the_hub_from_starting(given: dict[str, str], words: str) -> None:
    with pytest.raises(SettingError, match=words) as refusal:
        settings_of(HubConfig(settings=given))
    assert refusal.value.hint


def test_a_supervised_hub_knows_by_what_its_settings_were_given() -> None:
    meant = HubConfig(port=7001, courts={"A": 7002}, settings={"screen.theme": "dark"})
    meant.given.update({"port": CONFIG_FILE, "courts": COMMAND_LINE, "screen.theme": COMMAND_LINE})
    handed_on = json.dumps({**meant.as_given(), "given": meant.given})
    config = configured(parser().parse_args(["--bind", "127.0.0.1"]), handed_on)
    assert {name: config.given[name] for name in ("port", "courts", "bind")} == {
        "port": CONFIG_FILE,
        "courts": COMMAND_LINE,
        "bind": COMMAND_LINE,
    }
    assert settings_of(config, screen__theme="light").source("screen.theme") == COMMAND_LINE
    assert "group_size" not in config.given


def test_every_setting_has_help_and_a_default_that_it_may_have() -> None:
    settings = settings_of(HubConfig())
    for key, each in settings.declared.items():
        assert each.help, key
        assert each.checked(each.default) == each.default, key
        assert settings.categories()[each.category], each.category


# -- in a running hub ------------------------------------------------------------------------------------------------


def test_a_change_is_seen_by_every_client_within_a_second_and_by_those_who_come(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub, client(hub.address) as one, client(hub.address) as other:
        for each in (one, other):
            snapshot = json.loads(each.recv(5))
            assert snapshot["settings"]["values"]["screen.theme"] == "auto"
        begun = time.monotonic()
        run(hub, "settings.set", OPERATOR, values={"screen.theme": "dark"}, why="evening")
        for each in (one, other):
            while (message := json.loads(each.recv(5)))["type"] != "settings":
                pass
            assert message["values"]["screen.theme"] == "dark"
            assert time.monotonic() - begun < 1.0
        with client(hub.address) as late:
            assert json.loads(late.recv(5))["settings"]["values"]["screen.theme"] == "dark"


def test_a_change_outlives_the_hub(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub:
        run(hub, "settings.set", values={"screen.theme": "dark", "network.receive_buffer": 8192}, who="Ana", why="w")
    with running_hub(tmp_path) as hub:
        assert hub.config.receive_buffer == 8192
        assert view(hub, "screen.theme") | {"changed_ns": 0} == view(hub, "screen.theme") | {
            "value": "dark",
            "source": "stored",
            "who": "Ana (admin)",
            "changed_ns": 0,
        }


def test_who_may_send_is_decided_anew_at_once(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub:
        send(port_of(hub), [b"hel;"])
        settled(hub, 1)
        run(hub, "settings.set", values={"network.allow": ["10.9.9.9/32"]})
        send(port_of(hub), [b"hel;"])
        wait_until(lambda: hub.status()["courts"]["1"]["rejected"] == 1)
        run(hub, "settings.reset", keys=["network.allow"])
        send(port_of(hub), [b"hel;"])
        settled(hub, 2)
        assert hub.status()["courts"]["1"]["rejected"] == 1


def test_a_court_is_judged_by_another_version_at_once_and_after_a_restart(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub:
        run(hub, "settings.set", OPERATOR, values={"recording.protocol_version": "older"})
        assert [line.recognizer.version for line in hub.running.pipeline.lines] == ["older"]
        run(hub, "protocol.set", OPERATOR, court="1", version="2.3")
        assert [line.recognizer.version for line in hub.running.pipeline.lines] == ["2.3"]
        assert view(hub, "recording.protocol_versions")["value"] == {"1": "2.3"}
        run(hub, "settings.undo", change_id=2)
        assert [line.recognizer.version for line in hub.running.pipeline.lines] == ["older"]
    with running_hub(tmp_path) as hub:
        assert [line.recognizer.version for line in hub.running.pipeline.lines] == ["older"]


def test_limits_of_memory_and_of_groups_act_at_once(tmp_path: Path) -> None:
    limits = {"recording.group_size": 7, "recording.queue_datagrams": 50, "recording.queue_bytes": 1 << 21}
    with running_hub(tmp_path) as hub:
        run(hub, "settings.set", values={**limits, "recording.archive": False})
        running = hub.running
        assert (running.pipeline.group_size, running.spool.max_datagrams, running.spool.max_bytes) == (7, 50, 1 << 21)
        assert not running.archivist.wanted()


def test_pages_of_an_origin_may_connect_at_once(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub:
        run(hub, "settings.set", values={"network.origins": ["https://Lab.example/"]})
        assert hub.running.fanout.admission.origin_allowed("https://lab.example")


def test_what_needs_a_restart_says_so_and_waits(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub:
        before = view(hub, "network.receive_buffer")["value"]
        done = run(hub, "settings.set", values={"network.receive_buffer": 8192})
        assert done["restart"] == ["network.receive_buffer"]
        now = view(hub, "network.receive_buffer")
        assert (now["value"], now["next"]) == (before, 8192)


def test_what_the_command_line_says_goes_on_and_the_caller_is_told(tmp_path: Path) -> None:
    with running_hub(tmp_path, settings={"screen.theme": "light"}) as hub:
        done = run(hub, "settings.set", values={"screen.theme": "dark"})
        assert done["overridden"] == {"screen.theme": "program"}
        assert view(hub, "screen.theme")["value"] == "light"


def test_all_of_a_change_is_kept_or_nothing(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub:
        with pytest.raises(SettingError):
            run(hub, "settings.set", values={"screen.theme": "dark", "network.allow": ["x"]})
        assert run(hub, "settings.history") == []
        assert view(hub, "screen.theme")["value"] == "auto"


@pytest.mark.parametrize(
    ("command", "args"),
    [
        ("settings.set", {"values": {"screen.theme": "dark", "network.allow": []}}),
        ("settings.reset", {"keys": ["network.allow"]}),
        ("settings.import", {"toml": "[network]\nallow = []"}),
        ("settings.import", {"toml": "[network]\nallow = []", "dry_run": True}),
        ("settings.undo", {"change_id": 1}),
    ],
)
def test_an_operator_does_not_change_what_needs_an_administrator(
    tmp_path: Path, command: str, args: dict[str, Any]
) -> None:
    with running_hub(tmp_path) as hub:
        run(hub, "settings.set", values={"network.allow": ["127.0.0.1"]})
        with pytest.raises(RoleNeeded):
            run(hub, command, OPERATOR, **args)
        with pytest.raises(RoleNeeded):
            run(hub, command, VIEWER, **args)
        assert view(hub, "network.allow")["value"] == ["127.0.0.1"]
        assert view(hub, "screen.theme")["value"] == "auto"


def test_a_change_is_taken_back_and_that_too(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub:
        run(hub, "settings.set", values={"screen.theme": "dark"})
        run(hub, "settings.undo", change_id=1)
        assert (view(hub, "screen.theme")["value"], view(hub, "screen.theme")["source"]) == ("auto", "default")
        run(hub, "settings.undo", change_id=2)
        assert view(hub, "screen.theme")["value"] == "dark"
        newest = run(hub, "settings.history", key="screen.theme")[0]
        assert (newest["undoes"], newest["why"], newest["new"]) == (2, "undo of change 2", "dark")


def test_an_import_is_taken_back_as_a_whole(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub:
        toml = run(hub, "settings.export")["toml"].replace('# theme = "auto"', 'theme = "dark"')
        toml = toml.replace("# group_size = 5000", "group_size = 100")
        assert run(hub, "settings.import", toml=toml, dry_run=True)["would"] == {
            "recording.group_size": 100,
            "screen.theme": "dark",
        }
        assert run(hub, "settings.history") == []
        (first, _second) = run(hub, "settings.import", toml=toml, why="from the other hall")["changes"]
        run(hub, "settings.undo", change_id=first["change_id"], together=True)
        assert (view(hub, "screen.theme")["value"], view(hub, "recording.group_size")["value"]) == ("auto", 5000)


@pytest.mark.parametrize(
    ("command", "args"),
    [
        ("settings.set", {}),
        ("settings.set", {"values": ["screen.theme"]}),
        ("settings.set", {"values": {"screen.theme": None}}),
        ("settings.set", {"values": {"nothing": 1}}),
        ("settings.set", {"texts": {"network.receive_buffer": "much"}}),
        ("settings.reset", {"keys": "screen.theme"}),
        ("settings.undo", {"change_id": "1"}),
        ("settings.undo", {"change_id": 1}),
        ("settings.history", {"key": "nothing"}),
        ("settings.import", {"toml": 5}),
        ("settings.import", {"toml": "[screen"}),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_way_out(tmp_path: Path, command: str, args: dict[str, Any]) -> None:
    with running_hub(tmp_path) as hub, pytest.raises((CommandError, SettingError)) as refusal:
        run(hub, command, **args)
    assert isinstance(refusal.value, RestrikeError)
    assert refusal.value.hint


def test_settings_are_changed_without_a_hub(tmp_path: Path) -> None:
    config = HubConfig(data_dir=str(tmp_path))
    with settings_alone(config) as alone:
        alone.command("settings.set", values={"screen.theme": "dark"}, why="before the first start")
    with running_hub(tmp_path) as hub:
        assert hub.running.settings.group(ScreenSettings).theme == "dark"


def test_a_stored_setting_that_keeps_the_hub_from_starting_is_named_with_the_way_out(tmp_path: Path) -> None:
    config = HubConfig(data_dir=str(tmp_path), port=0, bind="127.0.0.1", ws_port=0)
    with settings_alone(config) as alone:
        alone.command("settings.set", values={"network.ws_host": "0.0.0.0"})
    with pytest.raises(HubError) as refusal:
        Hub(config).start()
    assert "network.ws_host" in refusal.value.hint
    assert "settings reset" in refusal.value.hint
    with settings_alone(config) as alone:
        alone.command("settings.reset", keys=["network.ws_host"])
    hub = Hub(config)
    hub.start()
    hub.stop()


OTHER_VALUES = {
    "network.allow": ["127.0.0.0/8"],
    "network.courts": {"A": 7001},
    "network.origins": ["https://lab.example"],
    "licence.check_url": "http://127.0.0.1:9/",
    "licence.issuer_key": "A" * 43 + "=",
    "recording.protocol_versions": {"1": "older"},
    "watch.log_levels": {"hub.receive": "DEBUG"},
    "watch.warning": {"cpu_percent": 77.0},
    "watch.critical": {"cpu_percent": 99.0},
}


def other_value(setting: dict[str, Any]) -> Any:
    """Return a value that a setting can have and does not have by default."""
    match setting["kind"]:
        case "bool":
            return not setting["default"]
        case "int" | "float":
            return setting["high"] if setting["default"] != setting["high"] else setting["low"]
        case "choice":
            return next(choice for choice in setting["choices"] if choice != setting["default"])
        case "list":
            return setting["choices"][:1] if setting["choices"][:1] != setting["default"] else setting["choices"][1:2]
    return "elsewhere"


def test_every_setting_can_be_changed_and_reset_in_a_running_hub_without_holding_it_up(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub:
        for setting in run(hub, "settings")["settings"]:
            key = setting["key"]
            value = OTHER_VALUES.get(key, other_value(setting))
            begun = time.monotonic()
            run(hub, "settings.set", values={key: value})
            now = view(hub, key)
            if not setting["restart"] and not hub.running.settings.given_by(key):
                assert (now["value"], now["source"]) == (value, "stored"), key
            run(hub, "settings.reset", keys=[key])
            assert view(hub, key)["stored"] is False, key
            assert time.monotonic() - begun < 10.0, f"{key} held the hub up"
        send(port_of(hub), [b"hel;"])
        settled(hub, 1)
