"""From frames to batches: what the feed makes of each WebSocket message, without any I/O.

``Intake`` keeps the client's picture of the lab (courts, metrics, gaps, last event) and collects what subscribers have
not been told yet. It decides the two questions that make resuming exact: an event at or below ``last_seq`` has been
delivered before and is dropped, and a snapshot either continues the sequence (nothing is missing) or replaces it
(first contact, a slow client's queue given up, another database). ``feed`` moves the bytes and the threads around it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["Batch", "Intake"]

Frame = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Batch:
    """Hold everything that arrived since the previous call of a subscriber.

    ``events`` are the ``data`` objects of the events, oldest first; ``courts`` the changed court states by name;
    ``snapshot`` tells that the sequence was replaced and what is shown has to be loaded again; ``resumed`` that a
    connection was lost and no event with it, but perhaps what is told once, as notes are; ``metrics`` is the newest
    figure set if one came, ``obs`` the newest picture of OBS, ``settings`` that of the settings; ``connected`` is the
    state of the connection at the end of the batch. ``judged`` are stored events whose status a person set:
    ``seq``, ``status``, ``confidence``; ``anew`` tells that any stored event may be another now, since all were
    recognized anew. ``desk`` are the frames about annotations and flags, oldest first. ``notices`` is the
    newest picture of what needs a person.
    """

    events: list[dict[str, Any]] = field(default_factory=list)
    courts: dict[str, dict[str, Any]] = field(default_factory=dict)
    snapshot: bool = False
    resumed: bool = False
    metrics: dict[str, Any] | None = None
    connected: bool = True
    alerts: list[dict[str, Any]] = field(default_factory=list)
    gaps: list[dict[str, Any]] | None = None
    obs: dict[str, Any] | None = None
    access: dict[str, Any] | None = None
    you: dict[str, Any] | None = None
    settings: dict[str, Any] | None = None
    judged: list[dict[str, Any]] = field(default_factory=list)
    anew: bool = False
    desk: list[dict[str, Any]] = field(default_factory=list)
    notices: dict[str, Any] | None = None


DESK = ("annotations", "flags")
"""Types of frames that tell what people decided at some desk; each goes on to subscribers as it is."""


class Intake:
    """Take frames one by one and hand out what is new as a :class:`Batch`.

    The published mappings are replaced, never changed in place, so another thread may read them at any time.
    """

    def __init__(self) -> None:
        self.courts: dict[str, dict[str, Any]] = {}
        self.metrics: dict[str, Any] = {}
        self.gaps: list[dict[str, Any]] = []
        self.obs: dict[str, Any] = {}
        self.settings: dict[str, Any] = {}
        self.notices: dict[str, Any] = {}
        self.access: dict[str, Any] = {}
        self.you: dict[str, Any] = {}
        self.epoch: int | None = None
        self.last_seq: int | None = None
        self.connected = False
        self.resumed_from: int | None = None
        self._clear()

    def _clear(self) -> None:
        self._events: list[dict[str, Any]] = []
        self._desk: list[dict[str, Any]] = []
        self._changed: dict[str, dict[str, Any]] = {}
        self._snapshot = False
        self._resumed = False
        self._metrics: dict[str, Any] | None = None
        self._alerts: list[dict[str, Any]] = []
        self._gaps: list[dict[str, Any]] | None = None
        self._obs: dict[str, Any] | None = None
        self._access: dict[str, Any] | None = None
        self._you: dict[str, Any] | None = None
        self._settings: dict[str, Any] | None = None
        self._notices: dict[str, Any] | None = None
        self._judged: list[dict[str, Any]] = []
        self._anew = False
        self._dirty = False

    @property
    def pending(self) -> bool:
        """Tell whether there is anything to deliver."""
        return self._dirty

    def opening(self, since: int | None) -> None:
        """Note that a connection begins which asked to resume after ``since`` (None: from now on)."""
        self.resumed_from = since

    def lost(self) -> None:
        """Note that the connection ended; subscribers are told once."""
        if self.connected:
            self.connected = False
            self._dirty = True

    def take(self, frame: Frame) -> None:
        """Take one decoded frame of any type; a type this client does not know is ignored."""
        match frame.get("type"):
            case "pss_event":
                self._take_event(frame)
            case "match":
                self._take_court(str(frame["court"]), frame["state"])
            case "metrics":
                self.metrics = self._metrics = _body(frame)
                self._dirty = True
            case "obs":
                self.obs = self._obs = _body(frame)
                self._dirty = True
            case "settings":
                self.settings = self._settings = _body(frame)
                self._dirty = True
            case "notices":
                self.notices = self._notices = _body(frame)
                self._dirty = True
            case "access":
                self.access = self._access = _body(frame)
                self._dirty = True
            case "you":
                self.you = self._you = _body(frame)
                self._dirty = True
            case "snapshot":
                self._take_snapshot(frame)
            case "changed":
                self._judged += frame.get("events") or []
                self._anew = self._anew or frame.get("events") is None
                self._dirty = True
            case "annotations" | "flags":
                self._desk.append(frame)
                self._dirty = True
            case "alert" | "error":
                self._alerts.append(frame)
                self._dirty = True
            case _:
                pass

    def drain(self) -> Batch:
        """Return what is new since the last call and forget it."""
        batch = Batch(
            events=self._events,
            courts=self._changed,
            snapshot=self._snapshot,
            resumed=self._resumed,
            metrics=self._metrics,
            connected=self.connected,
            alerts=self._alerts,
            gaps=self._gaps,
            obs=self._obs,
            access=self._access,
            you=self._you,
            settings=self._settings,
            judged=self._judged,
            anew=self._anew,
            desk=self._desk,
            notices=self._notices,
        )
        self._clear()
        return batch

    def _take_event(self, frame: Frame) -> None:
        seq = int(frame["seq"])
        if self.last_seq is not None and seq <= self.last_seq:
            return
        self.last_seq = seq
        self._events.append(frame["data"])
        self._dirty = True

    def _take_court(self, court: str, state: dict[str, Any]) -> None:
        self.courts = {**self.courts, court: state}
        self._changed[court] = state
        self._dirty = True

    def _take_snapshot(self, frame: Frame) -> None:
        seq, epoch = int(frame.get("seq") or 0), frame.get("epoch")
        if self._continues(frame, seq, epoch):
            self._resumed = True
        else:
            self._events = []
            self._snapshot = True
            self.last_seq = seq
        self.epoch = epoch
        self.courts = dict(frame.get("courts") or {})
        self._changed = dict(self.courts)
        if frame.get("metrics"):
            self.metrics = self._metrics = frame["metrics"]
        self.gaps = self._gaps = list(frame.get("gaps") or [])
        self.obs = self._obs = dict(frame.get("obs") or {})
        self.notices = self._notices = dict(frame.get("notices") or {})
        self.access = self._access = dict(frame.get("access") or {})
        self.you = self._you = dict(frame.get("you") or {})
        self.settings = self._settings = dict(frame.get("settings") or {})
        self._desk += [{"type": name, **frame[name]} for name in DESK if isinstance(frame.get(name), dict)]
        self.resumed_from = None
        self.connected = True
        self._dirty = True

    def _continues(self, frame: Frame, seq: int, epoch: int | None) -> bool:
        """Tell whether every event after ``last_seq`` will follow this snapshot.

        Only the first snapshot of a connection that asked for ``since`` can promise it. A lower epoch or a sequence
        that ends before what was already seen belongs to another database: a damaged file was set aside, or the
        directory was replaced.
        """
        asked_to_resume = self.resumed_from is not None and self.resumed_from == self.last_seq
        if not asked_to_resume or frame.get("reason"):
            return False
        older = self.epoch is not None and epoch is not None and epoch < self.epoch
        return not older and self.last_seq is not None and seq >= self.last_seq


def _body(frame: Frame) -> dict[str, Any]:
    """Return a frame's content: under ``data`` where the sender nests it, else everything beside ``type``."""
    data = frame.get("data")
    return data if isinstance(data, dict) else {key: value for key, value in frame.items() if key != "type"}
