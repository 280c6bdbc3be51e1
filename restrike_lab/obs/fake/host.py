"""Fake servers in a thread of their own, for a demo and for tests that are no coroutines."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

from restrike_lab.obs.fake.server import FakeObs

__all__ = ["FakeThread"]


class FakeThread:
    """Host fake servers: ``ports = FakeThread([FakeV5()]).start()``."""

    def __init__(self, servers: Sequence[FakeObs]) -> None:
        self.servers = servers
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._work, name="restrike-fake-obs", daemon=True)

    def start(self, ports: Sequence[int] = ()) -> list[int]:
        """Begin to serve, on the given ports or on free ones; return them."""
        self._thread.start()
        wanted = [*ports, *[0] * (len(self.servers) - len(ports))]
        starts = [server.start(port) for server, port in zip(self.servers, wanted, strict=True)]
        return [asyncio.run_coroutine_threadsafe(start, self.loop).result() for start in starts]

    def stop(self) -> None:
        """End as OBS ends; idempotent."""
        if self._thread.is_alive():
            for server in self.servers:
                asyncio.run_coroutine_threadsafe(server.stop(), self.loop).result()
            self.loop.call_soon_threadsafe(self.loop.stop)
            self._thread.join()

    def _work(self) -> None:
        try:
            self.loop.run_forever()
        finally:
            self.loop.close()
