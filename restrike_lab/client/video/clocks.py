"""From the record to the clocks of recordings and replays, for a stretch of time.

What was observed is kept; what follows from it is worked out anew each time, so that a lag that was measured later, or
a file that was looked into since, betters the positions of bouts long past.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from restrike_lab.obs.events import Stamp
from restrike_lab.obs.video_clock import Place, RecordingClock, ReplayClock
from restrike_lab.obs.video_fit import Lags, Recorded, Replayed, VideoFile, fit, fit_replay
from restrike_lab.obs.video_probe import probe
from restrike_lab.obs.video_rows import Query, load_recordings, load_replays
from restrike_lab.store.reader import Reader

__all__ = ["Film", "films"]

Local = Callable[[str], str]

CALIBRATED_WITHIN_NS = 30 * 86_400 * 1_000_000_000
"""How far from a recording others may be that tell the lag of its encoder."""

REPLAY_SAVED_WITHIN_NS = 3600 * 1_000_000_000
"""How long a replay buffer can be: one that was saved so much later may hold a moment."""

_TERMS = "SELECT epoch, started_ns, ended_ns FROM hub_epochs ORDER BY epoch"
_ROLES = "SELECT name, role FROM obs_connections"
_COURTS = "SELECT DISTINCT court FROM pss_matches WHERE court IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Film:
    """A recording or a replay with its clock. ``court`` is the only one it shows, ``None`` where it may be any."""

    seen: Recorded | Replayed
    clock: RecordingClock | ReplayClock
    court: str | None = None

    @property
    def instance(self) -> str:
        """The name of the OBS instance."""
        return self.seen.instance

    @property
    def kind(self) -> str:
        """``recording`` or ``replay``."""
        return "recording" if isinstance(self.seen, Recorded) else "replay"

    def place(self, wall_ns: int, mono_ns: int, epoch: int) -> Place | None:
        """Return where a moment is, given on the wall clock and on the monotonic clock of its term."""
        return self.clock.place(self.seen.axis(wall_ns, mono_ns, epoch))


def films(data_dir: Path, from_ns: int, to_ns: int, local: Local = str) -> list[Film]:
    """Return what has something between two moments of the wall clock, by instance, recordings before replays.

    An instance whose role is the name of a court shows that court and no other. A finished file that the hub could not
    look into is looked into here, if ``local``, its path on this machine, can be seen. Raises ``StoreError``.
    """
    with closing(Reader.open(data_dir)) as reader:

        def query(sql: str, params: Sequence[Any]) -> Sequence[Sequence[Any]]:
            return reader.query(sql, params).rows

        terms = {epoch: ended for epoch, _started, ended in query(_TERMS, ())}
        courts = {court for (court,) in query(_COURTS, ())}
        roles = {name: role for name, role in query(_ROLES, ()) if role in courts}
        recordings = _recordings(query, from_ns, to_ns, terms, local)
        replays = load_replays(query, from_ns, to_ns + REPLAY_SAVED_WITHIN_NS)
    made = [*recordings, *(Film(each, fit_replay(each)) for each in map(partial(_replay_measured, local), replays))]
    return sorted((replace(each, court=roles.get(each.instance)) for each in made), key=lambda each: each.instance)


def _recordings(query: Query, from_ns: int, to_ns: int, terms: Mapping[int, int | None], local: Local) -> list[Film]:
    around = load_recordings(query, from_ns - CALIBRATED_WITHIN_NS, to_ns + CALIBRATED_WITHIN_NS)
    wanted = [each for each in (_closed(each, terms) for each in around) if _overlaps(each, from_ns, to_ns)]
    wanted = [_measured(local, each) for each in wanted]
    lags = Lags(around)
    return [Film(each, fit(each, lags.of(each))) for each in wanted]


def _measured(local: Local, each: Recorded) -> Recorded:
    """Return a finished recording with the lengths of its files as far as they can be seen."""
    if each.ended is None or each.length_ms is not None:
        return each
    return replace(each, files=tuple(_file_measured(local, file) for file in each.files))


def _file_measured(local: Local, file: VideoFile) -> VideoFile:
    seen = probe(local(file.path)) if file.path and file.length_ms is None else None
    return replace(file, length_ms=seen.length_ms, written_ms=seen.written_ms) if seen else file


def _replay_measured(local: Local, each: Replayed) -> Replayed:
    seen = probe(local(each.path)) if each.path and each.length_ms is None else None
    if seen is None or not seen.length_ms:
        return each
    return replace(each, length_ms=seen.length_ms, written_ms=seen.written_ms, fps=each.fps or seen.fps)


def _overlaps(each: Recorded, from_ns: int, to_ns: int) -> bool:
    return each.begun.wall_ns <= to_ns and (each.ended is None or each.ended.wall_ns >= from_ns)


def _closed(each: Recorded, terms: Mapping[int, int | None]) -> Recorded:
    """Return a recording without an end as ended with the term that saw it, unless that term still lasts."""
    if each.ended is not None or not terms:
        return each
    ended = terms.get(each.epoch)
    if ended is None and each.epoch == max(terms):
        return each
    at = ended or each.begun.wall_ns
    return replace(each, ended=Stamp(at, each.begun.mono_ns + at - each.begun.wall_ns), lost=True)
