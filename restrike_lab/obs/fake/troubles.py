"""What can be wrong with an OBS or the way to it; everything is off until set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["Order", "Troubles"]

Order = Literal["reply first", "events first", "mixed"]


@dataclass(slots=True)
class Troubles:
    """Switches of a fake server; they may be changed while it runs."""

    order: Order = "reply first"
    """Whether the answer comes before the events that it causes; real servers do both, within one session."""
    drop_subprotocol: bool = False
    """Something in between does not pass v5's subprotocol on."""
    hello_seconds: float = 0.0
    """A v5 server that is slow to speak."""
    silent: bool = False
    """Takes connections and says nothing."""
    close_on_connect: int | None = None
    close_on_greeting: int | None = None
    """Close code in place of an answer to Identify, or to the first request in v4."""
    close_on_request: int | None = None
    """Close code in place of an answer to a request after the greeting."""
    unanswered: set[str] = field(default_factory=set)
    """Requests by name that are never answered; ``*`` for all."""
    late_seconds: float = 0.0
    """Every answer comes this late."""
    not_ready: int = 0
    """So many requests are refused with status 207 (v5)."""
    statuses: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Requests by name that are refused with this status and comment (v5), or this text (v4)."""
    answers: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """Fields that replace those of the right answer to a request, such as a number where a text belongs."""
    never: set[str] = field(default_factory=set)
    """Changes of an output that are accepted and never happen: ``record started``, ``replay saved`` and so on."""
    forgotten_starts: int = 0
    """So many starts of an output are accepted and forgotten."""
    forgotten_pauses: int = 0
    """So many pauses and resumptions are accepted and forgotten, as OBS does when they follow one another fast."""
    stream_stops: bool = False
    """Starting a stream begins and stops again at once, as OBS 29 does without a server."""
    dialog_on_stream: bool = False
    """Starting a stream opens a dialog, as OBS 30.2 and later do without a server: it begins and nothing more."""
    late_start_seconds: float = 0.0
    """A recording has its first frame so much after it was told to have started, and its time code stands until then:
    what a replay buffer on the same encoder does."""
    removal_flood: int = 0
    """So many scenes are told as removed before a change of the collection and before the end."""
    garbage_timecode: bool = False
    """v4 compatibility builds: every event carries a time code, also while nothing is recorded."""
