"""How often each rule was asked, held and failed: exact, and cheap enough to count every message.

Every active rule of a stream is asked of every message of it, also where the recognition was remembered. So it is
enough to count the messages of each stream and the failures one by one: what a rule was asked is the count of its
stream, and where it did not fail it held.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from restrike_lab.pss.protocol import Table
from restrike_lab.pss.recognize import Recognition

__all__ = ["RuleCount", "RuleTally"]


class RuleCount(NamedTuple):
    """How often a rule was asked, and how often it held and failed."""

    rule_id: str
    revision: int
    asked: int
    passed: int
    failed: int


class RuleTally:
    """Count the rules of one table; a new table gets a new tally."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._messages: Counter[str] = Counter()
        self._failures: Counter[str] = Counter()

    def add(self, recognitions: Iterable[Recognition]) -> None:
        """Count some recognitions made under the table, each message once."""
        self.add_counted((recognition, 1) for recognition in recognitions)

    def add_counted(self, counted: Iterable[tuple[Recognition, int]]) -> None:
        """Count some recognitions, each as many times as its messages came."""
        messages, failures = self._messages, self._failures
        for recognition, number in counted:
            messages[recognition.stream] += number
            for failure in recognition.failed:
                failures[failure.rule_id] += number

    def take(self) -> list[RuleCount]:
        """Return the counts since the last call, of rules that were asked at all."""
        if not self._messages:
            return []  # most courts of a hall are quiet in most seconds
        counts = [
            RuleCount(rule.rule_id, rule.revision, asked, asked - failed, failed)
            for stream in self.table.streams
            if (asked := self._messages.get(stream.stream))
            for rule in self.table.rules[stream]
            for failed in (self._failures[rule.rule_id],)
        ]
        self._messages.clear()
        self._failures.clear()
        return counts
