"""The kernel's end of the line between the live feed and a widget in the browser.

Messages from the page (``hello``, ``alive``, ``bye`` and what a widget adds) arrive on the kernel's main thread;
everything to the page is sent from the feed's thread or the watch's, directly, so that a running cell delays nothing.

``hello``  a page wants everything: the widget subscribes to the feed and answers.
``alive``  a page is still there (``presence.py``).
``pulse``  to the page, once a second: the kernel lives, and so is, or is not, the hub. A page that misses it
           calls itself stale.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import anywidget
import traitlets

from restrike_lab.widgets import presence
from restrike_lab.widgets.presence import Watch
from restrike_lab.widgets.voila import end_kernel, under_voila

__all__ = ["Batch", "CellProbe", "Feed", "LabLike", "LiveWidget", "watch_of"]


class Batch(Protocol):
    """What the feed delivers; ``client.intake.Batch`` is one."""

    @property
    def events(self) -> list[dict[str, Any]]: ...
    @property
    def courts(self) -> dict[str, dict[str, Any]]: ...
    @property
    def snapshot(self) -> bool: ...
    @property
    def resumed(self) -> bool: ...
    @property
    def desk(self) -> list[dict[str, Any]]: ...
    @property
    def metrics(self) -> dict[str, Any] | None: ...
    @property
    def judged(self) -> list[dict[str, Any]]: ...
    @property
    def anew(self) -> bool: ...
    @property
    def connected(self) -> bool: ...


class Feed(Protocol):
    """What a widget needs of ``Lab.live``."""

    @property
    def courts(self) -> dict[str, dict[str, Any]]: ...
    @property
    def connected(self) -> bool: ...
    @property
    def settings(self) -> dict[str, Any]: ...
    @property
    def last_seq(self) -> int: ...
    @property
    def epoch(self) -> int | None: ...
    def subscribe(self, callback: Callable[[Any], None]) -> Callable[[], None]: ...


class LabLike(Protocol):
    """What a widget needs of a ``Lab``."""

    @property
    def live(self) -> Feed: ...
    @property
    def hosting(self) -> bool: ...
    def recent(self, limit: int = 50_000) -> list[dict[str, Any]]: ...
    def event(self, seq: int) -> dict[str, Any] | None: ...
    def set_status(self, seq: int, status: str, why: str) -> None: ...


if TYPE_CHECKING:
    from restrike_lab.client.lab import Lab

    _a_lab_has_all_of_it: type[LabLike] = Lab

# One watch per lab: all widgets of a page live or rest together. Weak, so that a closed lab leaves nothing.
_watches: weakref.WeakKeyDictionary[LabLike, Watch] = weakref.WeakKeyDictionary()
_watches_guard = threading.Lock()


def watch_of(lab: LabLike) -> Watch:
    """Return the watch shared by the widgets of ``lab``."""
    with _watches_guard:
        if lab not in _watches:
            reference = weakref.ref(lab)
            _watches[lab] = Watch(
                lambda: _leave(reference()), busy=CellProbe(), expecting=under_voila(), limit=presence.LIMIT_S
            )
        return _watches[lab]


def _leave(lab: LabLike | None) -> None:
    """End the kernel of a Voila page that nobody looks at, unless the hub lives in this very kernel."""
    if under_voila() and not (lab is not None and lab.hosting):
        end_kernel(os.environ)


class CellProbe:
    """Tell whether the kernel's main thread is inside a cell: its loop has not run what was asked of it."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._answered = threading.Event()
        self._answered.set()
        with contextlib.suppress(RuntimeError):
            self._loop = asyncio.get_running_loop()

    def __call__(self) -> bool:
        loop = self._loop
        if loop is None or loop.is_closed():
            return False
        late = not self._answered.is_set()
        if not late:
            self._answered.clear()
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._answered.set)
        return late


class LiveWidget(anywidget.AnyWidget):
    """Be the common part of the widgets that follow a lab.

    A subclass answers ``hello`` in :meth:`welcome`, forwards what concerns it in :meth:`follow` and may take further
    messages in :meth:`asked`. ``theme`` is ``auto``, ``light`` or ``dark``. A trait in ``follows`` that is
    not given has the value of that setting of the lab, and follows it.
    """

    follows: ClassVar[Mapping[str, str]] = {"screen.theme": "theme"}
    """Traits by the setting that decides them where they were not given."""

    theme = traitlets.Enum(("auto", "light", "dark"), "auto", help="colours: follow the surroundings, or be fixed").tag(
        sync=True
    )

    def __init__(self, lab: LabLike, **traits: Any) -> None:
        super().__init__(**traits)
        self._lab = lab
        self._given = frozenset(traits)
        self._watch = watch_of(lab)
        self._following = threading.Lock()
        self._unsubscribe: Callable[[], None] | None = None
        self._away_since: float | None = None
        self._last_away: float | None = None
        self._watch.add(self)
        self.on_msg(self._received)

    # -- for subclasses -------------------------------------------------------------------------------------------

    def welcome(self, page: str, seq: int) -> None:
        """Send everything that a page needs which has just opened, or has been away since event ``seq``.

        An empty ``page`` stands for all of them.
        """
        raise NotImplementedError

    def follow(self, batch: Batch) -> None:
        """Send what concerns this widget; called from the feed's thread."""
        raise NotImplementedError

    def asked(self, content: Mapping[str, Any]) -> None:
        """Take a message of the page that is no heartbeat."""

    # -- presence -------------------------------------------------------------------------------------------------

    def pulse(self) -> None:
        """Tell the pages that the kernel lives and how the hub is."""
        feed = self._lab.live
        away = None if self._away_since is None else round(time.monotonic() - self._away_since, 1)
        self._tell({"type": "pulse", "connected": feed.connected, "away": away, "lastAway": self._last_away})

    def rest(self) -> None:
        """Publish nothing until the next page comes."""
        with self._following:
            if self._unsubscribe is not None:
                self._unsubscribe()
                self._unsubscribe = None

    def close(self) -> None:
        """Stop following the lab and remove the widget from every page."""
        self.rest()
        self._watch.remove(self)
        super().close()

    def _received(self, _widget: object, content: Mapping[str, Any], _buffers: object) -> None:
        page = str(content.get("page") or "")
        match content.get("type"):
            case "hello":
                self._watch.heard(self, page)
                self._begin()
                self._follow_settings()
                self.pulse()
                seq = content.get("seq")
                self.welcome(page, seq if isinstance(seq, int) else 0)
            case "alive":
                self._watch.heard(self, page)
                if self._begin():  # it rested, and no page that was counted out has what came meanwhile
                    self.welcome("", 0)
            case "bye":
                self._watch.left(self, page)
            case _:
                self.asked(content)

    def _begin(self) -> bool:
        """Follow the lab from now on; tell whether it had not been followed."""
        with self._following:
            if self._unsubscribe is not None:
                return False
            self._unsubscribe = self._lab.live.subscribe(self._heard)
            return True

    def _heard(self, batch: Batch) -> None:
        self._note_connection(batch.connected)
        self._follow_settings()
        self.follow(batch)

    def _follow_settings(self) -> None:
        """Take over what is set for every screen, unless this widget was given its own."""
        values = self._lab.live.settings.get("values") or {}
        for key, name in self.follows.items():
            if key in values and name not in self._given and getattr(self, name) != values[key]:
                setattr(self, name, values[key])

    def _note_connection(self, connected: bool) -> None:
        if connected and self._away_since is not None:
            self._last_away = round(time.monotonic() - self._away_since, 1)
            self._away_since = None
            self.pulse()
        elif not connected and self._away_since is None:
            self._away_since, self._last_away = time.monotonic(), None
            self.pulse()

    def _tell(self, content: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        self.send(content, buffers=buffers)
