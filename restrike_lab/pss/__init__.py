"""The scoring protocol without I/O: bytes in, typed messages with status and confidence out, and back.

``streams`` says what the console sends, once per stream; ``parse``, ``encode``, the rules, ``Recognizer`` and the
protocol table are derived from it. Nothing in here knows of sockets, clocks, files or databases, so the same code
serves live traffic, replay, import, re-recognition and tests.
"""

from restrike_lab.pss.encoder import encode
from restrike_lab.pss.errors import ProtocolError, RestrikeError
from restrike_lab.pss.parser import parse
from restrike_lab.pss.recognize import Recognition, Recognizer
from restrike_lab.pss.rules import Status
from restrike_lab.pss.streams import STREAMS, VERSIONS, Message, Unknown

__all__ = [
    "STREAMS",
    "VERSIONS",
    "Message",
    "ProtocolError",
    "Recognition",
    "Recognizer",
    "RestrikeError",
    "Status",
    "Unknown",
    "encode",
    "parse",
]
