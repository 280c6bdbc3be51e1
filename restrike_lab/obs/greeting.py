"""The first words with a server: finding out which protocol it speaks, and proving that the password is known.

v5 selects the subprotocol it is offered and speaks first; v4 selects nothing and is silent until asked. That tells
them apart without a guess [measured against real servers of both, an echo, a silent peer and a web server]. A server
known to speak v4 is asked at once, without the wait for a v5 greeting.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from restrike_lab.obs.dialect import Dialect, Hello, Identified, Incoming, Prepared, R, Reply, Spoken
from restrike_lab.obs.errors import AuthFailed, AuthRequired, NotObs, ObsError, ProtocolUnsupported, Silent
from restrike_lab.obs.events import Event
from restrike_lab.obs.requests import GetVersions
from restrike_lab.obs.transport import Transport, Waits
from restrike_lab.obs.v4 import V4
from restrike_lab.obs.v5 import SUBSCRIPTIONS, V5

__all__ = ["Greeting", "greet"]

_EARLY_EVENTS = 1000
"""Events taken before the greeting has ended; a v4 server without a password sends them at once [source]."""


@dataclass(slots=True)
class Greeting:
    """What came of it: the dialect, with what OBS said of itself, and the events that came in between."""

    dialect: Dialect
    early: list[Event] = field(default_factory=list)


async def greet(
    transport: Transport,
    password: str | None,
    waits: Waits,
    known: Spoken | None = None,
    subscriptions: int = SUBSCRIPTIONS,
) -> Greeting:
    """Find out the protocol, prove the password and ask for the versions.

    ``known`` is the protocol spoken at this address the last time. Raises ``AuthRequired``, ``AuthFailed``,
    ``NotObs``, ``ProtocolUnsupported``, ``Silent`` or ``ConnectionLost``.
    """
    talk = _Talk(transport, waits)
    try:
        if transport.offered_v5:
            return await talk.v5(await talk.await_hello(waits.opening), password, subscriptions)
        patience = {"v4": 0.0, "v5": waits.opening}.get(known or "", waits.hello)
        hello = await talk.await_hello_or_none(patience) if patience else None
        if hello is None:
            hello = await talk.ask_v4_versions()
        if hello is None:
            return await talk.v4(password)
        return await talk.v5(hello, password, subscriptions)
    except TimeoutError:
        if transport.offered_v5 or known:
            raise Silent("OBS takes the call and then says nothing", hint="It may be frozen; restart it.") from None
        raise NotObs("a WebSocket server that says nothing: not OBS", hint="Check address and port.") from None


class _Talk:
    """One greeting; each step waits for at most ``Waits.opening`` and raises TimeoutError then."""

    def __init__(self, transport: Transport, waits: Waits) -> None:
        self.transport = transport
        self.waits = waits
        self.early: list[Event] = []
        self.five = V5()
        self.four = V4()
        self.asked = 0

    # -- v5 --------------------------------------------------------------------------------------------------------

    async def await_hello(self, seconds: float) -> Hello:
        """Return the first message of a v5 server."""
        async with asyncio.timeout(seconds):
            said = await self.hear(self.five)
        if not isinstance(said, Hello):
            raise NotObs(f"a WebSocket server that does not greet as OBS does: {said}", hint="Check the port.")
        return said

    async def await_hello_or_none(self, seconds: float) -> Hello | None:
        """Return the greeting of a v5 server behind something that dropped its subprotocol, ``None`` for silence."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    frame, at = await self.transport.receive()
                    said = self.five.read(frame, at)
                    if isinstance(said, Hello):
                        return said
                    self.note(self.four.read(frame, at))
        except TimeoutError:
            return None

    async def v5(self, hello: Hello, password: str | None, subscriptions: int) -> Greeting:
        """Identify with a v5 server."""
        if hello.challenge is not None and not password:
            raise _password_wanted()
        dialect = self.five
        async with asyncio.timeout(self.waits.opening):
            await self.transport.send(dialect.identify(hello, password, subscriptions))
            said = await self.hear(dialect)
        if not isinstance(said, Identified):
            raise ProtocolUnsupported(f"OBS did not accept the greeting: {said}", hint="Report the version of OBS.")
        dialect.versions = await self.ask(dialect, dialect.prepare(GetVersions(), self.next_id()))
        return Greeting(dialect, self.early)

    # -- v4 --------------------------------------------------------------------------------------------------------

    async def ask_v4_versions(self) -> Hello | None:
        """Ask in v4 which OBS it is; return the greeting of one that turns out to speak v5."""
        prepared = self.four.prepare(GetVersions(), self.next_id())
        async with asyncio.timeout(self.waits.opening):
            await self.transport.send(prepared.frame)
            while True:
                frame, at = await self.transport.receive()
                said = self.five.read(frame, at)
                if isinstance(said, Hello):
                    return said
                said = self.four.read(frame, at)
                if isinstance(said, Reply) and said.id == str(self.asked):
                    break
                self.note(said)
        try:
            self.four.versions = prepared.read(said)
        except ObsError as problem:
            raise NotObs(f"a WebSocket server that is not OBS: {problem.message}", hint="Check the port.") from None
        return None

    async def v4(self, password: str | None) -> Greeting:
        """Authenticate with a v4 server, if it asks for that.

        The challenge is shared by all who connect and replaced whenever one succeeds, so a first failure may only
        mean that another client was faster [measured]; the second one means that the password is wrong.
        """
        for last in (False, True):
            challenge = await self.ask(self.four, self.four.ask_challenge(self.next_id()))
            if challenge is None:
                break
            if not password:
                raise _password_wanted()
            try:
                await self.ask(self.four, self.four.authenticate(self.next_id(), password, *challenge))
                break
            except AuthFailed:
                if last:
                    raise
        return Greeting(self.four, self.early)

    # -- both ------------------------------------------------------------------------------------------------------

    def next_id(self) -> str:
        self.asked += 1
        return str(self.asked)

    def note(self, said: Incoming) -> None:
        """Keep an event that came before its time."""
        if isinstance(said, Event) and len(self.early) < _EARLY_EVENTS:
            self.early.append(said)

    async def hear(self, dialect: Dialect) -> Incoming:
        """Return the next message that is no event."""
        while True:
            said = dialect.read(*await self.transport.receive())
            if not isinstance(said, Event):
                return said
            self.note(said)

    async def ask(self, dialect: Dialect, prepared: Prepared[R]) -> R:
        """Send a request and return its result; frames that belong to nothing are passed over."""
        async with asyncio.timeout(self.waits.opening):
            await self.transport.send(prepared.frame)
            while True:
                said = await self.hear(dialect)
                if isinstance(said, Reply) and said.id == str(self.asked):
                    return prepared.read(said)


def _password_wanted() -> AuthRequired:
    return AuthRequired("OBS asks for a password and none is set", hint="Set the password of this instance.")
