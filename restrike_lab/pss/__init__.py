"""The scoring protocol without I/O: bytes in, typed messages with status and confidence out, and back.

``streams`` says what the console sends, once per stream; ``parse``, ``encode``, the rules, ``Recognizer`` and the
protocol table are derived from it. A ``Table`` is one protocol version with a user's own definitions and rules in it;
what no table knows is gathered by its shape in a ``PatternBook``. Nothing in here knows of sockets, clocks, files or
databases, so the same code serves live traffic, replay, import, re-recognition and tests.
"""

from restrike_lab.pss.definition_file import dump_definitions, load_definitions
from restrike_lab.pss.definitions import Definition
from restrike_lab.pss.encoder import encode
from restrike_lab.pss.errors import DefinitionError, ProtocolError, RestrikeError, RuleError
from restrike_lab.pss.parser import parse
from restrike_lab.pss.patterns import PatternBook
from restrike_lab.pss.protocol import Table
from restrike_lab.pss.recognize import Recognition, Recognizer
from restrike_lab.pss.rules import Status
from restrike_lab.pss.streams import STREAMS, VERSIONS, Message, Unknown
from restrike_lab.pss.tally import RuleTally
from restrike_lab.pss.user_rules import UserRule

__all__ = [
    "STREAMS",
    "VERSIONS",
    "Definition",
    "DefinitionError",
    "Message",
    "PatternBook",
    "ProtocolError",
    "Recognition",
    "Recognizer",
    "RestrikeError",
    "RuleError",
    "RuleTally",
    "Status",
    "Table",
    "Unknown",
    "UserRule",
    "dump_definitions",
    "encode",
    "load_definitions",
    "parse",
]
