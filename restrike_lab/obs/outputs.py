"""Commands about recording, stream and replay buffer, the same with both protocols.

An answer of OBS means "accepted" and no more. A command here is done when OBS says that it happened: it listens before
it asks, waits for the event with a limit, and looks at the status once before it gives up. Commands that begin or end
an output are done one after the other, since OBS loses what comes faster than its state changes [measured].
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from restrike_lab.obs import requests as rq
from restrike_lab.obs.commands import SceneCommands
from restrike_lab.obs.errors import ActionFailed, ObsError, RequestTimeout, Unsupported, WrongState
from restrike_lab.obs.events import OutputState, RecordState, ReplaySaved, ReplayState, Stamp, StreamState
from restrike_lab.obs.replay_files import list_files, new_file
from restrike_lab.obs.results import RecordStatus, StreamStatus

__all__ = ["OutputCommands"]

R = TypeVar("R")
Kind = TypeVar("Kind", RecordState, StreamState, ReplayState)

RECORD_SECONDS = 10.0
"""Limit for a recording to start, pause or stop; it takes 0.7 s at most on an idle machine [measured]."""

FORGOTTEN_SECONDS = 1.0
"""OBS begins what it has accepted within 0.1 s; after this it has forgotten about it."""

TRIES = 4

SETTLED_SECONDS = 0.25
"""Least time between pause and resume: within one frame they jam the recording, which never stops then [measured]."""

REPLAY_SECONDS = 10.0
STREAM_SECONDS = 15.0
"""Limit for a stream: a server that does not answer, or a dialog that OBS opened, holds it up for good."""

STARTED = frozenset({OutputState.STARTED})
STOPPED = frozenset({OutputState.STOPPED})
PAUSED = frozenset({OutputState.PAUSED})
RESUMED = frozenset({OutputState.RESUMED})
NONE: frozenset[OutputState] = frozenset()


@dataclass(frozen=True, slots=True)
class Turns:
    """One change of an output at a time."""

    record: asyncio.Lock = field(default_factory=asyncio.Lock)
    stream: asyncio.Lock = field(default_factory=asyncio.Lock)
    replay: asyncio.Lock = field(default_factory=asyncio.Lock)


class OutputCommands(SceneCommands):
    """Recording, stream and replay buffer."""

    def __init__(self) -> None:
        self._turns = Turns()
        self._settled_at = 0.0
        self.replay_asked: Stamp | None = None
        """When the replay was asked for that is being saved: the moment of its last frame."""

    # -- recording -------------------------------------------------------------------------------------------------

    async def start_record(self) -> None:
        """Begin a recording; done when it runs. Raises ``WrongState`` where one does already."""
        async with self._turns.record:
            await self._until_stopped()
            await self._surely(rq.StartRecord(), RecordState, STARTED, RECORD_SECONDS, self._is_recording)

    async def stop_record(self) -> str | None:
        """End the recording and return its path; done when the file is complete. Raises ``WrongState`` if none runs."""
        async with self._turns.record:
            before = self.state.record_path
            told, event = await self._change(
                rq.StopRecord(), RecordState, STOPPED, NONE, RECORD_SECONDS, self._is_not_recording
            )
            return (event.path if event else None) or told or before

    async def pause_record(self) -> None:
        """Pause the recording; raises ``WrongState`` where none runs, or it is paused."""
        async with self._turns.record:
            # v5 calls a pause of nothing a success [measured].
            if not (await self.record_status()).active:
                raise WrongState("OBS is not recording, so there is nothing to pause")
            await self._settle()
            await self._surely(rq.PauseRecord(), RecordState, PAUSED, RECORD_SECONDS, self._is_paused)
            self._settled_at = asyncio.get_running_loop().time() + SETTLED_SECONDS

    async def resume_record(self) -> None:
        """Go on with a paused recording; raises ``WrongState`` where none is paused."""
        async with self._turns.record:
            await self._settle()
            await self._surely(rq.ResumeRecord(), RecordState, RESUMED, RECORD_SECONDS, self._is_not_paused)
            self._settled_at = asyncio.get_running_loop().time() + SETTLED_SECONDS

    async def split_record(self) -> None:
        """Go on in a new file; raises ``Unsupported`` or ``ActionFailed`` where OBS cannot."""
        await self.request(rq.SplitRecord())

    async def add_chapter(self, name: str) -> None:
        """Put a chapter mark into the recording; raises ``Unsupported`` or ``ActionFailed`` where OBS cannot."""
        await self.request(rq.AddChapter(name))

    async def record_status(self) -> RecordStatus:
        """Return how the recording is doing."""
        return await self.request(rq.GetRecordStatus())

    async def record_folder(self) -> str:
        """Return where recordings go."""
        return await self.request(rq.GetRecordFolder())

    async def set_record_folder(self, folder: str) -> None:
        """Choose where the next recordings go.

        obs-websocket before 5.3 has no request for it; there the parameter of the profile behind it is set.
        """
        try:
            await self.request(rq.SetRecordFolder(folder))
        except Unsupported:
            mode = await self.request(rq.GetProfileParameter("Output", "Mode"))
            place = ("AdvOut", "RecFilePath") if mode == "Advanced" else ("SimpleOutput", "FilePath")
            await self.request(rq.SetProfileParameter(*place, folder))

    async def file_name(self) -> str:
        """Return how files are named, with OBS's own placeholders."""
        return await self.request(rq.GetFileName())

    async def set_file_name(self, pattern: str) -> None:
        """Choose how the next files are named, with OBS's own placeholders such as ``%CCYY``."""
        await self.request(rq.SetFileName(pattern))

    # -- stream ----------------------------------------------------------------------------------------------------

    async def start_stream(self) -> None:
        """Begin to stream; done when it runs. Raises ``RequestTimeout`` or ``ActionFailed`` where it never does."""
        async with self._turns.stream:
            await self._surely(rq.StartStream(), StreamState, STARTED, STREAM_SECONDS, self._is_streaming)

    async def stop_stream(self) -> None:
        """End the stream; raises ``WrongState`` where none runs."""
        async with self._turns.stream:
            await self._change(rq.StopStream(), StreamState, STOPPED, NONE, STREAM_SECONDS, self._is_not_streaming)

    async def stream_status(self) -> StreamStatus:
        """Return how the stream is doing."""
        return await self.request(rq.GetStreamStatus())

    # -- replay buffer ---------------------------------------------------------------------------------------------

    async def start_replay(self) -> None:
        """Begin to fill the replay buffer; raises ``WrongState`` where it runs, or is disabled in OBS."""
        async with self._turns.replay:
            await self._surely(rq.StartReplay(), ReplayState, STARTED, REPLAY_SECONDS, self._is_replaying)

    async def stop_replay(self) -> None:
        """Stop the replay buffer and empty it; raises ``WrongState`` where it does not run."""
        async with self._turns.replay:
            await self._change(rq.StopReplay(), ReplayState, STOPPED, NONE, REPLAY_SECONDS, self._is_not_replaying)

    async def save_replay(self) -> str | None:
        """Write the replay buffer to a file and return its path once it is complete.

        v4 does not tell the path: the folder of recordings is watched if this machine can see it, else ``None`` is
        returned. The last frame of the file is the moment of this call [measured]. Raises ``WrongState`` where the
        buffer does not run.
        """
        async with self._turns.replay:
            try:
                if self.state.protocol == "v4":
                    return await self._save_replay_unseen()
                return await self._save_replay_told()
            finally:
                self.replay_asked = None

    async def last_replay(self) -> str:
        """Return the path of the last replay; raises ``Unsupported`` in v4, ``WrongState`` while the buffer is off."""
        return await self.request(rq.GetLastReplay())

    async def _save_replay_told(self) -> str | None:
        with self.expect(ReplaySaved, lambda _event: True) as saved:
            self.replay_asked = self.clock()
            await self.request(rq.SaveReplay())
            try:
                async with asyncio.timeout(REPLAY_SECONDS):
                    return (await saved).path
            except TimeoutError:
                raise _never_came("the replay was not saved", REPLAY_SECONDS) from None

    async def _save_replay_unseen(self) -> str | None:
        folder = Path(await self.record_folder())
        before = await asyncio.to_thread(list_files, folder)
        self.replay_asked = self.clock()
        await self.request(rq.SaveReplay())
        recording = self.state.record_path
        known = before | ({Path(recording)} if recording else set())
        path = await new_file(folder, known, REPLAY_SECONDS / 2) if before or folder.is_dir() else None
        self.take_event(ReplaySaved(self.clock(), str(path) if path else None))
        return str(path) if path else None

    # -- how a change is waited for ----------------------------------------------------------------------------------

    async def _change(
        self,
        request: rq.Request[R],
        kind: type[Kind],
        wanted: frozenset[OutputState],
        against: frozenset[OutputState],
        seconds: float,
        confirm: Callable[[], Awaitable[bool]],
    ) -> tuple[R, Kind | None]:
        """Ask for a change and wait for its event; the event is ``None`` where only the status shows it.

        ``against`` are states that end the hope. Raises ``ActionFailed`` then, ``RequestTimeout`` where nothing came.
        """
        name = type(request).__name__
        with self.expect(kind, lambda event: event.state in wanted or event.state in against) as heard:
            result = await self.request(request)
            try:
                async with asyncio.timeout(seconds):
                    event = await heard
            except TimeoutError:
                if await confirm():
                    return result, None
                raise _never_came(f"{name} was accepted and nothing came of it", seconds) from None
        if event.state in against:
            raise ActionFailed(f"{name} was accepted, and then OBS stopped", text="stopped", hint=_LOOK_AT_OBS)
        return result, event

    async def _surely(
        self,
        request: rq.Request[None],
        kind: type[Kind],
        wanted: frozenset[OutputState],
        seconds: float,
        confirm: Callable[[], Awaitable[bool]],
    ) -> None:
        """Ask for a change that OBS may accept and forget, such as a start right after a stop [measured].

        Where nothing stirs within a second, and the status agrees, it is asked for again.
        """
        for tries in range(TRIES):
            with self.expect(kind, lambda _event: True) as stirs:
                change = asyncio.ensure_future(self._change(request, kind, wanted, STOPPED, seconds, confirm))
                either: list[asyncio.Future[Any]] = [stirs, change]
                try:
                    await asyncio.wait(either, timeout=FORGOTTEN_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                    if change.done() or stirs.done() or tries == TRIES - 1 or await confirm():
                        await change
                        return
                except WrongState:
                    if tries and await confirm():
                        return  # the first one was late and not forgotten
                    raise
                finally:
                    change.cancel()
                    await asyncio.wait([change])

    async def _settle(self) -> None:
        """Keep pause and resume apart."""
        await asyncio.sleep(self._settled_at - asyncio.get_running_loop().time())

    async def _until_stopped(self) -> None:
        """Wait for a recording that is being ended: a new one would be refused until it has [measured]."""
        with self.expect(RecordState, lambda event: event.state is OutputState.STOPPED) as stopped:
            if self.state.record is not OutputState.STOPPING:
                return
            try:
                async with asyncio.timeout(RECORD_SECONDS):
                    await stopped
            except TimeoutError:
                return  # OBS itself says whether it can

    async def _is_recording(self) -> bool:
        return (await self.record_status()).active

    async def _is_not_recording(self) -> bool:
        return not await self._is_recording()

    async def _is_paused(self) -> bool:
        return (await self.record_status()).paused

    async def _is_not_paused(self) -> bool:
        return not await self._is_paused()

    async def _is_streaming(self) -> bool:
        return (await self.stream_status()).active

    async def _is_not_streaming(self) -> bool:
        return not await self._is_streaming()

    async def _is_replaying(self) -> bool:
        return await self.request(rq.GetReplayActive())

    async def _is_not_replaying(self) -> bool:
        return not await self._is_replaying()


_LOOK_AT_OBS = "Look at OBS itself: the disk may be full, the folder missing, or a server or encoder not set."


def _never_came(what: str, seconds: float) -> ObsError:
    return RequestTimeout(f"{what} within {seconds:g} s", hint="Look at OBS itself: a dialog may be open there.")
