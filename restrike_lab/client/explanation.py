"""One unknown pattern explained: in plain values for screens, in words for people."""

from __future__ import annotations

import html
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from restrike_lab.pss.profile import FieldProfile
from restrike_lab.pss.similarity import Group, similarity

if TYPE_CHECKING:
    from restrike_lab.analysis.unknown import Study, Suggestion

__all__ = ["Explanation", "field_words", "sample_text"]

SHOWN_COMPANY = 10
SHOWN_VALUES = 8
NO_CODE = "its messages begin with no code word, and a stream is known by one"


class Explanation:
    """Everything that was found out about a pattern.

    ``pattern`` is its row with ``samples``, ``courts`` and ``sessions`` read. ``study`` is that of all messages that
    have its code word (see ``analysis.unknown``), ``None`` where it has none; ``group`` are the patterns most like it.
    """

    def __init__(self, pattern: dict[str, Any], study: Study | None, group: Group | None) -> None:
        self.pattern = pattern
        self.study = study
        self.group = group

    @property
    def suggestion(self) -> Suggestion | None:
        """Return the type of event that it may be, with its score and reasons."""
        return self.study.suggestion if self.study else None

    @property
    def toml(self) -> str:
        """Return the proposed definition, empty where there can be none."""
        return self.study.toml if self.study else ""

    @property
    def problem(self) -> str:
        """Return why there is no proposed definition, empty where there is one."""
        return self.study.problem if self.study else NO_CODE

    def near(self) -> list[tuple[str, float, str]]:
        """Return the patterns most like this one: shape, similarity 0..1, and what it is made of."""
        own = self.pattern["shape"]
        others = [shape for shape in (self.group.shapes if self.group else ()) if shape != own]
        rated = [(shape, similarity(own, shape)) for shape in others]
        return [(shape, each.score, "; ".join(part.text for part in each.parts)) for shape, each in rated]

    def plain(self) -> dict[str, Any]:
        """Return everything as plain values with the reasons in words, as screens show it."""
        study = self.study
        return {
            "pattern": self.pattern,
            "suggestion": None
            if study is None
            else {
                "event_type": study.suggestion.event_type,
                "score": study.suggestion.score,
                "reasons": list(study.suggestion.reasons),
            },
            "count": study.count if study else self.pattern["occurrence_count"],
            "codes": list(study.codes) if study else [],
            "shapes": list(map(list, study.shapes)) if study else [],
            "company": [str(each) for each in study.company if each.sure][:SHOWN_COMPANY] if study else [],
            "fields": [field_words(each) for each in study.fields] if study else [],
            "near": [{"shape": shape, "score": score, "text": text} for shape, score, text in self.near()],
            "toml": self.toml,
            "problem": self.problem,
        }

    def sections(self) -> list[tuple[str, list[str]]]:
        """Return the explanation as titles, each with its lines."""
        plain, row = self.plain(), self.pattern
        courts = ", ".join(f"{court} ({count})" for court, count in row["courts"].items())
        seen = f"{row['occurrence_count']} times from {_moment(row['first_seen'])} to {_moment(row['last_seen'])}"
        parts = [
            (f"Pattern {row['pattern_hash']}", [row["shape"], f"{seen}, on court {courts or '?'}"]),
            ("Samples", [sample_text(each) for each in row["samples"]]),
            ("Fields", [f"{each['place']}: {each['text']}" for each in plain["fields"]]),
            ("Comes with", plain["company"]),
            ("Like it", [f"{each['shape']} ({each['score']:.2f}): {each['text']}" for each in plain["near"]]),
        ]
        if found := plain["suggestion"]:
            title = f"Probably: {found['event_type']} (score {found['score']:.2f} of 1)"
            parts.append((title, [f"because {each}" for each in found["reasons"]]))
        parts.append(("Notes", [row["notes"]] if row["notes"] else []))
        parts.append(("Proposed definition", self.toml.splitlines() if self.toml else [f"none: {self.problem}"]))
        return [(title, lines) for title, lines in parts if lines]

    def __repr__(self) -> str:
        lines = [f"{title}\n" + "\n".join(f"  {line}" for line in lines) for title, lines in self.sections()]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        parts = []
        for title, lines in self.sections():
            if title == "Proposed definition" and self.toml:
                body = f"<pre>{html.escape(self.toml)}</pre>"
            else:
                body = f"<ul>{''.join(f'<li>{html.escape(line)}</li>' for line in lines)}</ul>"
            parts.append(f"<b>{html.escape(title)}</b>{body}")
        return "".join(parts)


def field_words(field: FieldProfile) -> dict[str, Any]:
    """Return what one field does as plain values and in a line."""
    classes = ", ".join(name if count == field.present else f"{name} ({count})" for name, count in field.classes)
    values = ", ".join(f"{text or '(empty)'} ×{count}" for text, count in field.values[:SHOWN_VALUES])
    more = f" and {field.distinct - SHOWN_VALUES} more" if field.distinct > SHOWN_VALUES else ""
    if field.constant:
        kind = f"always {field.values[0][0] or 'empty'}"
    elif field.low is not None and field.high is not None:
        kind = f"{field.distinct} values from {field.low:g} to {field.high:g}"
    else:
        kind = f"{field.distinct} values"
    present = "" if field.present == field.total else f"; in {field.present} of {field.total} messages"
    depends = [f"changes with the {each.stamp}: {each.text}" for each in field.changes_with]
    shown = "" if field.constant else f": {values}{more}"
    return {
        "place": field.place,
        "classes": classes,
        "kind": kind,
        "values": values + more,
        "constant": field.constant,
        "present": field.present,
        "total": field.total,
        "depends": depends,
        "text": "; ".join([f"{classes}, {kind}{shown}{present}", *depends]),
    }


def sample_text(sample: Mapping[str, Any]) -> str:
    """Return a sample as people read it: unprintable characters as escapes, bytes that are no text as base64."""
    if "text" not in sample:
        return f"base64:{sample['base64']}"
    text = str(sample["text"])
    return text if text.isprintable() else text.encode("unicode_escape").decode()


def _moment(ns: int) -> str:
    return datetime.fromtimestamp(ns / 1e9, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
