"""The bout: what the messages of a court add up to.

Pure functions over frozen values, no clock and no I/O: ``reduce`` makes the next ``CourtState`` from the state before
and one message of ``pss``. Around it: ``state`` says what is known of a court, ``lifecycle``, ``clock``, ``score``,
``incidents`` and ``hits`` hold one function per kind of message, ``links`` spells out which point owns a hit, and
``rows`` turns a state into the rows that the store keeps.
"""

from restrike_lab.bout.reduce import flush, reduce
from restrike_lab.bout.state import Arrival, CourtState, Fact, Link, Match

__all__ = ["Arrival", "CourtState", "Fact", "Link", "Match", "flush", "reduce"]
