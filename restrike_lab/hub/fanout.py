"""The WebSocket server: tells every client what has been committed, and answers commands.

It runs an asyncio loop in a thread of its own, so that neither a notebook cell nor the database delays it. Only the
loop's thread touches its state; the pipeline hands groups over with ``publish``. An event is published after its
transaction, so whatever a client was told is in the database.

Every client first gets a snapshot, then stored events in pages until it has caught up with what was published, then
live frames: no event is missing in between and none comes twice. When a flood outruns the loop, recording goes first:
clients are *behind* and get a fresh snapshot when the flood has passed, and one a second while it lasts.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import msgspec
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from restrike_lab.bout import CourtState
from restrike_lab.hub.access import AccessDesk
from restrike_lab.hub.admission import Admission, query_value
from restrike_lab.hub.clients import BACKLOG_BYTES, Client
from restrike_lab.hub.commands import Commands
from restrike_lab.hub.frames import Row, encode, event_frame, match_frame
from restrike_lab.hub.watch.stages import Steps
from restrike_lab.pss import Recognition

__all__ = ["Fanout", "Group", "Picture"]

log = logging.getLogger(__name__)

PAGE = 500
PENDING_EVENTS = 20_000
MATCH_INTERVAL = 1 / 30
TICK_SECONDS, CALM_TICK_SECONDS = 0.05, 0.2
KEPT_ALERTS = 20

Page = Sequence[tuple[Row, Recognition]]
Message = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Group:
    """What one transaction stored: rows with consecutive ``seq`` up to ``seq``, and the courts that changed.

    ``pressed`` tells that more is waiting than the lab can show; ``rows`` may then be left out.
    """

    seq: int
    rows: Sequence[Row]
    recognitions: Sequence[Recognition]
    courts: Mapping[str, CourtState]
    pressed: bool = False
    steps: Steps | None = None


@dataclass(slots=True)
class Picture:
    """What a snapshot shows: everything up to ``seq``."""

    epoch: int
    seq: int
    courts: dict[str, CourtState]
    gaps: Sequence[Message] = ()


class Fanout:
    """Serve clients on ``listener``.

    ``page(since, limit)`` returns stored events after ``since`` in order and is called from one reading thread;
    ``tick()`` returns the figures that clients get every second and is called as often, from the loop's thread.
    """

    def __init__(
        self,
        listener: socket.socket,
        admission: Admission,
        commands: Commands,
        picture: Picture,
        page: Callable[[int, int], Page],
        tick: Callable[[], Message],
        backlog_bytes: int = BACKLOG_BYTES,
    ) -> None:
        self.listener = listener
        self.admission = admission
        self.commands = commands
        self.picture = picture
        self.page = page
        self.tick = tick
        self.metrics: Message = {}
        self.on_told: Callable[[Steps, Sequence[Client]], None] = lambda _steps, _clients: None
        self.backlog_bytes = backlog_bytes
        self.access: AccessDesk | None = None  # set before the start by a hub that has users
        self.encryption: ssl.SSLContext | None = None  # likewise, by one that has a certificate
        self.listeners = 0
        self.present: set[Client] = set()  # have their snapshot
        self.clients: set[Client] = set()  # and have caught up
        self.alerts: deque[Message] = deque(maxlen=KEPT_ALERTS)
        self.shown: dict[str, Message] = {}
        self.errands: set[asyncio.Task[None]] = set()
        self.pending: deque[Group] = deque()
        self.published = self.delivered = 0
        self.paged = 0  # the last event that was told in a page
        self.scheduled = False
        self.pressed = False
        self.changed_at: dict[str, int] = {}
        self.match_sent: dict[str, float] = {}
        self.match_due: dict[str, asyncio.TimerHandle] = {}
        self.loop = asyncio.new_event_loop()
        self.ready = threading.Event()
        self.stopping = asyncio.Event()
        self.thread = threading.Thread(target=self.run, name="restrike-fanout", daemon=True)
        self.readers = ThreadPoolExecutor(1, thread_name_prefix="restrike-page")
        self.workers = ThreadPoolExecutor(2, thread_name_prefix="restrike-command")

    # -- called from other threads ---------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to serve; returns when clients can connect."""
        self.thread.start()
        self.ready.wait()

    def stop(self) -> None:
        """Deliver what was published, say goodbye to the clients and end the thread; idempotent."""
        if self.thread.is_alive():
            self.call(self.stopping.set)
            self.thread.join()
        else:
            self.loop.close()
        self.listener.close()
        self.readers.shutdown()
        self.workers.shutdown()

    def publish(self, group: Group) -> None:
        """Tell the clients about a committed group (the pipeline's thread only)."""
        if not self.listeners or group.pressed or self.published - self.delivered > PENDING_EVENTS:
            group = Group(group.seq, (), (), group.courts, group.pressed, group.steps)
        self.published += len(group.rows)
        self.pending.append(group)
        if self.listeners and not self.scheduled:  # else the next tick is soon enough
            self.scheduled = True
            self.call(self.deliver)

    def alert(self, message: Message) -> None:
        """Tell the clients of something that needs a person, now and in coming snapshots."""
        self.call(self.take_alert, message)

    def show(self, message: Message) -> None:
        """Send a picture of something beside the courts, such as OBS; coming snapshots hold it under its type."""
        self.call(self.take_picture, message)

    def call(self, function: Callable[..., object], *args: object) -> None:
        """Run a function in the loop's thread, soon; without effect when the loop has ended."""
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(function, *args)

    # -- the loop's thread -----------------------------------------------------------------------------------------

    def run(self) -> None:
        """Serve until stopped (the thread's body)."""
        try:
            self.loop.run_until_complete(self.main())
        finally:
            self.ready.set()
            self.loop.close()

    async def main(self) -> None:
        """Open the server, keep time, close the server."""
        quiet = logging.getLogger("restrike_lab.hub.websockets")
        quiet.setLevel(logging.CRITICAL)  # a port scanner's broken handshake is no news
        async with serve(
            self.handle,
            sock=self.listener,
            ssl=self.encryption,
            process_request=self.admission.process_request,
            compression=None,
            max_size=64 << 10,
            close_timeout=1,
            open_timeout=5,
            server_header=None,
            logger=quiet,
        ):
            self.metrics = self.tick()
            self.ready.set()
            ticker = asyncio.create_task(self.keep_time())
            await self.stopping.wait()
            ticker.cancel()
            for errand in self.errands:
                errand.cancel()

    async def keep_time(self) -> None:
        """Send metrics every second, and snapshots to clients that were behind."""
        next_metrics = self.loop.time()
        while True:
            self.deliver()
            for client in self.clients:
                if client.behind and client.drained and self.loop.time() >= client.quiet_until:
                    self.catch_fresh(client)
            if self.loop.time() >= next_metrics:
                next_metrics = self.loop.time() + 1.0
                self.metrics = self.tick()
                if self.clients:
                    self.tell(encode({"type": "metrics", **self.metrics}))
            behind = any(client.behind for client in self.clients)
            await asyncio.sleep(TICK_SECONDS if behind else CALM_TICK_SECONDS)

    async def handle(self, connection: ServerConnection) -> None:
        """Serve one client from its snapshot to its end."""
        client = Client(connection, self.admission.caller(connection), self.backlog_bytes)
        client.seat.tell = lambda message: self.call(client.write, encode(message))
        if self.access is not None:
            self.access.seated(client.seat)
        assert connection.request is not None
        since = query_value(connection.request, "since")
        self.listeners += 1  # from here on groups come with their rows; older ones are in the database
        self.deliver()
        feeding = asyncio.create_task(self.feed(client, None if since is None else int(since)))
        try:
            async for text in connection:
                await self.obey(client, text)
        except ConnectionClosed:
            pass
        finally:
            if self.access is not None:
                self.access.left(client.seat)
            self.listeners -= 1
            self.present.discard(client)
            self.clients.discard(client)
            feeding.cancel()
            await asyncio.gather(feeding, return_exceptions=True)

    async def feed(self, client: Client, since: int | None) -> None:
        """Feed a client; one that cannot be fed is sent away, to come again with its ``since``."""
        try:
            await self.bring_up(client, since)
        except ConnectionClosed:
            return
        except Exception:
            log.exception("a client could not be given the stored events")
            await client.connection.close(1011, "the stored events cannot be read")

    async def bring_up(self, client: Client, since: int | None) -> None:
        """Bring a client from its snapshot to the live frames, in stored events and at its own pace."""
        shown = self.picture.seq
        # Pages tell of events a moment before their group is published, so a client may know more than the picture. A
        # number beyond what was ever told belongs to another database; then there is nothing to resume.
        position = shown if since is None or since > max(shown, self.paged) else since
        client.write(self.snapshot(client, max(shown, position)))
        self.present.add(client)
        while True:
            published = self.picture.seq
            position, frames = await self.loop.run_in_executor(self.readers, self.frames_after, position)
            client.write(frames)
            self.paged = max(self.paged, position)
            if not frames:
                position = max(position, published)  # whatever was published by then is stored, or is no more
            if position >= self.picture.seq:
                break
            await client.connection.drain()
        client.position = position
        for court, seq in self.changed_at.items():
            if seq > shown:
                client.write(match_frame(court, seq, self.picture.courts[court]))
        self.clients.add(client)

    def frames_after(self, position: int) -> tuple[int, bytes]:
        """Return the frames of a page of stored events and the last ``seq`` among them (a reading thread)."""
        page = self.page(position, PAGE)
        if not page:
            return position, b""
        return page[-1][0][0], b"".join([event_frame(row, recognition) for row, recognition in page])

    async def obey(self, client: Client, text: str | bytes) -> None:
        """Carry out one command and reply."""
        try:
            request = msgspec.json.decode(text, type=dict[str, Any])
        except msgspec.DecodeError as problem:
            hint = 'Send {"id": "1", "command": "status", "args": {}}.'
            client.write(encode({"type": "error", "message": f"not a command: {problem}", "hint": hint}))
            return
        reply = await self.loop.run_in_executor(self.workers, self.commands.answer, request, client.caller)
        if isinstance(coming := reply.get("result"), Future):
            errand = self.loop.create_task(self.reply_later(client, reply, coming))
            self.errands.add(errand)
            errand.add_done_callback(self.errands.discard)
            return
        client.write(encode(reply))
        await client.connection.drain()

    async def reply_later(self, client: Client, reply: dict[str, Any], coming: Future[Any]) -> None:
        """Reply when the result is there; what takes its time keeps no other command waiting."""
        result = asyncio.wrap_future(coming)
        await asyncio.wait([result])
        client.write(encode(self.commands.settle(reply, result.result)))

    # -- what goes out ---------------------------------------------------------------------------------------------

    def snapshot(self, client: Client, seq: int, reason: str | None = None) -> bytes:
        """Return the frame that shows a client everything as it stands; what follows it begins after ``seq``."""
        picture = self.picture
        message: dict[str, Any] = {
            "type": "snapshot",
            "epoch": picture.epoch,
            "seq": seq,
            "courts": picture.courts,
            "metrics": self.metrics,
            "gaps": picture.gaps,
            "alerts": list(self.alerts),
            **self.shown,
        }
        if self.access is not None:
            message["you"] = self.access.you(client.seat)
        if reason:
            message["reason"] = reason
        return encode(message)

    def catch_fresh(self, client: Client) -> None:
        """Send a snapshot in place of what a client missed, and let it follow again."""
        client.behind = False
        client.position = max(client.position, self.picture.seq)
        client.quiet_until = self.loop.time() + 1.0
        client.write(self.snapshot(client, client.position, "slow"))

    def tell(self, frames: bytes) -> None:
        """Send frames to all clients that follow."""
        for client in self.clients:
            client.follow(frames)

    def take_alert(self, message: Message) -> None:
        """Remember an alert and send it."""
        self.alerts.append(message)
        frame = encode(message)
        for client in self.present:
            client.write(frame)

    def take_picture(self, message: Message) -> None:
        """Keep a picture for coming snapshots and send it."""
        self.shown[message["type"]] = {name: value for name, value in message.items() if name != "type"}
        frame = encode(message)
        for client in self.present:
            client.follow(frame)

    def deliver(self) -> None:
        """Send what was published since the last call."""
        self.scheduled = False
        while self.pending:
            group = self.pending.popleft()
            self.deliver_group(group)
            self.delivered += len(group.rows)

    def deliver_group(self, group: Group) -> None:
        """Take a group's states over and send it to the clients that follow."""
        picture = self.picture
        picture.seq = group.seq
        for court, state in group.courts.items():
            picture.courts[court] = state
            self.changed_at[court] = group.seq
        followers = [client for client in self.clients if not client.behind]
        if followers:
            self.send_group(group, followers)
        if group.steps is not None:
            self.on_told(group.steps, followers if group.rows else ())

    def send_group(self, group: Group, followers: Sequence[Client]) -> None:
        """Send a group to clients that follow, each message encoded once."""
        matches = b"".join([self.match_due_now(court) for court in group.courts])
        events = [event_frame(row, known) for row, known in zip(group.rows, group.recognitions, strict=True)]
        everything = b"".join(events) + matches
        first = group.seq - len(events)
        for client in followers:
            told = client.position - first  # how many events of this group it has read from the database
            if told < 0:
                client.behind = True  # the rows were left out
            elif told <= 0:
                client.follow(everything)
            else:
                client.follow(b"".join(events[told:]) + matches)
            client.position = max(client.position, group.seq)

    def match_due_now(self, court: str) -> bytes:
        """Return the frame of a court's state after a quiet moment, else nothing and send it within 1/30 s."""
        if court in self.match_due:
            return b""
        now = self.loop.time()
        wait = self.match_sent.get(court, 0.0) + MATCH_INTERVAL - now
        if wait > 0:
            self.match_due[court] = self.loop.call_later(wait, self.send_match, court)
            return b""
        self.match_sent[court] = now
        return match_frame(court, self.changed_at[court], self.picture.courts[court])

    def send_match(self, court: str) -> None:
        """Send the newest state of a court, now that it is due."""
        del self.match_due[court]
        self.match_sent[court] = self.loop.time()
        if self.clients:
            self.tell(match_frame(court, self.changed_at[court], self.picture.courts[court]))
