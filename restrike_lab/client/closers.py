"""What a lab holds and gives back, and how it hosts a hub: apart from the lab, so that a forgotten one can go."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from restrike_lab.client.attach import Attachment, Courts, Hosted
from restrike_lab.client.feed import LiveFeed
from restrike_lab.hub.config import HubConfig

if TYPE_CHECKING:
    from restrike_lab.client.flags import FlagCache
    from restrike_lab.client.quality import Quality
    from restrike_lab.client.query import Query

__all__ = ["Closers", "hub_maker"]


class Closers:
    """What a lab has to give back; it holds no reference to the lab, so a lab that is forgotten can be collected."""

    def __init__(self, feed: LiveFeed, attachment: Attachment) -> None:
        self._feed = feed
        self._attachment = attachment
        self.query: Query | None = None
        self.quality: Quality | None = None
        self.flags: FlagCache | None = None
        self.guard = threading.Lock()
        self.closed = False
        atexit.register(self.close)

    def close(self) -> None:
        atexit.unregister(self.close)
        self.closed = True
        self._feed.close()
        self._attachment.close()
        with self.guard:
            for each in (self.query, self.quality):
                if each is not None:
                    each.close()

    def abandon(self) -> None:
        """Give back what a forgotten lab held, except a hub that is recording: that would lose messages."""
        if not self._attachment.hosting:
            self.close()


def hub_maker(config: HubConfig) -> Callable[[Courts], Hosted]:
    """Return a function that makes a hub; the hub's own modules are loaded only where one is hosted."""

    def make(courts: Courts) -> Hosted:
        from restrike_lab.hub.hub import Hub

        settings = HubConfig(**config.as_given())
        settings.given.update({name: by for name, by in config.given.items() if name in settings.given or "." in name})
        if courts:
            settings.courts = dict(courts)
        return Hub(settings)

    return make
