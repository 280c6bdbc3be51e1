"""What needs a person, as a list that can be worked off: grouped when it repeats, acknowledged, over when it is over.

Pure: the time is passed in. ``NoticeBook`` takes the alerts that the hub tells and makes *notices* of them:

``lasting``  an alert with this mark stands for a condition. It is told once, and once more with ``over`` when the
             condition ended; repeats in between count up. Acknowledged, it stays so until it gets worse.
otherwise    it is something that happened. Repeats count up until somebody has seen it; what comes after that is new.

An alert says which notice it belongs to by ``key``; where it does not, by its source, its court and its words without
the numbers in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Notice", "NoticeBook"]

GRADES = ("info", "warning", "error", "critical")
KEPT = 200
LONGEST = 500

_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")


@dataclass(slots=True)
class Notice:
    """One thing that needs, or needed, a person. Times are ns since 1970."""

    notice_id: int
    key: str
    source: str
    level: str
    court: str
    message: str
    hint: str
    count: int
    first_ns: int
    last_ns: int
    lasting: bool = False
    over_ns: int | None = None
    over_message: str = ""
    acknowledged_ns: int | None = None
    acknowledged_by: str = ""

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to look at it."""
        return self.acknowledged_ns is None

    @property
    def is_live(self) -> bool:
        """Whether a repeat belongs to it."""
        return self.over_ns is None if self.lasting else self.is_open

    @property
    def is_done(self) -> bool:
        """Whether it can be forgotten."""
        return not self.is_open and not (self.lasting and self.over_ns is None)


class NoticeBook:
    """The notices of a hub, newest last; ``changed`` holds those that are not yet kept elsewhere.

    Used under a lock by its owner.
    """

    def __init__(self, notices: Iterable[Notice] = (), next_id: int = 1) -> None:
        self.notices: dict[int, Notice] = {each.notice_id: each for each in notices}
        self.live: dict[str, Notice] = {each.key: each for each in self.notices.values() if each.is_live}
        self.next_id = max([next_id, *(number + 1 for number in self.notices)])
        self.changed: dict[int, Notice] = {}

    def take(self, alert: Mapping[str, Any], now_ns: int) -> Notice | None:
        """Take an alert; return the notice that it changed. What only informs, and ends nothing, makes none."""
        key = clean(alert.get("key") or derived_key(alert))
        level = alert.get("level")
        level = str(level) if level in GRADES else "error"
        found = self.live.get(key)
        if alert.get("over"):
            return self.end(found, str(alert.get("message", "")), now_ns) if found is not None else None
        if level == "info":
            return None
        if found is None:
            found = self.begin(key, alert, level, now_ns)
        else:
            if GRADES.index(level) > GRADES.index(found.level) and found.lasting:
                found.acknowledged_ns, found.acknowledged_by = None, ""
            found.level, found.last_ns = level, now_ns
            found.count += 1
            found.message, found.hint = words_of(alert)
        return self.note(found)

    def begin(self, key: str, alert: Mapping[str, Any], level: str, now_ns: int) -> Notice:
        """Begin a notice."""
        message, hint = words_of(alert)
        notice = Notice(
            notice_id=self.next_id,
            key=key,
            source=clean(alert.get("source", "")),
            level=level,
            court=clean(alert.get("court") or ""),
            message=message,
            hint=hint,
            count=1,
            first_ns=now_ns,
            last_ns=now_ns,
            lasting=bool(alert.get("lasting")),
        )
        self.next_id += 1
        self.notices[notice.notice_id] = self.live[key] = notice
        self.forget()
        return notice

    def end(self, notice: Notice, message: str, now_ns: int) -> Notice:
        """End a lasting notice."""
        notice.over_ns, notice.over_message = now_ns, message[:LONGEST]
        self.live.pop(notice.key, None)
        return self.note(notice)

    def end_all(self, message: str, now_ns: int) -> None:
        """End every lasting notice: who raised it is no more."""
        for notice in list(self.live.values()):
            if notice.lasting:
                self.end(notice, message, now_ns)

    def acknowledge(self, numbers: Iterable[int] | None, who: str, now_ns: int) -> list[Notice]:
        """Note that somebody has seen notices, or all that are open; return those that this changed."""
        wanted = list(self.notices) if numbers is None else numbers
        seen = [notice for number in wanted if (notice := self.notices.get(number)) is not None and notice.is_open]
        for notice in seen:
            notice.acknowledged_ns, notice.acknowledged_by = now_ns, who
            if not notice.lasting:
                self.live.pop(notice.key, None)
            self.note(notice)
        return seen

    def note(self, notice: Notice) -> Notice:
        """Mark a notice as changed."""
        self.changed[notice.notice_id] = notice
        return notice

    def forget(self) -> None:
        """Keep no more than 200: what is done goes first, the oldest of it before the rest."""
        for wanted in (True, False):
            for number in list(self.notices):
                if len(self.notices) <= KEPT:
                    return
                notice = self.notices[number]
                if notice.is_done == wanted:
                    del self.notices[number]
                    if self.live.get(notice.key) is notice:
                        del self.live[notice.key]

    def open(self) -> list[Notice]:
        """Return what somebody still has to look at, the gravest first, then the newest."""
        waiting = [notice for notice in self.notices.values() if notice.is_open]
        return sorted(waiting, key=lambda notice: (-GRADES.index(notice.level), -notice.last_ns))

    def picture(self, limit: int = 100) -> dict[str, Any]:
        """Return what clients see: how many are open, how grave, and the newest notices, open ones first."""
        waiting = self.open()
        rest = sorted((each for each in self.notices.values() if not each.is_open), key=lambda each: -each.last_ns)
        worst = max((GRADES.index(each.level) for each in waiting), default=None)
        return {
            "open": len(waiting),
            "worst": None if worst is None else GRADES[worst],
            "list": [asdict(each) for each in [*waiting, *rest][:limit]],
        }


def derived_key(alert: Mapping[str, Any]) -> str:
    """Return what repeats of an alert have in common: source, court, and words without their numbers."""
    words = _NUMBER.sub("#", str(alert.get("message", "")))
    return f"{alert.get('source', '')}|{alert.get('court') or ''}|{words[:200]}"


def words_of(alert: Mapping[str, Any]) -> tuple[str, str]:
    """Return message and way out, each of a length that fits a screen."""
    return clean(alert.get("message", "")), clean(alert.get("hint") or "")


def clean(text: object) -> str:
    """Return a text that can be encoded and fits a screen."""
    return str(text).encode("utf-8", "backslashreplace").decode()[:LONGEST]
