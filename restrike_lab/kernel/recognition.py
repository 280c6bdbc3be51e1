"""The sub-commands about recognition: ``unknown``, ``quality``, ``rules``, ``definitions``, ``recognize`` and ``mark``.

Each takes the lab and the words behind its name and returns what the notebook shows. What may come next is known here,
too, for the Tab key.
"""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from restrike_lab.client import rule_words
from restrike_lab.client.deciding import signed_by
from restrike_lab.kernel.notes import Note, UsageProblem
from restrike_lab.pss.errors import RestrikeError
from restrike_lab.pss.user_rules import USER_KINDS

if TYPE_CHECKING:
    from restrike_lab.client.lab import Lab

__all__ = ["USAGES", "definitions", "mark", "next_words", "quality", "recognize", "rules", "unknown"]

USAGES: Mapping[str, str] = {
    "unknown": "[PATTERN | propose PATTERN | note PATTERN TEXT]",
    "quality": "[MATCH_ID | all]",
    "rules": "[add ID STREAM[.FIELD] KIND [NAME=VALUE ...] WHY | on ID WHY | off ID WHY | show ID | failures [ID]]",
    "recognize": "[apply WHY | runs | undo RUN_ID WHY | court COURT VERSION [WHY]]",
    "mark": "SEQ recognized|partial|unknown|deprecated WHY",
    "definitions": "[check FILE | put FILE WHY | drop NAME WHY | export FILE]",
}
MAX_OFFERED = 200


def unknown(lab: Lab, argument: str) -> Any:
    """Show the unknown patterns, one of them explained, its proposed definition; or keep a note with it."""
    words = argument.split(maxsplit=2)
    match words:
        case []:
            return lab.unknown()
        case ["propose", which]:
            return Note(lab.unknown.propose(which))
        case ["note", which, text]:
            lab.unknown.note(which, _unquoted(text))
            return Note(f"Noted with {which}.")
        case [which] if which not in ("propose", "note"):
            return lab.unknown.explain(which)
    raise _misused("unknown")


def quality(lab: Lab, argument: str) -> Any:
    """Show how complete the record of a match is, of the last one, or of all in a line each."""
    if not argument:
        return lab.quality()
    if argument == "all":
        import pandas as pd

        return pd.DataFrame(lab.quality.overview())
    try:
        return lab.quality(int(argument))
    except ValueError:
        raise _misused("quality") from None


def rules(lab: Lab, argument: str) -> Any:
    """Show the rules, add one, switch one on or off, or show the evaluations that failed."""
    words = _words("rules", argument)
    match words:
        case []:
            return lab.rules()
        case ["failures"]:
            return lab.rules.failures()
        case ["failures", rule_id]:
            return lab.rules.failures(rule_id)
        case ["show", rule_id]:
            return _revisions(lab, rule_id)
        case ["on" | "off" as wanted, rule_id, *why] if why:
            lab.rules.switch(rule_id, wanted == "on", " ".join(why))
            return Note(f"Rule {rule_id} is {wanted} from the next event on.")
        case ["add", rule_id, place, kind, *rest]:
            parameters, why = rule_words.parameters(rest)
            stream, field = rule_words.place(place)
            if reason := " ".join(why):
                put: dict[str, Any] = {
                    "stream": stream,
                    "field": field,
                    "kind": kind,
                    "parameters": parameters,
                    "why": reason,
                }
                revision = lab.rules.add(rule_id, **put)
                return Note(f"Rule {rule_id}, revision {revision}, counts from the next event on.")
    raise _misused("rules")


def _revisions(lab: Lab, rule_id: str) -> Any:
    """Return what a rule was and is, newest first, with who and why."""
    import pandas as pd

    found = lab.rules.revisions(rule_id)
    if not found:
        raise UsageProblem(f"there is no rule {rule_id!r}", hint="%restrike rules lists them")
    frame = pd.DataFrame(found)
    frame["changed"] = pd.to_datetime(frame.pop("changed_ns"), unit="ns", utc=True)
    return frame


def definitions(lab: Lab, argument: str) -> Any:
    """Show the streams that people defined; check, put, drop or export them.

    ``put`` and ``check`` take a file, or the TOML itself in the cell below: then only the reason stands behind ``put``.
    """
    line, _, cell = argument.partition("\n")
    words = _words("definitions", line)
    match words:
        case []:
            return lab.definitions()
        case ["check"] if cell.strip():
            return _told(lab.definitions.check(cell, "cell"))
        case ["check", path]:
            return _told(lab.definitions.check(_read(path), Path(path).name))
        case ["put", *why] if cell.strip() and why:
            return Note(f"Defined: {', '.join(lab.definitions.put(cell, ' '.join(why)))}.")
        case ["put", path, *why] if why and not cell.strip():
            lab.definitions.check(_read(path), Path(path).name)
            return Note(f"Defined: {', '.join(lab.definitions.put(_read(path), ' '.join(why)))}.")
        case ["drop", name, *why] if why:
            lab.definitions.drop(name, " ".join(why))
            return Note(f"{name} counts no more; its revisions stay.")
        case ["export", path]:
            return Note(f"Written to {lab.definitions.export(path)}.")
    raise _misused("definitions")


def recognize(lab: Lab, argument: str) -> Any:
    """Show what recognizing everything stored anew would change, apply it, show the runs, or take one back.

    ``court`` has a court judged by another protocol version from the next event on.
    """
    match _words("recognize", argument):
        case []:
            return Note(str(lab.recognize(dry_run=True)))
        case ["apply", *why] if why:
            return Note(str(lab.recognize(dry_run=False, why=" ".join(why))))
        case ["runs"]:
            return lab.runs()
        case ["undo", run_id, *why] if why and run_id.isdigit():
            return Note(f"Run {run_id} was taken back by run {lab.undo(int(run_id), ' '.join(why))}.")
        case ["court", court, version, *why]:
            lab.command("protocol.set", court=court, version=version, why=" ".join(why), who=signed_by())
            return Note(f"Court {court} is judged by {version} from the next event on.")
    raise _misused("recognize")


def mark(lab: Lab, argument: str) -> Note:
    """Set the recognition status of an event by hand."""
    match _words("mark", argument):
        case [seq, status, *why] if why and seq.isdigit():
            lab.set_status(int(seq), status, " ".join(why))
            return Note(f"Event {seq} is {status}; what it was is kept.")
    raise _misused("mark")


def next_words(lab: Lab, words: Sequence[str]) -> list[str]:
    """Return what may come behind the words of a line that begins with one of these sub-commands."""
    find = _NEXT.get(tuple(words))
    if find is None:
        return []
    with contextlib.suppress(RestrikeError):  # a hub that is away offers nothing
        return find(lab)[:MAX_OFFERED]
    return []


def _patterns(lab: Lab) -> list[str]:
    rows = lab.unknown.rows()
    return [*dict.fromkeys(row["code"] for row in rows if row["code"]), *(row["pattern_hash"] for row in rows)]


def _rule_ids(lab: Lab) -> list[str]:
    return list(dict.fromkeys(str(each["rule_id"]) for each in lab.command("rules")))


_NEXT: Mapping[tuple[str, ...], Callable[[Lab], list[str]]] = {
    ("unknown",): lambda lab: ["note", "propose", *_patterns(lab)],
    ("unknown", "propose"): _patterns,
    ("unknown", "note"): _patterns,
    ("quality",): lambda lab: ["all", *(str(each["match_id"]) for each in lab.quality.overview())],
    ("rules",): lambda lab: ["add", "failures", "off", "on", "show"],
    ("rules", "on"): _rule_ids,
    ("rules", "off"): _rule_ids,
    ("rules", "show"): _rule_ids,
    ("rules", "failures"): _rule_ids,
    ("recognize",): lambda lab: ["apply", "court", "runs", "undo"],
    ("recognize", "court"): lambda lab: sorted(lab.live.courts),
    ("definitions",): lambda lab: ["check", "drop", "export", "put"],
    ("definitions", "drop"): lambda lab: list(lab.definitions.texts()),
}


def _words(command: str, line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:
        raise _misused(command) from None


def _read(path: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as reason:
        raise UsageProblem(f"{path} cannot be read: {reason}", hint="Give the path of a TOML file.") from None


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


def _told(found: Sequence[Any]) -> Note:
    streams = ", ".join(f"{each.name} ({', '.join(each.codes)})" for each in found)
    return Note(f"Well formed: {streams}." if streams else "Well formed, and defines nothing.")


def _misused(command: str) -> UsageProblem:
    more = f"; kinds: {', '.join(USER_KINDS)}" if command == "rules" else ""
    return UsageProblem(f"that is no use of `%restrike {command}`", hint=f"%restrike {command} {USAGES[command]}{more}")
