"""What people type about OBS, on the command line and behind ``%restrike obs``: one grammar for both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from restrike_lab.client.errors import CommandError
from restrike_lab.client.obs import ObsFleet
from restrike_lab.client.obs_rules import firing_line, rehearsal_line

__all__ = ["USAGE", "obey"]

USAGE = (
    "[list | add NAME [[HOST:]PORT] [ROLE] | test NAME | enable NAME | disable NAME | remove NAME | "
    "scene NAME | preview NAME | take | studio on|off | show SCENE ITEM | hide SCENE ITEM | "
    "record start|stop|pause|resume|split | chapter TEXT | stream start|stop | replay start|stop|save | "
    "file-name PATTERN | folder PATTERN | reconnect [on INSTANCE] | "
    "rules | rule on|off NAME... | pause | go-on | firings | rehearse MATCH_ID [RULE...]]"
)
DEFAULT_PORT = "4455"


def obey(fleet: ObsFleet, words: Sequence[str], ask_password: Callable[[], str | None] = lambda: None) -> str:
    """Do what the words say and return what there is to tell; raises :class:`CommandError` where it is not done."""
    match list(words):
        case [] | ["list"]:
            return repr(fleet)
        case ["add", name, *rest] if len(rest) <= 2:
            return _add(fleet, name, rest, ask_password)
        case ["test", name]:
            return _test(fleet, name)
        case ["enable" | "disable" as word, name]:
            fleet.command("obs.enable", name=name, enabled=word == "enable")
            return f"{name} is {word}d."
        case ["remove", name]:
            fleet.remove(name)
            return f"{name} is forgotten."
        case ["rules"]:
            return repr(fleet.rules)
        case ["rule", "on" | "off" as word, *names] if names:
            fleet.rules.switch(*names, on=word == "on")
            return f"{', '.join(names)}: {word}."
        case ["pause" | "go-on" as word]:
            fleet.rules.pause(word == "pause")
            return "All rules are paused." if word == "pause" else "The rules go on."
        case ["firings"]:
            return "\n".join(map(firing_line, fleet.command("obs.firings"))) or "No rule has fired yet."
        case ["rehearse", match_id, *names] if match_id.isdigit():
            found = fleet.command("obs.rehearse", match_id=int(match_id), names=names)
            return "\n".join(map(rehearsal_line, found)) or "Nothing would have been done; are rules on?"
        case [*asked, "on", name] if asked:
            return _ask(fleet, name, asked)
        case asked:
            return _ask(fleet, None, asked)


def _add(fleet: ObsFleet, name: str, rest: Sequence[str], ask_password: Callable[[], str | None]) -> str:
    host, _, port = (rest[0] if rest else DEFAULT_PORT).rpartition(":")
    if not port.isdigit():
        raise CommandError(f"{port!r} is no port", hint="Write HOST:PORT or PORT, such as 10.0.0.7:4455.")
    role = rest[1] if len(rest) > 1 else ""
    fleet.add(name, host or "127.0.0.1", int(port), ask_password(), role)
    return f"{name} is taken in. {_test(fleet, name)}"


def _test(fleet: ObsFleet, name: str) -> str:
    found = fleet.test(name)
    if found["ok"]:
        return f"{name} answers: OBS {found['obs_version']}, {found['protocol']}."
    error = found["error"]
    return f"{name} cannot be reached: {error['message']}. {error['hint']}".rstrip()


def _ask(fleet: ObsFleet, name: str | None, words: Sequence[str]) -> str:
    request, args = _request(words)
    if name is None:
        if len(fleet) != 1:
            hint = f"Add `on NAME`: {', '.join(fleet)}." if len(fleet) else "`obs add NAME PORT` takes one in."
            raise CommandError("which OBS instance?", hint=hint)
        name = next(iter(fleet))
    given = fleet.command("obs.do", name=name, request=request, args=args)
    return f"{name}: {' '.join(words)}" + ("." if given is None else f": {given}")


def _request(words: Sequence[str]) -> tuple[str, Mapping[str, Any]]:
    """Return the request that the words stand for, and its arguments."""
    match list(words):
        case ["scene" | "preview" as request, *name] if name:
            return request, {"scene": " ".join(name)}
        case ["take" | "reconnect" as request]:
            return request, {}
        case ["studio", "on" | "off" as word]:
            return "studio", {"enabled": word == "on"}
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
    raise CommandError(f"what does {' '.join(words)!r} mean?", hint=f"obs {USAGE}")
