"""The report as a page: plain HTML, its style inside, nothing to load and nothing that runs."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from restrike_lab.bout.findings import TECHNIQUES
from restrike_lab.bout.loss_rate import LossRate
from restrike_lab.client.report.drawing import clock, timeline_svg
from restrike_lab.client.report.facts import BoutFacts, Row

__all__ = ["page"]

SIDES = {1: "Blue", 2: "Red"}
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
DECISIONS = {
    "RSC": "referee stops contest", "PTF": "points", "PTG": "point gap", "GDP": "golden point", "SUP": "superiority",
    "WDR": "withdrawal", "DSQ": "disqualification", "PUN": "gam-jeoms", "DQB": "disqualification for behaviour",
}  # fmt: skip

NOTES = (
    "A hit is linked to the first point of the same athlete within 5 s after it, or to one up to 150 ms before it. The "
    "link says that they followed each other, not that the hit was what scored.",
    "Hit levels (1 to 100) have no unit and belong to the make of the equipment; levels of different makes must not be "
    "compared. The console reports hits above its minimum only, so weak hits are missing from every figure.",
    "Head and punch points may come without a hit level. A gam-jeom gives the opponent a point, for which the console "
    "sends no point message.",
    "Times are those of the round clock unless said otherwise; wall times are UTC and those of arrival.",
)
FROM_MATCH_LOG = (
    "This bout was imported from a match log of the console, which has no clock ticks and repeats nothing: what is "
    "said below about missing messages does not apply to it."
)


def page(facts: BoutFacts, *, version: str, made: datetime) -> str:
    """Return the whole page. ``version`` is that of the lab, ``made`` when the report was made."""
    title = f"Match {facts.match['number'] or facts.match['match_id']}"
    style = files("restrike_lab.client.report").joinpath("report.css").read_text("utf-8")
    body = [
        *_header(facts),
        *_section("Course of the bout", _course(facts)),
        *_section("Rounds", _rounds(facts)),
        *_section("Athletes", _athletes(facts)),
        *_section("Hits", _hits(facts)),
        *(_section("Notes and tags", _annotations(facts)) if facts.annotations else ()),
        *_section("Data quality", _quality(facts)),
        *_section("How to read this", _notes(facts)),
        f"<footer>restrike_lab {text(version)} · made {made.astimezone(UTC):%Y-%m-%d %H:%M} UTC · "
        f"match {facts.match['match_id']} of this record</footer>",
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{text(title)}</title>\n<style>\n{style}</style></head>\n<body><main>\n"
        + "\n".join(body)
        + "\n</main></body></html>\n"
    )


def text(value: Any) -> str:
    """Return what came from outside as text of the page: escaped, without control characters."""
    clean = "".join(char if char.isprintable() else " " for char in str(value))
    return html.escape(clean)


def name_of(facts: BoutFacts, athlete: int) -> str:
    """Return an athlete's name, isolated so that its writing direction stays its own."""
    row = facts.athletes.get(athlete, {})
    return f"<bdi>{text(row.get('long_name') or row.get('short_name') or SIDES[athlete])}</bdi>"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, numeric_from: int = 1, name: str = "") -> str:
    """Return a table of cells that are HTML already."""

    def cells(tag: str, row: Sequence[str]) -> str:
        return "".join(
            f"<{tag}{' class=number' if at >= numeric_from else ''}>{cell}</{tag}>" for at, cell in enumerate(row)
        )

    body = "\n".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    caption = f"<caption>{name}</caption>" if name else ""
    whole = f"{caption}<thead><tr>{cells('th', head)}</tr></thead><tbody>{body}</tbody>"
    return f'<div class="wide"><table>{whole}</table></div>'


def _section(title: str, parts: Iterable[str]) -> Iterator[str]:
    yield f"<section><h2>{title}</h2>"
    yield from parts
    yield "</section>"


def _header(facts: BoutFacts) -> Iterator[str]:
    match = facts.match
    said = [f"Match {text(match['number'])}" if match["number"] else f"Match {match['match_id']}"]
    said += [text(match[key]) for key in ("phase", "division", "weight_class") if match[key]]
    said.append(f"Court {text(match['court'])}" if match["court"] else "")
    when = datetime.fromtimestamp((match["started_ns"] or match["loaded_ns"]) / 1e9, UTC)
    said.append(f"{when:%d %B %Y, %H:%M} UTC")
    yield f'<p class="where">{" · ".join(part for part in said if part)}</p>'
    yield '<header class="scoreline">'
    for athlete, side in SIDES.items():
        won = match["winner"] == side.upper()
        country = facts.athletes.get(athlete, {}).get("country") or ""
        rounds = match["rounds_blue"] if athlete == 1 else match["rounds_red"]
        yield (
            f'<div class="athlete {side.lower()}{" winner" if won else ""}"><span class="corner">{side}'
            f"{' · winner' if won else ''}</span><h1>{name_of(facts, athlete)}</h1>"
            f'<span class="country">{text(country)}</span><span class="won">{rounds}</span></div>'
        )
    yield "</header>"
    yield f'<p class="result">{_result(facts)}</p>'


def _result(facts: BoutFacts) -> str:
    match = facts.match
    by = str(match["decision"] or "")
    words = f" by {DECISIONS[by]} ({by})" if by in DECISIONS else f" ({text(by)})" if by else ""
    won = sorted((match["rounds_blue"], match["rounds_red"]), reverse=True)
    if match["winner"] == "BLUE":
        won = [match["rounds_blue"], match["rounds_red"]]
    elif match["winner"] == "RED":
        won = [match["rounds_red"], match["rounds_blue"]]
    score = f"{won[0]}–{won[1]} in rounds{words}"
    match match["winner"]:
        case "BLUE" | "RED":
            return f"{name_of(facts, 1 if match['winner'] == 'BLUE' else 2)} won {score}."
        case "TIE":
            return f"No winner: {score}."
        case _:
            return "The console has not named a winner." if match["fought"] else "Loaded, but not fought."


def _course(facts: BoutFacts) -> Iterator[str]:
    drawn = timeline_svg(facts)
    if drawn:
        yield f'<figure class="wide">{drawn}</figure>'
    yield f"<p>{text(facts.story.statement)}</p>"


def _rounds(facts: BoutFacts) -> Iterator[str]:
    if not facts.rounds:
        yield "<p>No round was fought.</p>"
        return
    holders = {0: "nobody", 1: "Blue", 2: "Red"}
    rows = []
    for row in facts.rounds:
        started, ended = row["started_ns"], row["ended_ns"]
        took = clock((ended - started) // 1_000_000) if started and ended else "–"
        rows.append([
            str(row["round"]), _known(row["blue_points"]), _known(row["red_points"]), _known(row["blue_gam_jeoms"]),
            _known(row["red_gam_jeoms"]), holders.get(row["superiority"], "–"), holders.get(row["winner"], "–"), took,
        ])  # fmt: skip
    head = (
        "Round",
        "Blue points",
        "Red points",
        "Blue gam-jeoms",
        "Red gam-jeoms",
        "Superiority",
        "Won by",
        "Wall time",
    )
    yield table(head, rows)


def _athletes(facts: BoutFacts) -> Iterator[str]:
    rows = []
    for athlete, side in SIDES.items():
        hits = [row for row in facts.hits if row["athlete"] == athlete and row["level"] is not None]
        levels = [row["level"] for row in hits]
        points = [row["points"] for row in facts.points if row["athlete"] == athlete]
        linked = sum(row["points"] is not None for row in hits)
        share = f"{linked} ({linked / len(hits):.0%})" if hits else "0"
        counts = [str(points.count(value) or "–") for value in TECHNIQUES]
        mean = f"{sum(levels) / len(levels):.1f}" if levels else "–"
        rows.append([
            f'<span class="dot {side.lower()}"></span>{name_of(facts, athlete)}', str(len(hits)), share, mean,
            str(max(levels, default="–")), *counts,
        ])  # fmt: skip
    head = (
        "Athlete",
        "Hits",
        "Hits with a point",
        "Mean level",
        "Highest",
        *(each.capitalize() for each in TECHNIQUES.values()),
    )
    yield table(head, rows)
    limits = [facts.match[key] for key in ("min_body_level", "min_head_level")]
    if any(limit is not None for limit in limits):
        body, head_level = (_known(limit) for limit in limits)
        yield f"<p>Minimum level that counts in this class: body {body}, head {head_level}.</p>"


def _hits(facts: BoutFacts) -> Iterator[str]:
    if not facts.hits:
        yield "<p>No hit level was received in this bout.</p>"
        return
    yield '<div class="columns">'
    for athlete, side in SIDES.items():
        rows = [_hit(row) for row in facts.hits if row["athlete"] == athlete]
        caption = f'<span class="dot {side.lower()}"></span>{name_of(facts, athlete)}'
        if rows:
            yield table(("Round", "Clock", "Level", "Points", "Delay"), rows, name=caption)
        else:
            yield f"<div><p>{caption}: no hits.</p></div>"
    yield "</div>"


def _hit(row: Row) -> Sequence[str]:
    points, delay = ("–", "–") if row["points"] is None else (f"<b>{row['points']}</b>", f"{row['delay_ms']} ms")
    return (_known(row["round"]), clock(row["clock_ms"]), _known(row["level"]), points, delay)


def _annotations(facts: BoutFacts) -> Iterator[str]:
    rows = [
        (
            f"event {row['seq']}" if row["seq"] is not None else "bout",
            _known(row["round"]),
            clock(row["clock_ms"]),
            f"<b>{text(row['text'])}</b>" if row["kind"] == "tag" else text(row["text"]),
            text(row["who"]),
        )
        for row in facts.annotations
    ]
    yield table(("Where", "Round", "Clock", "Note", "Who"), rows, numeric_from=9)


def _quality(facts: BoutFacts) -> Iterator[str]:
    found = facts.quality
    if facts.from_match_log:
        yield f'<p class="note">{FROM_MATCH_LOG}</p>'
    whole = "from its load to its end" if found.whole else "not from its beginning, or with an interruption"
    yield (
        f"<p>{facts.events} messages were heard, {whole}; {facts.unknown} of them were not fully recognized. "
        f"Clock ticks missing: {_rate(found.ticks)}. Messages missing among those whose absence shows: "
        f"{_rate(found.messages)}.</p>"
    )
    rows = [
        [text(check.name), f"{check.agreed} of {check.compared}", _verdict(check.agreed, check.compared)]
        for check in found.checks
    ]
    yield table(("What was compared", "Agreed", ""), rows)
    standing = [finding for finding in found.findings if finding.status != "withdrawn"]
    if standing:
        yield "<h3>What was probably lost</h3><ul>"
        for finding in standing[:100]:
            why = f"(certainty {finding.certainty:.0%}: {text(finding.reason)})"
            yield f"<li>{text(finding.text)} <small>{why}</small></li>"
        yield "</ul>"
        if len(standing) > 100:
            yield f"<p>and {len(standing) - 100} more.</p>"
    else:
        yield "<p>Nothing in the messages shows that another one was lost.</p>"
    yield "<h3>What no listener can prove</h3><ul>"
    yield from (f"<li>{text(each)}</li>" for each in found.not_provable)
    yield "</ul>"


def _verdict(agreed: int, compared: int) -> str:
    if not compared:
        return '<span class="verdict none">nothing to compare</span>'
    if agreed == compared:
        return '<span class="verdict good">✓ all agree</span>'
    return f'<span class="verdict bad">✗ {compared - agreed} differ</span>'


def _rate(rate: LossRate) -> str:
    if rate.rate is None:
        return "not known (none was expected)"
    return f"{rate.missing} of {rate.expected} ({rate.rate:.1%}; 95 % interval {rate.low:.1%} to {rate.high:.1%})"


def _notes(facts: BoutFacts) -> Iterator[str]:
    yield "<ul>"
    yield from (f"<li>{note}</li>" for note in NOTES)
    yield "</ul>"


def _known(value: Any) -> str:
    return "–" if value is None else text(value)
