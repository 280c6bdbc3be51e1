"""From a typed message to the bytes a console would send, the inverse of the parser.

``parse(encode(message))`` gives an equal message for every message that the parser can yield. Empties after the last
filled field are dropped, since they carry nothing; a text that is present but empty is not.
"""

from __future__ import annotations

from restrike_lab.pss import framing
from restrike_lab.pss.layout import WireField, layout_of
from restrike_lab.pss.streams import DisplayHint, Message, PortNotice, Unknown

__all__ = ["encode"]


def encode(message: Message) -> bytes:
    """Return the datagram of a message, without a terminator."""
    return _text(message).encode("utf-8", "surrogateescape")


def _text(message: Message) -> str:
    if isinstance(message, Unknown):
        return message.text
    if isinstance(message, PortNotice):
        return ";".join([f"Udp Port {message.port} {message.state}", *message.extra]) + ";"
    tokens = _tokens(message)
    # A last field that is empty, or ends like a terminator, needs the semicolon behind it or it would be lost.
    bare = len(tokens) == 1 or not tokens[-1] or tokens[-1][-1] in framing.TERMINATORS.decode()
    return ";".join(tokens) + (";" if bare else "")


def _tokens(message: Message) -> list[str]:
    layout = layout_of(type(message))
    tokens = [] if layout.code_is_key else [_code(message)]
    sections = {key: _section(message, fields) for key, fields in layout.sections.items()}
    repeated = message.extra[0] if message.extra and message.extra[0] in sections else None
    keys = [key for key, texts in sections.items() if texts or key in (None, repeated)] or [next(iter(sections))]
    if message.extra and repeated is None:
        # Surplus fields stand behind a section that is full; a keyed one may go last, the leading one may not.
        full = [key for key in keys if _can_be_full(layout.sections[key], sections[key])]
        if full and full[-1] is not None:
            keys.remove(full[-1])
            keys.append(full[-1])
        for key in full[-1:]:
            sections[key] += [""] * (len(layout.sections[key]) - len(sections[key]))
    for key in keys:
        tokens += [*([key] if key is not None else []), *sections[key]]
    return [*tokens, *message.extra]


def _can_be_full(fields: tuple[WireField, ...], texts: list[str]) -> bool:
    """Tell whether empties may fill the section up: an empty number is an absent one, an empty text is not."""
    return not any(field.wire.kind.empty_is_value for field in fields[len(texts) :])


def _section(message: Message, fields: tuple[WireField, ...]) -> list[str]:
    """Return the texts of a section up to its last field that is there."""
    unread = dict(message.unread)
    texts: list[str] = []
    filled = 0
    for place, field in enumerate(fields):
        value = getattr(message, field.name)
        if value is not None or field.name in unread:
            filled = place + 1
        texts.append(unread.get(field.name, "") if value is None else field.wire.kind.write(value))
    return texts[:filled]


def _code(message: Message) -> str:
    """Return the code word: of the codes of the stream, the one whose preset the message carries."""
    if isinstance(message, DisplayHint):
        return message.hint
    for code, preset in message.codes.items():
        if all(getattr(message, name) == value for name, value in preset.items()):
            return code
    raise ValueError(f"{type(message).__name__} has no code for its athlete")
