"""How long somebody who guesses passwords has to wait: longer with every miss, never for good.

Three counts are kept: of a name from one address, of an address whatever the name, and of a name from all addresses
that never signed in under it. Somebody elsewhere who misses on purpose makes the last one grow; a person at a
place from which they have signed in before is not held up by it. Unknown names count like known ones, so that
waiting tells nothing about who exists. Times are monotonic seconds, passed in.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

__all__ = ["Backoff", "Misses"]

KEPT: Final = 10_000
"""Counts that are remembered; the longest untouched is forgotten first."""

FORGOTTEN_S: Final = 900.0
"""Misses count no more when this long has passed without another."""


@dataclass(slots=True)
class Misses:
    """Misses in a row, and until when nobody is heard."""

    count: int = 0
    until: float = 0.0
    last: float = 0.0


@dataclass(frozen=True, slots=True)
class _Rule:
    """So many misses are free; then 1 s, doubled with each, at most ``longest_s``."""

    free: int
    longest_s: float

    def wait(self, count: int) -> float:
        over = count - self.free
        return 0.0 if over <= 0 else min(self.longest_s, 2.0 ** min(over - 1, 30))


_PAIR = _Rule(free=3, longest_s=120.0)
_ADDRESS = _Rule(free=20, longest_s=30.0)
_NAME = _Rule(free=10, longest_s=30.0)


class Backoff:
    """Count misses and say how long to wait."""

    def __init__(self) -> None:
        self._counts: OrderedDict[tuple[str, str], Misses] = OrderedDict()
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()

    def wait(self, name: str, address: str, now: float) -> float:
        """Return the seconds until a try of this name from this address is looked at, 0 for now."""
        waits = [self._counts[key].until - now for key, _ in self._rules(name, address) if key in self._counts]
        return max(0.0, *waits) if waits else 0.0

    def missed(self, name: str, address: str, now: float) -> None:
        """Note a wrong password."""
        for key, rule in self._rules(name, address):
            misses = self._counts.pop(key, None)
            if misses is None or now - misses.last > FORGOTTEN_S:
                misses = Misses()
            self._counts[key] = misses
            misses.count += 1
            misses.last = now
            misses.until = now + rule.wait(misses.count)
        while len(self._counts) > KEPT:
            self._counts.popitem(last=False)

    def signed_in(self, name: str, address: str) -> None:
        """Note a right password: what went before is forgiven, and the address is known for this name."""
        name = name.casefold()
        self._counts.pop((f"{name}\0{address}", "pair"), None)
        self._counts.pop((address, "address"), None)
        self._known[(name, address)] = None
        self._known.move_to_end((name, address))
        while len(self._known) > KEPT:
            self._known.popitem(last=False)

    def forgive(self, name: str) -> None:
        """Forget every miss of a name: its password was set anew by somebody who may."""
        name = name.casefold()
        for key in [key for key in self._counts if key[0] == name or key[0].startswith(f"{name}\0")]:
            del self._counts[key]

    def _rules(self, name: str, address: str) -> list[tuple[tuple[str, str], _Rule]]:
        name = name.casefold()
        rules = [((f"{name}\0{address}", "pair"), _PAIR), ((address, "address"), _ADDRESS)]
        if (name, address) not in self._known:
            rules.append(((name, "name"), _NAME))
        return rules
