"""The OBS behind the fake servers: scenes, items, outputs, and how long their changes take.

The studio knows no protocol. It tells its listeners what happens as ``Happening`` values, and refuses with ``Refusal``;
``five`` and ``four`` put both into their own words.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from restrike_lab.obs.fake.parts import FakeItem, FakeOutput, FakeSound, Happening, Pace, Refusal
from restrike_lab.obs.fake.troubles import Troubles

__all__ = ["Studio"]

SCENES: Mapping[str, Sequence[str]] = {"Ring1": ("Overlay", "Mat"), "Replay": ("Mat",), "Idle": ("Black",)}
"""Scenes and their sources, topmost first."""

REPLAY_SECONDS = 10.0


PLACEHOLDERS = {"%CCYY": "%Y", "%MM": "%m", "%DD": "%d", "%hh": "%H", "%mm": "%M", "%ss": "%S"}
"""OBS's own words for the time in names of files, each with Python's."""


class Studio:
    """One pretended OBS. ``listeners`` are told everything that happens; needs a running asyncio loop for changes."""

    def __init__(
        self,
        scenes: Mapping[str, Sequence[str]] = SCENES,
        *,
        pace: Pace | None = None,
        troubles: Troubles | None = None,
        folder: str = "/obs/rec",
        collections: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
    ) -> None:
        self.pace = pace or Pace()
        self.troubles = troubles or Troubles()
        self.collections = {"Test": scenes, **(collections or {})}
        self.collection = "Test"
        self.profiles = ["Test"]
        self.profile = "Test"
        self.parameters: dict[tuple[str, str], str] = {
            ("Output", "Mode"): "Simple",
            ("Output", "FilenameFormatting"): "%CCYY-%MM-%DD %hh-%mm-%ss",
        }
        self.folder = folder
        self.studio_mode = False
        self.transitions = ("Cut", "Fade")
        self.transition = "Cut"
        self.record = FakeOutput("record")
        self.stream = FakeOutput("stream")
        self.replay = FakeOutput("replay")
        self.replay_enabled = True
        self.last_replay: str | None = None
        self.splitting_possible = False
        self.film: Callable[[str, float], None] = lambda _path, _seconds: None
        """Called with the path and the length of every video that a real OBS would have written."""
        self.named: dict[str, int] = {}
        self.chapters_possible = False
        self.chapters: list[tuple[str, int]] = []
        self.service: tuple[str, Mapping[str, Any]] = ("rtmp_common", {})
        self.settings: dict[str, dict[str, Any]] = {}
        self.sounds: dict[str, FakeSound] = {}
        self.changing = False
        self.listeners: list[Callable[[Happening], None]] = []
        self.timers: set[asyncio.TimerHandle] = set()
        self.load(scenes)

    def load(self, scenes: Mapping[str, Sequence[str]]) -> None:
        """Take the scenes of a collection."""
        self.scenes = {
            name: [FakeItem(len(sources) - i, source) for i, source in enumerate(sources)]
            for name, sources in scenes.items()
        }
        self.program = next(iter(self.scenes))
        self.preview = self.program

    def tell(self, kind: str, **facts: Any) -> None:
        """Tell the listeners that something happened."""
        for listener in tuple(self.listeners):
            listener(Happening(kind, facts))

    def later(self, seconds: float, function: Callable[[], None]) -> None:
        """Do something after a while, at once for none."""
        if seconds <= 0:
            function()
            return

        def run() -> None:
            self.timers.discard(timer)
            function()

        timer = asyncio.get_running_loop().call_later(seconds, run)
        self.timers.add(timer)

    def close(self) -> None:
        """Forget the changes that are on their way."""
        for timer in self.timers:
            timer.cancel()
        self.timers.clear()

    # -- scenes ----------------------------------------------------------------------------------------------------

    def require_scene(self, name: str) -> list[FakeItem]:
        """Return the items of a scene; refuses one that is not there."""
        if name not in self.scenes:
            raise Refusal("no scene", name)
        return self.scenes[name]

    def set_scene(self, name: str) -> None:
        """Put a scene into the program; the one that is there already makes nothing happen."""
        self.require_scene(name)
        before = self.program
        if name == before:
            return
        self.program = name
        swapped = self.studio_mode
        self.tell("transition began", source=before, target=name)

        def end() -> None:
            self.tell("transition video ended", source=before, target=name)
            if swapped:
                self.preview = before
                self.tell("preview", scene=before)
            self.tell("program", scene=name)
            self.tell("transition ended", target=name)

        self.later(self.pace.transition, end)

    def set_preview(self, name: str) -> None:
        """Put a scene into the preview."""
        self.require_studio_mode()
        self.require_scene(name)
        if name != self.preview:
            self.preview = name
            self.tell("preview", scene=name)

    def take(self) -> None:
        """Bring the preview into the program."""
        self.require_studio_mode()
        self.set_scene(self.preview)

    def require_studio_mode(self) -> None:
        """Refuse outside studio mode."""
        if not self.studio_mode:
            raise Refusal("studio mode off")

    def set_studio_mode(self, enabled: bool) -> None:
        """Switch studio mode; leaving it tells of two scenes, as the real one does."""
        if enabled == self.studio_mode:
            return
        self.studio_mode = enabled
        if enabled:
            self.preview = self.program
        else:
            self.tell("program", scene=self.preview)
            self.tell("program", scene=self.program)
        self.tell("studio mode", enabled=enabled)

    def set_transition(self, name: str) -> None:
        """Use another transition."""
        if name not in self.transitions:
            raise Refusal("no transition", name)
        self.transition = name

    def item(self, scene: str, key: int | str) -> FakeItem:
        """Return an item by its number or source; refuses one that is not there."""
        for item in self.require_scene(scene):
            if key in (item.number, item.source):
                return item
        raise Refusal("no item", str(key))

    def set_visible(self, scene: str, key: int | str, visible: bool) -> None:
        """Show or hide an item."""
        item = self.item(scene, key)
        if item.visible != visible:
            item.visible = visible
            self.tell("visibility", scene=scene, number=item.number, source=item.source, visible=visible)

    def sources(self) -> list[str]:
        """Return the names of all sources, the lowest of the first scene first."""
        names = [item.source for items in self.scenes.values() for item in reversed(items)]
        return list(dict.fromkeys(names))

    def settings_of(self, source: str) -> dict[str, Any]:
        """Return the settings of a source; refuses one that is not there."""
        if source not in self.sources():
            raise Refusal("no scene", source)
        return self.settings.setdefault(source, {})

    def sound_of(self, source: str) -> FakeSound:
        """Return how a source sounds; refuses one that is not there."""
        self.settings_of(source)
        return self.sounds.setdefault(source, FakeSound())

    def set_collection(self, name: str) -> None:
        """Change the scene collection."""
        if name not in self.collections:
            raise Refusal("no collection", name)
        if name == self.collection:
            return
        self.changing = True
        self.tell("collection changing", name=self.collection)
        self.flood()

        def end() -> None:
            self.changing = False
            self.collection = name
            self.load(self.collections[name])
            self.tell("collection changed", name=name)

        self.later(self.pace.collection, end)

    def set_profile(self, name: str) -> None:
        """Change the profile."""
        if name not in self.profiles:
            raise Refusal("no profile", name)
        self.tell("profile changing", name=self.profile)
        self.profile = name
        self.tell("profile changed", name=name)

    def flood(self) -> None:
        """Tell of scenes removed, as older servers do before a change of the collection and before they end."""
        for number in range(self.troubles.removal_flood):
            self.tell("scene removed", scene=f"Scene {number}")

    # -- outputs ---------------------------------------------------------------------------------------------------

    def new_path(self, prefix: str = "") -> str:
        """Return the path of a new file, named by the pattern; a name without a time is numbered when it comes back."""
        pattern = self.parameters["Output", "FilenameFormatting"]
        for placeholder, value in PLACEHOLDERS.items():
            pattern = pattern.replace(placeholder, time.strftime(value))
        name = f"{prefix}{pattern}"
        if pattern == self.parameters["Output", "FilenameFormatting"]:
            self.named[name] = count = self.named.get(name, 0) + 1
            name += f" ({count})" if count > 1 else ""
        return f"{self.folder}/{name}.mkv"

    def start(self, output: FakeOutput) -> None:
        """Start an output."""
        if output.active:
            raise Refusal(f"{output.name} active")
        if output is self.replay and not self.replay_enabled:
            raise Refusal("replay disabled")
        if self.troubles.forgotten_starts:
            self.troubles.forgotten_starts -= 1
            return

        def begin() -> None:
            self.tell(f"{output.name} starting")
            if output is self.stream and self.troubles.stream_stops:
                self.tell("stream stopped")
                return
            if output is self.stream and self.troubles.dialog_on_stream:
                return
            if f"{output.name} started" in self.troubles.never:
                return
            output.active, output.paused = True, False
            output.begun, output.paused_for = time.monotonic() + self.troubles.late_start_seconds, 0.0
            output.in_files_before = 0.0
            output.path = self.new_path() if output is self.record else None
            self.tell(f"{output.name} started", path=output.path)

        self.later(self.pace.starting, begin)

    def stop(self, output: FakeOutput) -> None:
        """Stop an output."""
        if not output.active:
            raise Refusal(f"{output.name} inactive")
        path, seconds = output.path, output.recorded_seconds()
        self.tell(f"{output.name} stopping", path=path)
        if f"{output.name} stopped" in self.troubles.never:
            return

        def end() -> None:
            if output.active:
                output.active = output.paused = False
                if path is not None:
                    self.film(path, seconds)
                self.tell(f"{output.name} stopped", path=path)

        self.later(self.pace.stopping, end)

    def toggle(self, output: FakeOutput) -> bool:
        """Start an output that is stopped and the other way round; return whether it runs now."""
        before = output.active
        (self.stop if before else self.start)(output)
        return not before

    def pause(self) -> None:
        """Pause the recording."""
        if not self.record.active:
            raise Refusal("pause inactive")
        if self.record.paused:
            raise Refusal("record paused")
        if self.forgotten():
            return

        def end() -> None:
            self.record.paused, self.record.paused_at = True, time.monotonic()
            self.tell("record paused")

        self.later(self.pace.pausing, end)

    def resume(self) -> None:
        """Go on with a paused recording."""
        if not self.record.paused:
            raise Refusal("record not paused")
        if self.forgotten():
            return

        def end() -> None:
            if self.record.paused:
                self.record.paused = False
                self.record.paused_for += time.monotonic() - self.record.paused_at
                self.tell("record resumed")

        self.later(self.pace.pausing, end)

    def split(self) -> None:
        """Go on in a new file."""
        if not self.record.active:
            raise Refusal("record inactive")
        if not self.splitting_possible or self.record.path is None:
            raise Refusal("no splitting")
        seconds = self.record.recorded_seconds()
        self.film(self.record.path, seconds)
        self.record.in_files_before += seconds
        self.record.path = self.new_path(f"{seconds:.3f} s ")
        self.tell("record file changed", path=self.record.path)

    def forgotten(self) -> bool:
        """Tell whether a pause or a resumption is to be forgotten."""
        if not self.troubles.forgotten_pauses:
            return False
        self.troubles.forgotten_pauses -= 1
        return True

    def save_replay(self) -> None:
        """Write the replay buffer to a file, which is only pretended."""
        if not self.replay.active:
            raise Refusal("replay inactive")
        if "replay saved" in self.troubles.never:
            return
        path = self.new_path("Replay ")

        def end() -> None:
            self.last_replay = path
            self.film(path, min(self.replay.recorded_seconds(), REPLAY_SECONDS))
            self.tell("replay saved", path=path)

        self.later(self.pace.saving, end)

    def last_replay_path(self) -> str:
        """Return the path of the last replay; refuses while the buffer does not run."""
        if not self.replay.active or self.last_replay is None:
            raise Refusal("replay inactive")
        return self.last_replay
