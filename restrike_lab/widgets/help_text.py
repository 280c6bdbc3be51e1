"""What the help panel says: keys, signs, codes, streams and ways out of common troubles, generated where it can be.

A part is a title and rows of texts; the page shows texts and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from restrike_lab.bout.importance import MEANINGS
from restrike_lab.client.flags import CREDIT
from restrike_lab.pss.describe import EVENT_CODES, POINT_CODES, TECHNIQUES
from restrike_lab.pss.streams import STREAMS

__all__ = ["KEYS", "TROUBLES", "Part", "parts"]


class Part(NamedTuple):
    """A part of the help: a heading, the names of its columns, and its rows."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


KEYS: tuple[tuple[str, str], ...] = (
    ("1 2 3 ... 0", "open or shut the panel with that number at the foot of the page"),
    ("?", "open this help"),
    ("Esc", "back: shut the panel, the event in detail, or the pause"),
    ("/", "type a filter for the events"),
    ("i", "show only what matters at the ring, and all again"),
    ("Space", "pause the events, follow them again"),
    ("↑ ↓ PgUp PgDn Home End", "walk through the events"),
    ("Enter", "show the chosen event in full, with its notes"),
    ("Tab, Shift+Tab", "from one control to the next, as on every page"),
    ("Shift+click on a sign or type", "show that one alone"),
)

TROUBLES: tuple[tuple[str, str], ...] = (
    (
        "No event arrives",
        "Compare the console's UDP target with this machine's address and the court's port (`restrike-lab doctor` "
        "names both), and let the firewall pass UDP.",
    ),
    ("Stale: the kernel is silent", "Press Reload page. Nothing is lost: the hub goes on recording without the page."),
    (
        "The hub has been away",
        "Wait: `restrike-lab up` starts it again by itself. If it stays away, look there for the reason.",
    ),
    (
        "Messages missing",
        "Open Data quality: it names what is missing and how sure that is. Losses come from the network in most cases: "
        "take a cable instead of Wi-Fi, and one switch between console and lab.",
    ),
    (
        "Datagrams dropped by the kernel",
        "The machine was too busy, or its buffer is small: raise net.core.rmem_max (`restrike-lab doctor` says how).",
    ),
    (
        "Unknown messages",
        "They are kept. Open Unknown events to see what they go with, and define them there or later.",
    ),
    (
        "Wrong or no flag",
        "Say what the console's code means: `%restrike flags map XXX CRO`. For a picture of your own put it into the "
        "folder `flags` of the data directory, named by its code.",
    ),
    ("OBS does not follow", "Open OBS: its card tells whether the connection, the password or a rule is the reason."),
    (
        "The disk is full",
        "Make room; the hub goes on receiving for a while and stores it then. The alert says what was lost.",
    ),
    ("A button refuses", "It needs a role: sign in (Advanced mode), or ask whoever administers this lab."),
)


def parts(commands: Iterable[Mapping[str, Any]] = ()) -> list[Part]:
    """Return the help; ``commands`` are the hub's, each with ``name``, ``role`` and ``help``."""
    told = [
        Part("When something is wrong", ("What you see", "What to do"), TROUBLES),
        Part("Keys", ("Key", "What it does"), KEYS),
        Part("What matters", ("Sign", "Meaning"), tuple((str(each), text) for each, text in MEANINGS.items())),
        Part("Event types", ("Code", "Meaning"), tuple((code, _event_code(code)) for code in EVENT_CODES)),
        Part(
            "Recognition status",
            ("Status", "Meaning"),
            (
                ("✓ recognized", "understood, and every rule of the protocol holds"),
                ("◐ partial", "understood in part: a field is missing, or breaks a rule"),
                ("? unknown", "no table knows it; kept byte for byte"),
                ("⌫ deprecated", "understood, but of an older version of the protocol"),
            ),
        ),
        Part(
            "Messages of the console",
            ("Code", "Example", "Meaning"),
            tuple((each.stream, each.example, _first_line(each.__doc__)) for each in STREAMS),
        ),
    ]
    rows = tuple((str(each["name"]), str(each["role"]), str(each["help"])) for each in commands)
    if rows:
        told.append(Part("Commands of the hub", ("Command", "Least role", "What it does"), rows))
    told.append(Part("Credits", ("What", "Whose"), (("Pictures of flags", CREDIT),)))
    return told


def _event_code(code: str) -> str:
    technique = next((TECHNIQUES[points] for points, known in POINT_CODES.items() if known == code), None)
    others = {"R": "gam-jeom or challenge", "HL": "hit level", "RND": "round", "CLK": "clock", "O": "any other"}
    return technique or others[code]


def _first_line(text: str | None) -> str:
    return (text or "").strip().partition("\n")[0]
