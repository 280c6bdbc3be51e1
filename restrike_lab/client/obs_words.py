"""What people type about OBS, on the command line and behind ``%restrike obs``: one grammar for both."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from restrike_lab.client.errors import CommandError
from restrike_lab.client.obs import ObsFleet, details_of
from restrike_lab.client.obs_help import USAGE, help_text, misunderstood
from restrike_lab.client.obs_rules import firing_line, rehearsal_line

__all__ = ["PASSWORD_VARIABLE", "USAGE", "obey"]

PASSWORD_VARIABLE = "RESTRIKE_LAB_OBS_PASSWORD"  # noqa: S105 - the name of a variable
DEFAULT_PORT = 4455
CHANGEABLE = ("host", "port", "role")

AskPassword = Callable[[], str | None]


def obey(fleet: ObsFleet, words: Sequence[str], ask_password: AskPassword = lambda: None) -> str:
    """Do what the words say and return what there is to tell; raises :class:`CommandError` where it is not done."""
    match list(words):
        case [] | ["list"]:
            return repr(fleet)
        case ["help"]:
            return help_text()
        case ["help", word]:
            return help_text(word)
        case ["rules" | "rule" | "pause" | "go-on" | "firings" | "rehearse" as word, *rest]:
            return _automation(fleet, word, rest)
        case ["status" | "add" | "change" | "test" | "enable" | "disable" | "remove" as word, *rest]:
            return _settings(fleet, word, rest, ask_password)
        case [*asked, "on", name] if asked:
            return _ask(fleet, name, asked)
        case asked:
            return _ask(fleet, None, asked)


def _settings(fleet: ObsFleet, word: str, rest: list[str], ask_password: AskPassword) -> str:
    """Do what concerns the list of instances."""
    match word, rest:
        case "status", [name]:
            return details_of(_known(fleet, name).state)
        case "add", [name]:
            return _add(fleet, name, "", "", ask_password)
        case "add", [name, place, *role] if len(role) <= 1:
            return _add(fleet, name, place, "".join(role), ask_password)
        case "change", [name, *changes] if changes:
            return _change(fleet, name, changes, ask_password)
        case "test", [name]:
            return _test(fleet, name)
        case (("enable" | "disable"), [name]):
            fleet.command("obs.enable", name=name, enabled=word == "enable")
            return f"{name} is {word}d."
        case "remove", [name]:
            fleet.remove(name)
            return f"{name} is forgotten."
    raise misunderstood([word, *rest])


def _automation(fleet: ObsFleet, word: str, rest: list[str]) -> str:
    """Do what concerns the rules."""
    match word, rest:
        case "rules", []:
            return repr(fleet.rules)
        case "rule", ["on" | "off" as way, *names] if names:
            fleet.rules.switch(*names, on=way == "on")
            return f"{', '.join(names)}: {way}."
        case "rule", ["show", name]:
            return json.dumps(fleet.rules.rule(name), indent=2, ensure_ascii=False)
        case "rule", ["put", *parts] if parts:
            return _put(fleet, " ".join(parts))
        case "rule", ["drop", name]:
            fleet.rules.drop(name)
            return f"{name} is forgotten, or as it came."
        case (("pause" | "go-on"), []):
            fleet.rules.pause(word == "pause")
            return "All rules are paused." if word == "pause" else "The rules go on."
        case "firings", []:
            return "\n".join(map(firing_line, fleet.command("obs.firings"))) or "No rule has fired yet."
        case "firings", [match_id] if match_id.isdigit():
            found = fleet.command("obs.firings", match_id=int(match_id))
            return "\n".join(map(firing_line, found)) or f"No rule fired in match {match_id}."
        case "rehearse", [*names]:
            which = {"match_id": int(names.pop(0))} if names and names[0].isdigit() else {}
            found = fleet.command("obs.rehearse", names=names, **which)
            return "\n".join(map(rehearsal_line, found)) or "Nothing would have been done; are rules on?"
    raise misunderstood([word, *rest])


def _known(fleet: ObsFleet, name: str) -> Any:
    if name not in fleet:
        hint = f"Instances: {', '.join(fleet)}." if len(fleet) else "`obs add NAME PORT` takes one in."
        raise CommandError(f"there is no OBS instance {name!r}", hint=hint)
    return fleet[name]


def _place(text: str) -> tuple[str, int]:
    """Return host and port of ``HOST:PORT`` or ``PORT``."""
    host, _, port = text.rpartition(":")
    if not port.isdigit():
        raise CommandError(f"{port!r} is no port", hint="Write HOST:PORT or PORT, such as 10.0.0.7:4455.")
    return host.strip("[]") or "127.0.0.1", int(port)


def _add(fleet: ObsFleet, name: str, place: str, role: str, ask_password: AskPassword) -> str:
    host, port = _place(place or str(DEFAULT_PORT))
    fleet.add(name, host, port, ask_password(), role)
    return f"{name} is taken in. {_test(fleet, name)}"


def _change(fleet: ObsFleet, name: str, changes: Sequence[str], ask_password: AskPassword) -> str:
    settings: dict[str, Any] = {}
    for change in changes:
        key, equals, value = change.partition("=")
        if change == "password":
            settings["password"] = ask_password()
        elif not equals or key not in CHANGEABLE:
            raise misunderstood(["change", name, *changes])
        else:
            settings[key] = _place(value)[1] if key == "port" else value
    fleet.change(name, **settings)
    return f"{name} is changed. {_test(fleet, name)}"


def _test(fleet: ObsFleet, name: str) -> str:
    if name not in fleet and name.rpartition(":")[2].isdigit():
        host, port = _place(name)
        found = fleet.test(host=host, port=port)
    else:
        found = fleet.test(_known(fleet, name).name)
    if found["ok"]:
        return f"{name} answers: OBS {found['obs_version']}, {found['protocol']}."
    error = found["error"]
    return f"{name} cannot be reached: {error['message']}. {error['hint']}".rstrip()


def _put(fleet: ObsFleet, text: str) -> str:
    try:
        rule = json.loads(text)
    except ValueError as problem:
        hint = "Give the rule as `obs rule show record-ready` shows one, in quotes."
        raise CommandError(f"this is no JSON: {problem}", hint=hint) from None
    if not isinstance(rule, dict):
        raise CommandError("a rule is a JSON object", hint="`obs rule show record-ready` shows one.")
    fleet.rules.put(rule)
    return f"{rule.get('name')} is kept, and off: `obs rule on {rule.get('name')}` lets it work."


def _ask(fleet: ObsFleet, name: str | None, words: Sequence[str]) -> str:
    request, args = _request(words)
    if name is None:
        if len(fleet) != 1:
            hint = f"Add `on NAME`: {', '.join(fleet)}." if len(fleet) else "`obs add NAME PORT` takes one in."
            raise CommandError("which OBS instance?", hint=hint)
        name = next(iter(fleet))
    given = fleet.command("obs.do", name=name, request=request, args=args)
    if request == "transitions":
        return "\n".join(f"{'*' if each == given['current'] else ' '} {each}" for each in given["names"])
    return f"{name}: {' '.join(words)}" + ("." if given is None else f": {given}")


def _request(words: Sequence[str]) -> tuple[str, Mapping[str, Any]]:
    """Return the request that the words stand for, and its arguments."""
    match list(words):
        case ["scene" | "preview" as request, *name] if name:
            return request, {"scene": " ".join(name)}
        case ["take" | "back" | "transitions" | "reconnect" as request]:
            return request, {}
        case ["studio", "on" | "off" as word]:
            return "studio", {"enabled": word == "on"}
        case ["transition", *name] if name:
            return "transition", {"name": " ".join(name)}
        case ["show" | "hide" as word, scene, item]:
            return "visible", {"scene": scene, "item": item, "visible": word == "show"}
        case ["record", "start" | "stop" | "pause" | "resume" | "split" as word]:
            return f"record.{word}", {}
        case ["stream", "start" | "stop" as word]:
            return f"stream.{word}", {}
        case ["replay", "start" | "stop" | "save" as word]:
            return f"replay.{word}", {}
        case ["chapter", *text] if text:
            return "chapter", {"text": " ".join(text)}
        case ["file-name", *pattern] if pattern:
            return "file_name", {"pattern": " ".join(pattern)}
        case ["folder", *pattern] if pattern:
            return "folder", {"pattern": " ".join(pattern)}
    raise misunderstood(list(words))
