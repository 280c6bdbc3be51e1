"""What was observed of recordings and replays as rows of the database, and back.

The database has one writer: ``statements`` says what is to be written, and ``load`` is given a function that reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from restrike_lab.obs.events import Stamp
from restrike_lab.obs.video_fit import Behind, Encoder, Pause, Recorded, Replayed, VideoFile

__all__ = ["Query", "last_open", "load_recordings", "load_replays", "statements"]

Query = Callable[[str, Sequence[Any]], Sequence[Sequence[Any]]]
Statement = tuple[str, list[tuple[Any, ...]]]

_RECORDING = (
    "instance", "begun_ns", "begun_mono", "epoch", "told", "encoder", "local", "fps", "profile", "late",
    "behind_ms", "behind_looks", "behind_ns", "behind_mono", "later_ms", "later_looks", "later_ns", "later_mono",
    "ended_ns", "ended_mono", "lost",
)  # fmt: skip
_FILE = ("instance", "begun_ns", "part", "path", "since_ns", "since_mono", "length_ms", "written_ms")
_PAUSE = ("instance", "begun_ns", "pause", "paused_ns", "paused_mono", "resumed_ns", "resumed_mono")
_REPLAY = (
    "instance", "saved_ns", "saved_mono", "asked_ns", "asked_mono", "epoch", "path", "fps", "length_ms", "written_ms",
)  # fmt: skip


def _put(table: str, columns: Sequence[str]) -> str:
    return f"INSERT OR REPLACE INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608


_PUT_RECORDING, _PUT_REPLAY = _put("obs_recordings", _RECORDING), _put("obs_replays", _REPLAY)
_PUT_FILE, _PUT_PAUSE = _put("obs_recording_files", _FILE), _put("obs_recording_pauses", _PAUSE)


def statements(found: Recorded | Replayed) -> Iterator[Statement]:
    """Yield what keeps a recording or a replay as it is known now, in place of what was kept of it."""
    if isinstance(found, Replayed):
        yield _PUT_REPLAY, [_replay_row(found)]
        return
    key = (found.instance, found.begun.wall_ns)
    yield _PUT_RECORDING, [_recording_row(found)]
    files = [
        (*key, part, each.path, *_stamp(each.since), each.length_ms, each.written_ms)
        for part, each in enumerate(found.files)
    ]
    pauses = [(*key, n, *_stamp(each.begun), *_stamp(each.ended)) for n, each in enumerate(found.pauses)]
    if files:
        yield _PUT_FILE, files
    if pauses:
        yield _PUT_PAUSE, pauses


def load_recordings(query: Query, from_ns: int, to_ns: int) -> list[Recorded]:
    """Return the recordings that have something between two moments of the wall clock, the oldest first."""
    where = "WHERE begun_ns <= ?2 AND (ended_ns IS NULL OR ended_ns >= ?1)"
    return _load(query, where, (from_ns, to_ns))


def last_open(query: Query, instance: str) -> Recorded | None:
    """Return the last recording of an instance if it has no end."""
    found = _load(query, "WHERE instance = ?1 ORDER BY begun_ns DESC LIMIT 1", (instance,))
    return found[0] if found and found[0].ended is None else None


def load_replays(query: Query, from_ns: int, to_ns: int) -> list[Replayed]:
    """Return the replays that were saved between two moments of the wall clock, the oldest first."""
    sql = f"SELECT {', '.join(_REPLAY)} FROM obs_replays WHERE saved_ns BETWEEN ?1 AND ?2 ORDER BY saved_ns"  # noqa: S608
    return [_replay(row) for row in query(sql, (from_ns, to_ns))]


def _load(query: Query, where: str, params: Sequence[Any]) -> list[Recorded]:
    rows = query(f"SELECT {', '.join(_RECORDING)} FROM obs_recordings {where}", params)  # noqa: S608
    keys = [(row[0], row[1]) for row in rows]
    files = {key: _children(query, "obs_recording_files", _FILE, "part", key) for key in keys}
    pauses = {key: _children(query, "obs_recording_pauses", _PAUSE, "pause", key) for key in keys}
    found = [_recording(row, files[row[0], row[1]], pauses[row[0], row[1]]) for row in rows]
    return sorted(found, key=lambda each: each.begun.wall_ns)


def _children(query: Query, table: str, columns: Sequence[str], order: str, key: tuple[Any, ...]) -> Any:
    chosen = ", ".join(columns[3:])
    return query(
        f"SELECT {chosen} FROM {table} WHERE instance = ? AND begun_ns = ? ORDER BY {order}",  # noqa: S608 - names
        key,
    )


def _recording_row(found: Recorded) -> tuple[Any, ...]:
    return (
        found.instance, *_stamp(found.begun), found.epoch, int(found.told), str(found.encoder), int(found.local),
        found.fps, found.profile, int(found.late), *_behind_row(found.behind), *_behind_row(found.later),
        *_stamp(found.ended), int(found.lost),
    )  # fmt: skip


def _recording(row: Sequence[Any], files: Sequence[Sequence[Any]], pauses: Sequence[Sequence[Any]]) -> Recorded:
    at = dict(zip(_RECORDING, row, strict=True))
    begun = Stamp(at["begun_ns"], at["begun_mono"])
    return Recorded(
        instance=at["instance"],
        begun=begun,
        epoch=at["epoch"],
        told=bool(at["told"]),
        encoder=Encoder(at["encoder"]) if at["encoder"] in tuple(Encoder) else Encoder.UNKNOWN,
        local=bool(at["local"]),
        fps=at["fps"],
        profile=at["profile"],
        files=tuple(
            VideoFile(path, _maybe(wall, mono), length, written) for path, wall, mono, length, written in files
        ),
        pauses=tuple(Pause(Stamp(*each[:2]), _maybe(*each[2:])) for each in pauses),
        behind=_behind(at["behind_ms"], at["behind_looks"], at["behind_ns"], at["behind_mono"]),
        later=_behind(at["later_ms"], at["later_looks"], at["later_ns"], at["later_mono"]),
        late=bool(at["late"]),
        ended=_maybe(at["ended_ns"], at["ended_mono"]),
        lost=bool(at["lost"]),
    )


def _replay_row(found: Replayed) -> tuple[Any, ...]:
    asked = _stamp(found.asked)
    rest = (found.epoch, found.path, found.fps, found.length_ms, found.written_ms)
    return (found.instance, *_stamp(found.saved), *asked, *rest)


def _replay(row: Sequence[Any]) -> Replayed:
    at = dict(zip(_REPLAY, row, strict=True))
    return Replayed(
        instance=at["instance"],
        path=at["path"],
        saved=Stamp(at["saved_ns"], at["saved_mono"]),
        asked=_maybe(at["asked_ns"], at["asked_mono"]),
        epoch=at["epoch"],
        fps=at["fps"],
        length_ms=at["length_ms"],
        written_ms=at["written_ms"],
    )


def _stamp(stamp: Stamp | None) -> tuple[int | None, int | None]:
    return (None, None) if stamp is None else (stamp.wall_ns, stamp.mono_ns)


def _maybe(wall: int | None, mono: int | None) -> Stamp | None:
    return None if wall is None or mono is None else Stamp(wall, mono)


def _behind_row(behind: Behind | None) -> tuple[Any, ...]:
    return (None,) * 4 if behind is None else (behind.ms, behind.looks, *_stamp(behind.at))


def _behind(ms: float | None, looks: int | None, wall: int | None, mono: int | None) -> Behind | None:
    at = _maybe(wall, mono)
    return None if ms is None or at is None else Behind(ms, looks or 0, at)
