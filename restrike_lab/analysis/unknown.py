"""What an unknown stream probably is: what it goes with, what its fields do, a suggested type, a proposed definition.

Everything but ``read_heard`` is a pure function over stored messages. ``study`` answers all questions about one code
at once; ``study_all`` does so for each code that was heard. Nothing here is certain, so every suggestion carries its
score and the reasons for it, and is for a person to accept.
"""

from __future__ import annotations

import itertools
import statistics
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from restrike_lab.analysis.unknown_timing import (
    CHANGES,
    WINDOW_NS,
    Company,
    Heard,
    Span,
    company,
    episodes,
    in_load,
    wilson,
)
from restrike_lab.pss.definition_file import dump_definitions
from restrike_lab.pss.definitions import Definition
from restrike_lab.pss.errors import DefinitionError
from restrike_lab.pss.framing import body
from restrike_lab.pss.parser import decode
from restrike_lab.pss.profile import FieldProfile, Seen, profile, tokens_of
from restrike_lab.pss.propose import propose
from restrike_lab.pss.protocol import Table
from restrike_lab.pss.shape import read_shape, shape_of
from restrike_lab.pss.wire import read_time
from restrike_lab.store.reader import Reader

__all__ = ["Study", "Suggestion", "code_of", "read_heard", "study", "study_all", "study_stored", "suggest"]

FEW = 3
"""Episodes outside of loads from which on these alone are judged."""

MAX_HEARD = 100_000
MAX_CODES = 50

_HEARD = """
SELECT epoch, court, mono_ns, stream, raw, round, clock_ms, athlete, recognition_status FROM pss_events
WHERE recognition_status <> 'unknown' OR substr(raw, 1, ?) = ? ORDER BY seq DESC LIMIT ?
"""
_RECENT = """
SELECT epoch, court, mono_ns, stream, raw, round, clock_ms, athlete, recognition_status FROM pss_events
ORDER BY seq DESC LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A type of event that an unknown stream may be, how sure that is (0..1), and why."""

    event_type: str
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Study:
    """Everything found out about the messages of one code.

    ``company`` is what comes near them, judged over all their episodes, ``company_outside`` over those outside of
    loads alone. ``definition`` is the proposal, or ``None`` where there can be none, and ``problem`` says why.
    """

    codes: tuple[str, ...]
    count: int
    shapes: tuple[tuple[str, int], ...]
    company: tuple[Company, ...]
    company_outside: tuple[Company, ...]
    fields: tuple[FieldProfile, ...]
    suggestion: Suggestion
    definition: Definition | None
    problem: str = ""

    @property
    def toml(self) -> str:
        """Return the proposed definition as a TOML text, empty where there is none."""
        return dump_definitions([self.definition]) if self.definition else ""


def code_of(raw: bytes) -> str | None:
    """Return the code word of an unknown message, ``None`` where it has none."""
    return read_shape(shape_of(decode(body(raw)))).code


def study(heard: Sequence[Heard], codes: Collection[str], table: Table | None = None) -> Study:
    """Return what can be said about the unknown messages of one code, or of several taken for one stream.

    ``heard`` are all messages of some time, known and unknown, in the order of arrival; ``table`` is the one that did
    not know the code, and that the proposed definition has to fit.
    """
    own = [each for each in heard if not each.known and code_of(each.raw) in codes]
    texts = [decode(body(each.raw)) for each in own]
    near = company(episodes(own), heard)
    loads = in_load(heard)
    outside = [each for each in own if not _within(each, loads)]
    near_outside = company(episodes(outside), heard) if 0 < len(outside) < len(own) else near if outside else []
    suggestion = suggest(own, outside, near, near_outside)
    definition, problem = None, ""
    try:
        definition = propose(
            texts, table, event_type=suggestion.event_type, description=_described(suggestion, codes, len(own))
        )
    except DefinitionError as error:
        problem = error.reason
    return Study(
        codes=tuple(sorted(codes)),
        count=len(own),
        shapes=tuple(Counter(map(shape_of, texts)).most_common()),
        company=tuple(near),
        company_outside=tuple(near_outside),
        fields=profile(_stamped(own, texts, heard)),
        suggestion=suggestion,
        definition=definition,
        problem=problem,
    )


def study_all(heard: Sequence[Heard], table: Table | None = None) -> list[Study]:
    """Return a study of each code that unknown messages have, the most frequent first, at most 50."""
    counts = Counter(code for each in heard if not each.known and (code := code_of(each.raw)) is not None)
    return [study(heard, {code}, table) for code, _ in counts.most_common(MAX_CODES)]


def study_stored(reader: Reader, code: str, table: Table | None = None, limit: int = MAX_HEARD) -> Study:
    """Return the study of a code over the last stored events: those that were understood, and its own."""
    return study(read_heard(reader, code, limit), {code}, table)


def read_heard(reader: Reader, code: str | None = None, limit: int = MAX_HEARD) -> list[Heard]:
    """Return the last stored messages, in the order of arrival.

    With a ``code``, those that were not understood are only read where they begin with it, so that a flood of others
    does not push them out of the limit.
    """
    if code is None:
        rows = reader.query(_RECENT, (limit,)).rows
    else:
        rows = reader.query(_HEARD, (len(code), code.encode(), limit)).rows
    return [
        Heard(at_ns, f"{court} {epoch}", stream, raw, status != "unknown", round_, clock_ms, athlete)
        for epoch, court, at_ns, stream, raw, round_, clock_ms, athlete, status in reversed(rows)
    ]


def suggest(
    own: Sequence[Heard], outside: Sequence[Heard], near: Sequence[Company], near_outside: Sequence[Company]
) -> Suggestion:
    """Return the type of event that unknown messages most likely are.

    A load sends the whole state again, so that everything of it is together: what a stream goes with is judged outside
    of loads, unless it comes there less than three times. The score is the lower end of the 95 % interval of the share
    of episodes with the change of state near them.
    """
    if not own:
        return Suggestion("unknown", 0.0, ("it never came",))
    if counting := _countdown(own):
        return counting
    if sum(map(len, episodes(outside).values())) >= FEW:
        why = () if len(outside) == len(own) else ("judged outside of loads, where all state is sent again",)
        candidates = [each for each in near_outside if _is_change(each) and each.name != "load"]
    else:
        why = (f"it comes outside of loads {len(outside)} times only",) if outside else ("it comes in loads alone",)
        candidates = [each for each in near if _is_change(each)]
    if not candidates:
        return _by_form(own)
    best = max(candidates, key=lambda each: (wilson(each.together, each.of)[0], each.lift))
    others = [each for each in candidates if each is not best and 2 * each.together > best.together]
    score = round(wilson(best.together, best.of)[0], 3)
    return Suggestion(best.name, score, (f"it goes with {CHANGES[best.name]}", *why, *map(str, (best, *others))))


def _is_change(each: Company) -> bool:
    return each.sure and each.kind == "change" and each.side == "around"


def _countdown(own: Sequence[Heard]) -> Suggestion | None:
    """Recognise a clock: a time that falls by a second from message to message while a second passes."""
    steps = falling = 0
    last: dict[tuple[str, str], tuple[int, int]] = {}
    for each in own:
        tokens = tokens_of(decode(body(each.raw)))
        shown = next((_time(token) for token in tokens[1:] if ":" in token), None)
        if shown is None:
            continue
        before = last.get((each.place, tokens[0]))
        last[each.place, tokens[0]] = (each.at_ns, shown)
        if before is not None and each.at_ns - before[0] < 1_500_000_000:
            steps += 1
            falling += before[1] - shown == 1000
    low, _ = wilson(falling, steps)
    if falling < FEW or low < 0.5:
        return None
    reason = f"its time falls by one second in {falling} of {steps} steps from message to message"
    return Suggestion("countdown", round(low, 3), (reason,))


def _time(token: str) -> int | None:
    try:
        return read_time(token)
    except ValueError:
        return None


def _by_form(own: Sequence[Heard]) -> Suggestion:
    """Suggest what little the form says where nothing goes with the messages."""
    nothing = "nothing goes with it more often than by chance"
    if all(b";" not in each.raw for each in own):
        return Suggestion("notice", 0.2, (nothing, "it has no fields"))
    gaps = [after.at_ns - before.at_ns for before, after in itertools.pairwise(own) if after[1] == before[1]]
    if len(gaps) >= 5 and statistics.pstdev(gaps) < 0.1 * (mean := statistics.fmean(gaps)):
        return Suggestion("heartbeat", 0.3, (nothing, f"it comes regularly, every {mean / 1e9:.1f} s"))
    return Suggestion("unknown", 0.0, (nothing,))


def _within(each: Heard, spans: dict[str, list[Span]]) -> bool:
    own = spans.get(each.place, [])
    place = bisect_left(own, (each.at_ns + 1,)) - 1
    return place >= 0 and own[place][0] <= each.at_ns <= own[place][1]


def _stamped(own: Sequence[Heard], texts: Sequence[str], heard: Sequence[Heard]) -> list[Seen]:
    """Return the messages with their stamps; the athlete is that of the nearest hit or point within 250 ms."""
    named: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for each in heard:
        if each.known and each.athlete and each.stream in ("pt", "hl"):
            named[each.place].append((each.at_ns, each.athlete))
    return [
        Seen(text, each.round, each.clock_ms, _nearest(named.get(each.place, []), each.at_ns))
        for each, text in zip(own, texts, strict=True)
    ]


def _nearest(marks: Sequence[tuple[int, int]], at_ns: int) -> int | None:
    place = bisect_left(marks, (at_ns,))
    near = [mark for mark in marks[max(0, place - 1) : place + 1] if abs(mark[0] - at_ns) <= WINDOW_NS]
    return min(near, key=lambda mark: abs(mark[0] - at_ns))[1] if near else None


def _described(suggestion: Suggestion, codes: Collection[str], count: int) -> str:
    reason = suggestion.reasons[0]
    return f"Proposed from {count} messages {', '.join(sorted(codes))}: {reason}. Mend names and meanings."
