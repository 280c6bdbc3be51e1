"""What can be asked of an OBS, by name and with plain values, so that it can be sent, stored and written in a rule.

``REQUESTS`` is the list; ``Action`` is one of them with its arguments, checked when it is made; ``perform`` does it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from restrike_lab.obs.errors import FleetError
from restrike_lab.obs.naming import file_name, folder

if TYPE_CHECKING:
    from restrike_lab.obs.client import Client

__all__ = ["REQUESTS", "Action", "ActionKind", "filled", "perform"]

Args = Mapping[str, Any]
Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ActionKind:
    """One thing that OBS can be asked: its arguments with their types, and how it is done."""

    help: str
    run: Callable[[Client, Args, Values], Awaitable[Any]]
    needs: Mapping[str, type] = field(default_factory=dict)


async def _scene(client: Client, args: Args, _values: Values) -> None:
    await client.set_scene(args["scene"])


async def _preview(client: Client, args: Args, _values: Values) -> None:
    await client.set_preview(args["scene"])


async def _studio(client: Client, args: Args, _values: Values) -> None:
    await client.set_studio_mode(args["enabled"])


async def _visible(client: Client, args: Args, _values: Values) -> None:
    await client.set_item_visible(args["scene"], args["item"], args["visible"])


async def _chapter(client: Client, args: Args, values: Values) -> str:
    text = filled(args["text"], values)
    await client.add_chapter(text)
    return text


async def _file_name(client: Client, args: Args, values: Values) -> str:
    name = file_name(args["pattern"], values)
    await client.set_file_name(name)
    return name


async def _folder(client: Client, args: Args, values: Values) -> str:
    path = folder(args["pattern"], values)
    await client.set_record_folder(path)
    return path


async def _reconnect(client: Client, _args: Args, _values: Values) -> None:
    client.reconnect()


def _plain(name: str) -> Callable[[Client, Args, Values], Awaitable[Any]]:
    async def run(client: Client, _args: Args, _values: Values) -> Any:
        return await getattr(client, name)()

    return run


REQUESTS: Mapping[str, ActionKind] = {
    "scene": ActionKind("Put a scene into the program.", _scene, {"scene": str}),
    "preview": ActionKind("Put a scene into the preview (studio mode).", _preview, {"scene": str}),
    "studio": ActionKind("Switch studio mode.", _studio, {"enabled": bool}),
    "take": ActionKind("Bring the preview into the program (studio mode).", _plain("take")),
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
    "folder": ActionKind("Choose the folder of the next files from the bout.", _folder, {"pattern": str}),
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
        return {"preview": "scene", "take": "scene"}.get(self.request, self.request.partition(".")[0])


def filled(text: str, values: Values) -> str:
    """Return a text with every ``{name}`` of ``values`` replaced, all others left as they stand."""
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


async def perform(client: Client, action: Action, values: Values) -> Any:
    """Do an action and return what OBS gives, such as the path of a file; raises what the client raises.

    ``values`` fill the patterns of names, folders and chapters.
    """
    return await REQUESTS[action.request].run(client, action.args, values)
