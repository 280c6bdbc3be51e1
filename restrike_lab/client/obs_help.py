"""What can be said to OBS in words: each with its usage and its one sentence.

From here come ``restrike-lab obs --help``, ``restrike-lab obs WORD --help``, ``%restrike obs help`` and a table of the
README.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import NamedTuple

from restrike_lab.client.errors import CommandError

__all__ = ["ON_ONE", "USAGE", "WORDS", "Word", "help_text", "misunderstood"]

USAGE = "[WORD [ARGUMENT...]] [on INSTANCE]"
ON_ONE = "`on INSTANCE` may stand at the end, and must where there are several instances."


class Word(NamedTuple):
    """What may follow a word, what it does, and whether it asks one instance for something."""

    usage: str
    help: str
    one: bool = False


WORDS: Mapping[str, Word] = {
    "list": Word("", "Show every instance in one line; so does no word at all."),
    "status": Word("NAME", "Show all that is known of an instance."),
    "add": Word(
        "NAME [[HOST:]PORT] [ROLE]",
        "Take an OBS in and connect to it; port 4455 of this machine unless told. Asks for the password.",
    ),
    "change": Word(
        "NAME [host=HOST] [port=PORT] [role=ROLE] [password]", "Change an instance; `password` asks for a new one."
    ),
    "test": Word("NAME | [HOST:]PORT", "Try to reach an instance, or an address, and say what is there."),
    "enable": Word("NAME", "Connect an instance, now and at every start."),
    "disable": Word("NAME", "Leave an instance alone until it is enabled."),
    "remove": Word("NAME", "Forget an instance and its password."),
    "scene": Word("NAME", "Put a scene into the program.", True),
    "back": Word("", "Go back to the scene before the last one that the lab put on.", True),
    "preview": Word("NAME", "Put a scene into the preview (studio mode).", True),
    "take": Word("", "Bring the preview into the program (studio mode).", True),
    "studio": Word("on | off", "Switch studio mode.", True),
    "transition": Word("NAME", "Use another transition from now on.", True),
    "transitions": Word("", "List the transitions, the one that is used marked.", True),
    "show": Word("SCENE ITEM", "Show an item of a scene.", True),
    "hide": Word("SCENE ITEM", "Hide an item of a scene.", True),
    "record": Word("start | stop | pause | resume | split", "Work the recording; `stop` gives its path.", True),
    "chapter": Word("TEXT", "Put a chapter mark into the recording.", True),
    "stream": Word("start | stop", "Work the stream.", True),
    "replay": Word("start | stop | save", "Work the replay buffer; `save` gives the path.", True),
    "file-name": Word("PATTERN", "Name the next files from the bout, such as '{number} {blue}-{red}'.", True),
    "folder": Word("PATTERN", "Choose the folder of the next files from the bout, such as 'D:/{date}'.", True),
    "reconnect": Word("", "Try to connect now.", True),
    "rules": Word("", "List the rules that work OBS by themselves, and which of them are on."),
    "rule": Word(
        "on NAME... | off NAME... | show NAME | put JSON | drop NAME",
        "Switch rules, show one as JSON, add or change one, forget one.",
    ),
    "pause": Word("", "Pause all rules."),
    "go-on": Word("", "Let the rules go on."),
    "firings": Word("[MATCH_ID]", "Tell what rules did, newest first, in all matches or in one."),
    "rehearse": Word(
        "[MATCH_ID] [RULE...]",
        "Tell what rules would have done in a stored match, the newest unless told; nothing is done.",
    ),
    "help": Word("[WORD]", "Show this list, or one entry of it."),
}
"""Every word, in the order in which people need them."""


def help_text(word: str = "") -> str:
    """Return the list of all words, or the entry of one; raises :class:`CommandError` for one that is none."""
    if not word:
        wide = max(map(len, WORDS))
        return "\n".join([*(f"{name:{wide}}  {each.help}" for name, each in WORDS.items()), "", ON_ONE])
    found = WORDS.get(word)
    if found is None:
        raise misunderstood([word])
    lines = [f"obs {word} {found.usage}".rstrip() + (" [on INSTANCE]" if found.one else ""), f"    {found.help}"]
    return "\n".join([*lines, f"    {ON_ONE}"] if found.one else lines)


def misunderstood(words: list[str]) -> CommandError:
    """Return the error for words that mean nothing: with the usage of the first, or the word that was meant."""
    said = " ".join(words)
    if words and words[0] in WORDS:
        return CommandError(f"what does {said!r} mean?", hint=help_text(words[0]).partition("\n")[0])
    near = get_close_matches(words[0], WORDS, n=1) if words else []
    hint = f"Did you mean `obs {near[0]}`?" if near else "`obs help` lists what can be said."
    return CommandError(f"what does {said!r} mean?", hint=hint)
