"""Which hub a lab listens to: the one that runs, or one that this process hosts.

The live feed asks ``locate`` whenever it has to connect. A hub that runs is attached to. Where none does, and only
then, one is started in this process; the lock of the data directory decides between several that try at once, and
those that lose attach to the one that won. So a takeover is nothing but the next connection. It listens where the hub
before it listened, whatever this lab's own settings say: the consoles have not moved.

A hub that died is replaced, and so is one in a notebook that was closed. A hub that somebody ran as a process of its
own and ended on purpose is not: its ports stay free for the next one, and the lab attaches to that.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from restrike_lab.client.errors import NoHubError
from restrike_lab.client.feed import Address
from restrike_lab.hub.callers import REMOTE_HEADER
from restrike_lab.hub.errors import OwnedElsewhere
from restrike_lab.hub.ownership import read_address
from restrike_lab.store.errors import StoreError
from restrike_lab.store.reader import Reader

__all__ = ["Attachment", "Courts", "Hosted", "is_screen", "remote_of"]

STARTING_POLL_S = 0.05


Courts = Mapping[str, int]
"""UDP port by court name."""


class Hosted(Protocol):
    """What an attachment needs of a hub."""

    @property
    def address(self) -> object | None:
        """Where it answers; None before it was started and once somebody stopped it."""

    def start(self) -> object:
        """Become the owner and serve; raises ``OwnedElsewhere`` when another hub is."""

    def stop(self) -> None:
        """Store what has arrived and give everything back."""


class Attachment:
    """Find the hub of one data directory, and host one if it is allowed to (``make_hub`` is given).

    ``make_hub`` takes the courts to listen for, none where its own settings are to be used.
    ``fixed`` is an address given by the user: then nothing is looked up and nothing is started. In the kernel of a
    page that Voila serves the lab is a screen: it attaches with the token that only looks (``hub.access``).
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        make_hub: Callable[[Courts], Hosted] | None = None,
        fixed: Address | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.data_dir = data_dir
        self._environment = os.environ if environment is None else environment
        self._make_hub = make_hub
        self.fixed = fixed
        self._hub: Hosted | None = None
        self._attached = False
        self._guard = threading.RLock()
        self._closed = False

    @property
    def hosting(self) -> bool:
        """Tell whether the hub runs in this process and was started from here."""
        return self._hub is not None and self._hub.address is not None

    def locate(self) -> Address:
        """Return the address to connect to, starting a hub where none runs and that is allowed.

        An owner that does not answer is still the owner, for as long as it lives. Raises :class:`NoHubError` when there
        is nothing to connect to yet, and what the hub raises when it cannot start (a port in use, a directory that
        cannot be written).
        """
        if self.fixed is not None:
            return self.fixed
        with self._guard:
            if self._closed:
                raise NoHubError("this lab is closed", hint="Open another one with `Lab()`.")
            found = self._running()
            if self._hub is not None and not self.hosting:
                self._hub.stop()  # waits for the one who stopped it, so that what runs now is somebody else's
                found = self._running()
                if found is None:
                    raise self._was_stopped()
                self._hub = None
            if found is None and self._make_hub is not None:
                self._host(self._make_hub)
                found = self._running()
            if found is None:
                raise NoHubError(
                    f"no hub is running for {self.data_dir}",
                    hint="Start one with `restrike-lab up`, or open the lab with start='thread'.",
                )
            self._attached = True
            return found

    def find(self, timeout: float) -> Address:
        """Return as ``locate`` does, waiting up to ``timeout`` seconds for a hub that is just starting or stopping."""
        end = time.monotonic() + timeout
        while True:
            try:
                return self.locate()
            except NoHubError:
                if self._make_hub is None or self._closed or time.monotonic() > end:
                    raise
            time.sleep(STARTING_POLL_S)

    def close(self) -> None:
        """Stop the hub if it is hosted here; safe to call twice."""
        with self._guard:
            self._closed = True
            hub, self._hub = self._hub, None
        if hub is not None:
            hub.stop()

    def _running(self) -> Address | None:
        found = read_address(self.data_dir)
        if found is None:
            return None
        on_screen = is_screen(self._environment)
        token, remote = (found.screen, remote_of(self._environment)) if on_screen else (found.token, "")
        return Address(found.url, token, found.pid, found.mode, found.certificate, remote)

    def _host(self, make_hub: Callable[[Courts], Hosted]) -> None:
        """Start a hub here unless another one owns the directory, or the last one was ended on purpose."""
        if self._hub is not None:
            self._hub.stop()  # it died inside without being stopped
            self._hub = None
        elif self._attached and _ended_on_purpose(self.data_dir):
            raise self._was_stopped()
        hub = make_hub(_last_courts(self.data_dir) if self._attached else {})
        try:
            hub.start()
        except OwnedElsewhere:
            return
        self._hub = hub

    def _was_stopped(self) -> NoHubError:
        return NoHubError(
            f"the hub of {self.data_dir} was stopped",
            hint="Start it again, or open another lab to host one here; this lab attaches by itself.",
        )


def is_screen(environment: Mapping[str, str]) -> bool:
    """Tell whether this is the kernel of a page that anybody may look at: it must not act as the machine's owner."""
    heated = "VOILA_PREHEAT" in environment  # a kernel that Voila started before there was a page
    return heated or environment.get("SERVER_SOFTWARE", "").startswith("voila/")


def remote_of(environment: Mapping[str, str]) -> str:
    """Return the address at which the page of this kernel is looked at, as far as the server told."""
    return environment.get("HTTP_" + REMOTE_HEADER.upper().replace("-", "_"), "")


def _ended_on_purpose(data_dir: Path) -> bool:
    """Tell whether the last hub of a directory was a process of its own and ended cleanly.

    A hub in a notebook ends cleanly too when its kernel is shut down; that says nothing about those who still listen.
    """
    last = _rows(data_dir, "SELECT mode, clean FROM hub_epochs ORDER BY epoch DESC LIMIT 1")
    return last == [("process", 1)]


def _last_courts(data_dir: Path) -> Courts:
    """Return the courts of the last hub of a directory and their ports."""
    last = "SELECT court, port FROM pss_sessions WHERE epoch = (SELECT max(epoch) FROM pss_sessions)"
    return dict(_rows(data_dir, last))


def _rows(data_dir: Path, query: str) -> list[Any]:
    try:
        with contextlib.closing(Reader.open(data_dir)) as reader:
            return reader.query(query).rows
    except StoreError:
        return []
