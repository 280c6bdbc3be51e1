"""``lab.obs``: every OBS of the lab by name, in words instead of requests.

::

    lab.obs.add("ring1", port=4455, password="...")
    lab.obs["ring1"].scene = "Replay"           # done when OBS has accepted it
    path = lab.obs["ring1"].save_replay()
    await lab.obs["ring1"].asking("record.start")

What is read is what the hub told last; what is asked goes through the hub, which keeps the sessions.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

from restrike_lab.client.errors import CommandError
from restrike_lab.client.feed import LiveFeed
from restrike_lab.client.obs_rules import ObsRules

__all__ = ["ObsFleet", "ObsInstance", "details_of"]

ASK_SECONDS = 30.0
"""Longer than OBS may take for anything: it has its own limits, and they explain more."""


class ObsInstance:
    """One OBS. Every method waits until it is done and raises :class:`CommandError` with the way out."""

    def __init__(self, feed: LiveFeed, name: str) -> None:
        self._feed = feed
        self.name = name

    def ask(self, request: str, /, court: str | None = None, **args: Any) -> Any:
        """Ask for something by its name, such as ``ask("scene", scene="Replay")``; return what OBS gives.

        ``court`` says whose bout fills a pattern, the first court's unless told.
        """
        asked = {"name": self.name, "request": request, "args": args, "court": court}
        return self._feed.command("obs.do", asked, ASK_SECONDS)

    async def asking(self, request: str, /, court: str | None = None, **args: Any) -> Any:
        """Do as ``ask`` does, to be awaited."""
        return await asyncio.to_thread(self.ask, request, court, **args)

    # -- what is known -----------------------------------------------------------------------------------------------

    @property
    def state(self) -> Mapping[str, Any]:
        """Everything the hub knows of it; raises :class:`CommandError` where it is not kept (any more)."""
        for each in self._feed.obs.get("instances", ()):
            if each["name"] == self.name:
                found: Mapping[str, Any] = each
                return found
        raise CommandError(f"there is no OBS instance {self.name!r}", hint="lab.obs lists them.")

    @property
    def connected(self) -> bool:
        """Whether there is a session."""
        return bool(self.state["connected"])

    @property
    def scenes(self) -> list[str]:
        """The scenes, topmost first."""
        return list(self.state["scenes"])

    @property
    def scene(self) -> str | None:
        """The scene in the program; setting it changes it."""
        return self.state["scene"]  # type: ignore[no-any-return]

    @scene.setter
    def scene(self, name: str) -> None:
        self.ask("scene", scene=name)

    @property
    def preview(self) -> str | None:
        """The scene in the preview of studio mode; setting it changes it."""
        return self.state["preview"]  # type: ignore[no-any-return]

    @preview.setter
    def preview(self, name: str) -> None:
        self.ask("preview", scene=name)

    @property
    def studio_mode(self) -> bool | None:
        """Whether studio mode is on; setting it switches it."""
        return self.state["studio_mode"]  # type: ignore[no-any-return]

    @studio_mode.setter
    def studio_mode(self, enabled: bool) -> None:
        self.ask("studio", enabled=enabled)

    @property
    def recording(self) -> bool:
        """Whether a recording runs, paused or not."""
        return bool(self.state["recording"])

    @property
    def transitions(self) -> list[str]:
        """The transitions that there are, asked of OBS."""
        return list(self.ask("transitions")["names"])

    @property
    def transition(self) -> str | None:
        """The transition that is used, asked of OBS; setting it uses another."""
        return self.ask("transitions")["current"]  # type: ignore[no-any-return]

    @transition.setter
    def transition(self, name: str) -> None:
        self.ask("transition", name=name)

    # -- what can be done ----------------------------------------------------------------------------------------------

    def take(self) -> None:
        """Bring the preview into the program (studio mode)."""
        self.ask("take")

    def back(self) -> str:
        """Go back to the scene before the last one that the lab put on, and return it."""
        return str(self.ask("back"))

    def show(self, scene: str, item: str, visible: bool = True) -> None:
        """Show an item of a scene, or hide it."""
        self.ask("visible", scene=scene, item=item, visible=visible)

    def start_record(self) -> None:
        """Begin a recording."""
        self.ask("record.start")

    def stop_record(self) -> str | None:
        """End the recording and return the path of its file as that OBS has it."""
        return self.ask("record.stop")  # type: ignore[no-any-return]

    def pause_record(self) -> None:
        """Pause the recording."""
        self.ask("record.pause")

    def resume_record(self) -> None:
        """Go on with a paused recording."""
        self.ask("record.resume")

    def split_record(self) -> None:
        """Go on in a new file."""
        self.ask("record.split")

    def add_chapter(self, text: str) -> None:
        """Put a chapter mark into the recording."""
        self.ask("chapter", text=text)

    def name_files(self, pattern: str, court: str | None = None) -> str:
        """Name the next files after the bout of a court, such as ``"{number} {blue}-{red}"``, and return the name."""
        return str(self.ask("file_name", court, pattern=pattern))

    def choose_folder(self, pattern: str, court: str | None = None) -> str:
        """Choose where the next files go, such as ``"D:/{date}/{weight}"``, and return the folder."""
        return str(self.ask("folder", court, pattern=pattern))

    def start_stream(self) -> None:
        """Begin to stream."""
        self.ask("stream.start")

    def stop_stream(self) -> None:
        """End the stream."""
        self.ask("stream.stop")

    def start_replay(self) -> None:
        """Begin to fill the replay buffer."""
        self.ask("replay.start")

    def stop_replay(self) -> None:
        """Stop the replay buffer."""
        self.ask("replay.stop")

    def save_replay(self) -> str | None:
        """Save the replay buffer and return the path, None where OBS does not tell it."""
        return self.ask("replay.save")  # type: ignore[no-any-return]

    def reconnect(self) -> None:
        """Try to connect now."""
        self.ask("reconnect")

    def __repr__(self) -> str:
        return f"<{line_of(self.state)}>"


class ObsFleet(Mapping[str, ObsInstance]):
    """The instances by name."""

    def __init__(self, feed: LiveFeed) -> None:
        self._feed = feed

    def __getitem__(self, name: str) -> ObsInstance:
        if not any(each["name"] == name for each in self.instances):
            known = ", ".join(self) or "none yet; lab.obs.add(...) takes one in"
            raise KeyError(f"there is no OBS instance {name!r} (instances: {known})")
        return ObsInstance(self._feed, name)

    def __iter__(self) -> Iterator[str]:
        return iter([each["name"] for each in self.instances])

    def __len__(self) -> int:
        return len(self.instances)

    def __repr__(self) -> str:
        return "\n".join(map(line_of, self.instances)) or "no OBS instances yet"

    @property
    def instances(self) -> list[dict[str, Any]]:
        """Everything the hub knows of every instance."""
        return list(self._feed.obs.get("instances", ()))

    @property
    def rules(self) -> ObsRules:
        """What works OBS by itself: ``lab.obs.rules``, ``.switch("record-load")``, ``.rehearse(match_id)``."""
        return ObsRules(self)

    def add(
        self,
        name: str,
        host: str = "127.0.0.1",
        port: int = 4455,
        password: str | None = None,
        role: str = "",
        *,
        enabled: bool = True,
    ) -> ObsInstance:
        """Take an OBS in and connect to it; ``role`` is your own word for what it is there for."""
        settings = {"host": host, "port": port, "password": password, "role": role, "enabled": enabled}
        self.command("obs.add", name=name, **settings)
        self._feed.wait(lambda feed: name in ObsFleet(feed), 2.0)
        return ObsInstance(self._feed, name)

    def change(self, name: str, **settings: Any) -> None:
        """Change ``host``, ``port``, ``password``, ``role`` or ``enabled``."""
        self.command("obs.change", name=name, **settings)

    def remove(self, name: str) -> None:
        """Forget an instance."""
        self.command("obs.remove", name=name)

    def test(self, name: str | None = None, **settings: Any) -> dict[str, Any]:
        """Try to reach an instance, or an address: ``test(host="10.0.0.7", port=4455)``; ``["ok"]`` tells."""
        given = settings if name is None else {"name": name, **settings}
        found: dict[str, Any] = self.command("obs.test", **given)
        return found

    def until_connected(self, name: str, seconds: float = 20.0) -> None:
        """Wait for the session with an instance; raises :class:`CommandError` saying what stands in its way."""
        if not self._feed.wait(lambda feed: ObsInstance(feed, name).connected, seconds):
            why = ObsInstance(self._feed, name).state["error"] or {"message": "there is no answer yet", "hint": ""}
            raise CommandError(f"{name} is not connected: {why['message']}", hint=why["hint"])

    def command(self, command: str, /, **args: Any) -> Any:
        """Send one of the hub's commands about OBS."""
        return self._feed.command(command, args, ASK_SECONDS)


def line_of(each: Mapping[str, Any]) -> str:
    """Return an instance in one line."""
    what = [f"{each['name']}: {each['host']}:{each['port']}", each["role"], link_text(each)]
    if each["connected"]:
        what += [
            f"OBS {each['obs_version']} ({each['protocol']})",
            f"scene {each['scene']}",
            "paused" if each["paused"] else "recording" if each["recording"] else "not recording",
            "streaming" if each["streaming"] else "",
            "replay buffer" if each["replaying"] else "",
        ]
    return ", ".join(part for part in what if part)


def details_of(each: Mapping[str, Any]) -> str:
    """Return everything that is known of an instance, a line for each thing."""
    lines = {
        "address": f"{each['host']}:{each['port']}" + (", with a password" if each["password"] else ", no password"),
        "role": each["role"],
        "connection": link_text(each),
        "last error": ". ".join(filter(None, (each["last_error"] or {}).values())),
    }
    if each["connected"]:
        lines |= {
            "version": f"OBS {each['obs_version']}, obs-websocket {each['websocket_version']} ({each['protocol']})",
            "scene": each["scene"],
            "scenes": ", ".join(each["scenes"]),
            "hidden": ", ".join(
                f"{item['name']} in {scene}"
                for scene, items in each["items"].items()
                for item in items
                if item["visible"] is False
            ),
            "studio mode": f"on, preview {each['preview']}" if each["studio_mode"] else "off",
            "recording": "paused" if each["paused"] else (each["record_path"] or "on") if each["recording"] else "off",
            "stream": "on" if each["streaming"] else "off",
            "replay buffer": "on" if each["replaying"] else "off",
            "last replay": each["last_replay"],
            "collection": each["collection"],
            "profile": each["profile"],
            "frames": f"{each['frames_skipped']} dropped of {each['frames']}" if each["frames"] is not None else "",
            "disk left": f"{each['disk_free_mb'] / 1000:.1f} GB" if each["disk_free_mb"] is not None else "",
            "CPU": f"{each['cpu_percent']} %" if each["cpu_percent"] is not None else "",
        }
    return "\n".join([each["name"], *(f"  {name:14}{value}" for name, value in lines.items() if value)])


def link_text(each: Mapping[str, Any]) -> str:
    """Return how the connection is, with the reason where there is none."""
    if each["connected"]:
        return "connected" if each["responding"] else "connected, does not answer"
    if not each["enabled"]:
        return "switched off"
    return f"{each['link']}: {each['error']['message']}" if each["error"] else str(each["link"])
