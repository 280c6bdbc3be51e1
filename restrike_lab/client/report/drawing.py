"""The timeline of a bout as SVG: one strip per round, blue above the line and red below it.

Hits are stems as long as their level, full where a point followed; points stand as discs with their value at the outer
edge, gam-jeoms as squares on the line. Place, shape and number carry the meaning; colour repeats it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from restrike_lab.analysis.bout_story import Moment
from restrike_lab.client.report.facts import BoutFacts

__all__ = ["clock", "timeline_svg"]

WIDTH, LEFT, RIGHT = 1120, 84, 64
STRIP, HEAD, FOOT = 188, 30, 34
STEM = 62
SIDES = {1: "blue", 2: "red"}


def clock(ms: int | None) -> str:
    """Return a time on the clock as people read it."""
    return "–" if ms is None else f"{ms // 60_000}:{ms // 1000 % 60:02d}"


def timeline_svg(facts: BoutFacts) -> str:
    """Return the timeline of all rounds, or nothing where nothing happened."""
    scored = {row["seq"] for row in facts.hits if row["points"] is not None}
    numbers = sorted({moment.round for moment in facts.story.moments if moment.round})
    shown = [(number, [m for m in facts.story.moments if m.round == number]) for number in numbers]
    if not shown:
        return ""
    height = HEAD + STRIP * len(shown) + FOOT
    length = facts.match["round_ms"] or max((m.gone_ms or m.clock_ms or 0 for m in facts.story.moments), default=0)
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="Timeline of hits, points and gam-jeoms by round">',
        *_head(),
    ]
    for place, (number, moments) in enumerate(shown):
        parts += _strip(number, moments, HEAD + place * STRIP, max(length, 1), scored)
    parts += _axis(height - FOOT, max(length, 1))
    return "\n".join([*parts, "</svg>"])


def _head() -> Iterator[str]:
    y = 14
    yield f'<g class="key" transform="translate({LEFT},{y})">'
    yield '<path class="stem neutral scored" d="M4 6V-8"/><circle class="tip neutral scored" cx="4" cy="-8" r="3"/>'
    yield '<text x="14" y="3">hit that a point followed</text>'
    yield '<path class="stem neutral" d="M214 6V-8"/><circle class="tip neutral" cx="214" cy="-8" r="3"/>'
    yield '<text x="224" y="3">hit without a point (length: level)</text>'
    yield '<circle class="point neutral" cx="490" cy="-1" r="8"/><text class="value" x="490" y="3">3</text>'
    yield '<text x="504" y="3">points</text>'
    yield '<rect class="gam-jeom" x="580" y="-8" width="14" height="14" rx="2"/>'
    yield '<text class="mark" x="587" y="3">G</text><text x="600" y="3">gam-jeom</text></g>'


def _strip(number: int, moments: Sequence[Moment], top: int, length: int, scored: set[int]) -> Iterator[str]:
    middle = top + STRIP / 2
    size = f'width="{WIDTH - LEFT - RIGHT}" height="{STRIP - 12}"'
    yield f'<g class="strip"><rect x="{LEFT}" y="{top + 6}" {size} rx="4"/>'
    yield f'<text class="round" x="0" y="{middle + 5:.0f}">Round {number}</text>'
    yield f'<text class="side blue" x="{LEFT - 8}" y="{middle - 40:.0f}">Blue</text>'
    yield f'<text class="side red" x="{LEFT - 8}" y="{middle + 48:.0f}">Red</text>'
    yield f'<path class="middle" d="M{LEFT} {middle:.1f}H{WIDTH - RIGHT}"/>'
    taken: dict[int, list[float]] = {1: [], 2: []}
    for moment in moments:
        yield from _moment(moment, length, middle, scored, taken)
    score = next((moment.score for moment in reversed(moments)), (0, 0))
    yield f'<text class="score blue" x="{WIDTH - RIGHT + 12}" y="{middle - 36:.0f}">{score[0]}</text>'
    yield f'<text class="score red" x="{WIDTH - RIGHT + 12}" y="{middle + 54:.0f}">{score[1]}</text></g>'


def _moment(
    moment: Moment, length: int, middle: float, scored: set[int], taken: dict[int, list[float]]
) -> Iterator[str]:
    side = SIDES.get(moment.athlete)
    if side is None or moment.kind not in ("hit", "point", "gam-jeom"):
        return
    gone = moment.gone_ms if moment.gone_ms is not None else moment.clock_ms or 0
    x = LEFT + 10 + (WIDTH - LEFT - RIGHT - 20) * min(max(gone / length, 0.0), 1.0)
    up = -1 if moment.athlete == 1 else 1
    title = f"<title>{side.capitalize()} {escape(moment.kind)} {moment.value or ''} at {clock(moment.clock_ms)}</title>"
    if moment.kind == "hit":
        end = middle + up * (6 + STEM * min(moment.value or 0, 100) / 100)
        how = f"{side} scored" if moment.seq in scored else side
        yield f'<g>{title}<path class="stem {how}" d="M{x:.1f} {middle:.1f}V{end:.1f}"/>'
        yield f'<circle class="tip {how}" cx="{x:.1f}" cy="{end:.1f}" r="3"/></g>'
        return
    if moment.kind == "point":
        # Points a second apart would cover each other: they move aside, and keep their order.
        x = max([x, *(other + 19 for other in taken[moment.athlete][-1:])])
        x = min(x, WIDTH - RIGHT - 10)
        taken[moment.athlete].append(x)
        y = middle + up * (STRIP / 2 - 16)
        yield f'<g>{title}<circle class="point {side}" cx="{x:.1f}" cy="{y:.1f}" r="9"/>'
        yield f'<text class="value" x="{x:.1f}" y="{y + 4:.1f}">{moment.value or "?"}</text></g>'
        return
    y = middle + up * 10
    yield f'<g>{title}<rect class="gam-jeom" x="{x - 7:.1f}" y="{y - 7:.1f}" width="14" height="14" rx="2"/>'
    yield f'<text class="mark" x="{x:.1f}" y="{y + 4:.1f}">G</text></g>'


def _axis(y: int, length: int) -> Iterator[str]:
    step = next((each for each in (10_000, 15_000, 30_000, 60_000) if length / each <= 13), 120_000)
    yield '<g class="axis">'
    for at in range(0, length + 1, step):
        x = LEFT + 10 + (WIDTH - LEFT - RIGHT - 20) * at / length
        yield f'<path d="M{x:.1f} {y - 4}v5"/><text x="{x:.1f}" y="{y + 15}">{clock(at)}</text>'
    yield f'<text class="unit" x="0" y="{y + 15}">time gone</text></g>'
