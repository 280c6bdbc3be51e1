"""What can be asked of an OBS, by name and with plain values, so that it can be sent, stored and written in a rule.

``REQUESTS`` is the list; ``Action`` is one of them with its arguments, checked when it is made; ``perform`` does it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from restrike_lab.obs.errors import ActionFailed, FleetError, WrongState
from restrike_lab.obs.instance import is_this_machine
from restrike_lab.obs.naming import file_name, folder

if TYPE_CHECKING:
    from restrike_lab.obs.client import Client

__all__ = ["REQUESTS", "Action", "ActionKind", "Context", "filled", "perform"]

Args = Mapping[str, Any]
Values = Mapping[str, str]


@dataclass(slots=True)
class Context:
    """What actions need besides the client: values for patterns, and the scenes to go back to, by instance."""

    values: Values = field(default_factory=dict)
    before: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ActionKind:
    """One thing that OBS can be asked: its arguments with their types, and how it is done."""

    help: str
    run: Callable[[Client, Args, Context], Awaitable[Any]]
    needs: Mapping[str, type] = field(default_factory=dict)


async def _scene(client: Client, args: Args, context: Context) -> None:
    before, scene = client.state.scene, args["scene"]
    await client.set_scene(scene)
    if before is not None and before != scene:
        context.before[client.name] = before


async def _back(client: Client, _args: Args, context: Context) -> str:
    before = context.before.pop(client.name, None)
    if before is None:
        raise WrongState("there is no scene to go back to", hint="A scene must have been put on by the lab before.")
    await client.set_scene(before)
    return before


async def _preview(client: Client, args: Args, _context: Context) -> None:
    await client.set_preview(args["scene"])


async def _studio(client: Client, args: Args, _context: Context) -> None:
    await client.set_studio_mode(args["enabled"])


async def _transition(client: Client, args: Args, _context: Context) -> None:
    await client.set_transition(args["name"])


async def _transitions(client: Client, _args: Args, _context: Context) -> dict[str, Any]:
    known = await client.transitions()
    return {"names": list(known.names), "current": known.current}


async def _visible(client: Client, args: Args, _context: Context) -> None:
    await client.set_item_visible(args["scene"], args["item"], args["visible"])


async def _chapter(client: Client, args: Args, context: Context) -> str:
    text = filled(args["text"], context.values)
    await client.add_chapter(text)
    return text


async def _file_name(client: Client, args: Args, context: Context) -> str:
    name = file_name(args["pattern"], context.values)
    await client.set_file_name(name)
    return name


async def _folder(client: Client, args: Args, context: Context) -> str:
    path = folder(args["pattern"], context.values)
    if is_this_machine(client.instance.host):
        await asyncio.to_thread(_make, Path(path))
    await client.set_record_folder(path)
    return path


def _make(path: Path) -> None:
    """Make a folder: OBS makes none, and opens a dialog when it is to record where there is none [measured]."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        hint = "Choose a folder in which this user may write."
        raise ActionFailed(f"the folder {path} cannot be made: {problem.strerror}", text="", hint=hint) from None


async def _reconnect(client: Client, _args: Args, _context: Context) -> None:
    client.reconnect()


def _plain(name: str) -> Callable[[Client, Args, Context], Awaitable[Any]]:
    async def run(client: Client, _args: Args, _context: Context) -> Any:
        return await getattr(client, name)()

    return run


REQUESTS: Mapping[str, ActionKind] = {
    "scene": ActionKind("Put a scene into the program.", _scene, {"scene": str}),
    "back": ActionKind("Go back to the scene before the last one that the lab put on.", _back),
    "preview": ActionKind("Put a scene into the preview (studio mode).", _preview, {"scene": str}),
    "studio": ActionKind("Switch studio mode.", _studio, {"enabled": bool}),
    "take": ActionKind("Bring the preview into the program (studio mode).", _plain("take")),
    "transition": ActionKind("Use another transition from now on.", _transition, {"name": str}),
    "transitions": ActionKind("Tell the transitions, and the one that is used.", _transitions),
    "visible": ActionKind("Show or hide an item of a scene.", _visible, {"scene": str, "item": str, "visible": bool}),
    "record.start": ActionKind("Begin a recording.", _plain("start_record")),
    "record.stop": ActionKind("End the recording; gives its path.", _plain("stop_record")),
    "record.pause": ActionKind("Pause the recording.", _plain("pause_record")),
    "record.resume": ActionKind("Go on with a paused recording.", _plain("resume_record")),
    "record.split": ActionKind("Go on in a new file.", _plain("split_record")),
    "chapter": ActionKind("Put a chapter mark into the recording.", _chapter, {"text": str}),
    "stream.start": ActionKind("Begin to stream.", _plain("start_stream")),
    "stream.stop": ActionKind("End the stream.", _plain("stop_stream")),
    "replay.start": ActionKind("Begin to fill the replay buffer.", _plain("start_replay")),
    "replay.stop": ActionKind("Stop the replay buffer.", _plain("stop_replay")),
    "replay.save": ActionKind("Save the replay buffer; gives the path.", _plain("save_replay")),
    "file_name": ActionKind("Name the next files from the bout.", _file_name, {"pattern": str}),
    "folder": ActionKind(
        "Choose the folder of the next files from the bout; it is made where OBS runs on this machine.",
        _folder,
        {"pattern": str},
    ),
    "reconnect": ActionKind("Try to connect now.", _reconnect),
}
"""Every request by name."""


@dataclass(frozen=True, slots=True)
class Action:
    """A request with its arguments. Raises ``FleetError`` for a request that does not exist or lacks what it needs."""

    request: str
    args: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        kind = REQUESTS.get(self.request)
        if kind is None:
            raise FleetError(f"OBS has no request {self.request!r}", hint=f"Requests: {', '.join(REQUESTS)}.")
        usage = ", ".join(f"{name} ({each.__name__})" for name, each in kind.needs.items()) or "no arguments"
        for name, each in kind.needs.items():
            if not isinstance(self.args.get(name), each):
                raise FleetError(f"{self.request} needs {name}", hint=f"{self.request} takes {usage}.")
        if surplus := sorted(set(self.args) - set(kind.needs)):
            raise FleetError(f"{self.request} has no {surplus[0]!r}", hint=f"{self.request} takes {usage}.")

    @property
    def subject(self) -> str:
        """What of OBS it changes: two actions on the same subject can contradict each other."""
        return {"preview": "scene", "take": "scene", "back": "scene"}.get(self.request, self.request.partition(".")[0])


def filled(text: str, values: Values) -> str:
    """Return a text with every ``{name}`` of ``values`` replaced, all others left as they stand."""
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


async def perform(client: Client, action: Action, context: Context) -> Any:
    """Do an action and return what OBS gives, such as the path of a file; raises what the client raises."""
    return await REQUESTS[action.request].run(client, action.args, context)
