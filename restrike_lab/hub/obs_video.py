"""The video clock in the hub: every instance watched, what is seen kept, and hazards told.

Lives in the thread of the fleet. A watch begins when its instance is first seen there and ends with it; what it knows
is written between two groups like everything else about OBS, so that it never holds a datagram up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from restrike_lab.obs.client import Client
from restrike_lab.obs.fleet import Fleet
from restrike_lab.obs.repository import Run
from restrike_lab.obs.video_fit import Recorded, Replayed
from restrike_lab.obs.video_rows import last_open, statements
from restrike_lab.obs.video_watch import Hazard, VideoWatch

__all__ = ["VideoClocks"]

Keep = Callable[[str, Sequence[Sequence[Any]]], None]


class VideoClocks:
    """Watch the instances of a fleet.

    ``run`` carries out a statement and waits for its rows, ``keep`` carries one out with every row some time; ``tell``
    sends an alert, ``changed`` has the picture shown.
    """

    def __init__(
        self,
        fleet: Fleet,
        epoch: int,
        run: Run,
        keep: Keep,
        tell: Callable[[Mapping[str, Any]], None],
        changed: Callable[[], None],
    ) -> None:
        self.epoch = epoch
        self.run = run
        self.keep = keep
        self.tell = tell
        self.changed = changed
        self.watches: dict[str, VideoWatch] = {}
        self.clients: dict[str, Client] = {}
        fleet.watch(self.take_in)

    def take_in(self, client: Client) -> None:
        """Watch an instance that is new (the fleet tells of each, and of every change)."""
        if self.clients.get(client.name) is client:
            return
        self.clients[client.name] = client
        self.watches[client.name] = VideoWatch(
            client, self.note, self.warn, epoch=self.epoch, resume=lambda: last_open(self.run, client.name)
        )

    def note(self, found: Recorded | Replayed) -> None:
        """Keep what is known of a recording or a replay."""
        for sql, rows in statements(found):
            self.keep(sql, rows)

    def warn(self, hazard: Hazard) -> None:
        """Tell of something that would be noticed when it is too late."""
        alert = {"source": "obs", "level": hazard.level, "message": hazard.message, "hint": hazard.hint}
        self.tell(alert)
        self.changed()

    def view(self, name: str) -> dict[str, str] | None:
        """Return what is wrong with the present or last recording of an instance, ``None`` where all is well."""
        hazard = self.watches[name].hazard if name in self.watches else None
        return None if hazard is None else {"level": hazard.level, "message": hazard.message, "hint": hazard.hint}

    async def stop(self) -> None:
        """Watch no more."""
        for watch in self.watches.values():
            await watch.stop()
