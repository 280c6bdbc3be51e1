"""``Lab``: the one object that notebooks, widgets and scripts work with.

It attaches to the hub of a data directory, or hosts one, and shows three sides of it: ``lab.live`` is what happens
now, ``lab.recent()`` what just happened, and ``lab.events()``, ``lab.hits()``, ``lab.sql()`` everything that was ever
kept, as DataFrames. Wherever the hub lives, the code is the same.
"""

from __future__ import annotations

import contextlib
import os
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from restrike_lab.client import access, rerecognition
from restrike_lab.client.access import Users
from restrike_lab.client.annotations import Annotations
from restrike_lab.client.attach import Attachment
from restrike_lab.client.closers import Closers, hub_maker
from restrike_lab.client.errors import NoHubError
from restrike_lab.client.feed import Address, LiveFeed
from restrike_lab.client.flags import FlagCache, Flags
from restrike_lab.client.lab_settings import LabSettings
from restrike_lab.client.obs import ObsFleet
from restrike_lab.client.prediction import Prediction
from restrike_lab.client.quality import Quality
from restrike_lab.client.recent import asked_about, defined, live_form, whole_event
from restrike_lab.client.recognition import Definitions, Rules, UnknownPatterns, signed_by
from restrike_lab.client.rerecognition import Progress
from restrike_lab.client.round_hits import round_hits
from restrike_lab.client.settings import apply_environment
from restrike_lab.client.status import LabStatus
from restrike_lab.client.system import System, Trace
from restrike_lab.hub.config import HubConfig
from restrike_lab.pss.errors import RestrikeError
from restrike_lab.store.files import database_path
from restrike_lab.store.reader import Reader

if TYPE_CHECKING:
    import ibis
    import pandas as pd

    from restrike_lab.client.query import Query
    from restrike_lab.client.video import Videos
    from restrike_lab.hub.rerecognition.difference import Difference

__all__ = ["Lab", "Start"]

Start = Literal["thread", "never"]
CONNECT_TIMEOUT_S = 10.0
EVENTS_PER_REQUEST = 5_000


class Lab:
    """Listen to, and ask questions about, the bouts of one data directory.

    Without ``data_dir`` it is that of the environment variable ``RESTRIKE_LAB_DATA_DIR``, or ``./restrike-data``.
    With ``start="thread"`` a hub is hosted in this process when none runs, and again when the one that ran dies; with
    ``start="never"`` the lab only attaches. ``url`` and ``token`` name a hub directly, as on another machine; then only
    what comes over the WebSocket is available unless ``data_dir`` holds the database, too. ``config`` has all settings
    of a hub that is hosted here, its data directory among them; neither ``data_dir`` nor the environment count then.

    Raises :class:`NoHubError` when no hub answers, and :class:`HubError` when one cannot be started.

    A lab that hosts the hub keeps recording until ``close()`` or the end of the process, even when the variable that
    held it is used for something else.
    """

    def __init__(
        self,
        data_dir: str | Path | None = None,
        url: str | None = None,
        token: str | None = None,
        start: Start = "thread",
        *,
        config: HubConfig | None = None,
        timeout: float = CONNECT_TIMEOUT_S,
    ) -> None:
        if start not in ("thread", "never"):
            raise ValueError(f"start is 'thread' or 'never', not {start!r}")
        if config is None:
            config = HubConfig()
            apply_environment(config, os.environ)
            if data_dir is not None:
                config.data_dir = str(data_dir)
        self.data_dir = config.directory
        fixed = Address(url, token or "", certificate=config.certificate) if url else None
        make_hub = hub_maker(config) if start == "thread" else None
        attachment = Attachment(self.data_dir, make_hub=make_hub, fixed=fixed)
        attachment.find(timeout)
        self._attachment = attachment
        self.live = LiveFeed(attachment.locate)
        self._closers = Closers(self.live, attachment)
        self._finalizer = weakref.finalize(self, self._closers.abandon)
        self._finalizer.atexit = False
        self.live.start()
        if not self.live.wait(lambda feed: feed.connected, timeout):
            problem = self.live.problem
            self.close()
            raise problem or NoHubError(f"the hub of {self.data_dir} does not answer", hint="Try again in a moment.")

    # -- what was kept --------------------------------------------------------------------------------------------

    def recent(self, limit: int = 50_000) -> list[dict[str, Any]]:
        """Return the last events, newest last, in the form in which the live feed delivers them.

        Raises :class:`StoreError` where the database cannot be read.
        """
        if self._elsewhere:
            return self._ask_events(max(0, self.live.last_seq - limit), limit)
        with contextlib.closing(Reader.open(self.data_dir)) as reader:
            return live_form(reader.recent(limit), defined(reader))

    def event(self, seq: int) -> dict[str, Any] | None:
        """Return all that is kept about one event: its live form, ``raw_hex``, ``errors`` and ``sender``, or None.

        ``history`` are the changes of what it was recognized as, oldest first, each with who and why; ``about`` says
        what its stream is and who fights. Of a hub on another machine only the live form is known.
        """
        if self._elsewhere:
            found = self._ask_events(seq - 1, 1)
            return found[0] if found and found[0]["seq"] == seq else None
        with contextlib.closing(Reader.open(self.data_dir)) as reader:
            event = whole_event(reader, seq)
        if event is not None:
            with contextlib.suppress(RestrikeError):  # without a hub it is shown without what it is about
                event["about"] = self.command("about", **asked_about(event))
        return event

    def round_hits(self, court: str) -> dict[str, Any]:
        """Return the hits of the round that goes on at a court, newest first, each with the point that it led to."""
        return round_hits(None if self._elsewhere else self.data_dir, self.live.courts.get(court, {}))

    @property
    def _elsewhere(self) -> bool:
        """Tell whether the database is on another machine, so that the hub has to be asked for stored events."""
        return self._attachment.fixed is not None and not database_path(self.data_dir).exists()

    def _ask_events(self, since: int, limit: int) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = []
        while len(events) < limit:
            page = self.command("events", since=since, limit=min(EVENTS_PER_REQUEST, limit - len(events)))
            if not page:
                break
            events += page
            since = page[-1]["seq"]
        return events

    def events(self, **equal: object) -> pd.DataFrame:
        """Return every event, or those whose columns equal what is given: ``lab.events(stream="pt", match_id=12)``."""
        return self._select("events", equal, "seq")

    def matches(self, **equal: object) -> pd.DataFrame:
        """Return one row per load of the console; ``lab.matches().query("fought")`` are those that became bouts."""
        return self._select("matches", equal, "match_id")

    def hits(self, **equal: object) -> pd.DataFrame:
        """Return every hit with its level (1..100), whether it scored, and the point it led to."""
        return self._select("hits", equal, "seq")

    def points(self, **equal: object) -> pd.DataFrame:
        """Return every point with the number, maximum and mean of the hit levels linked to it."""
        return self._select("points", equal, "seq")

    def sql(self, query: str, parameters: Mapping[str, Any] | Sequence[Any] | None = None) -> pd.DataFrame:
        """Return the answer to a question in SQL (DuckDB), up to the last committed event.

        Raises :class:`QueryError` with line and column for SQL that cannot be run, and for SQL that would write.
        """
        return self._asked().sql(query, parameters)

    def table(self, name: str) -> ibis.Table:
        """Return a table or view as an ibis expression: ``lab.table("hits").group_by("athlete").count()``.

        It is answered from the archive and the database together, up to the last committed event at the moment it is
        run. The functions of ``restrike_lab.analysis`` take such tables. Raises :class:`QueryError` for other names.
        """
        return self._asked().expression(name)

    def tables(self) -> dict[str, list[str]]:
        """Return what ``sql`` can be asked about: the columns of every table and view by name."""
        return self._asked().tables()

    def refresh(self, *, everything: bool = False) -> int:
        """Bring in what was committed since, or read all again; return the number of the last event.

        Queries do the former by themselves; ``everything`` is for after stored bytes were recognized anew.
        """
        query = self._asked()
        return query.reload() if everything else query.refresh()

    # -- what it means --------------------------------------------------------------------------------------------

    @property
    def unknown(self) -> UnknownPatterns:
        """The patterns of what was not understood: ``lab.unknown()``, ``.explain(which)``, ``.propose(which)``."""
        return UnknownPatterns(self)

    @property
    def rules(self) -> Rules:
        """The validation rules: ``lab.rules()``, ``.add(...)``, ``.switch(...)``, ``.failures()``."""
        return Rules(self)

    @property
    def definitions(self) -> Definitions:
        """The streams that people defined: ``lab.definitions()``, ``.check``, ``.put``, ``.drop``, ``.export``."""
        return Definitions(self)

    @property
    def quality(self) -> Quality:
        """How complete the record is: ``lab.quality(match_id)`` reports on a match, ``lab.quality()`` on the last."""
        with self._closers.guard:
            if self._closers.quality is None:
                self._closers.quality = Quality(self.data_dir)
            return self._closers.quality

    def findings(self, **equal: object) -> pd.DataFrame:
        """Return what the hub found missing, one row per finding in its newest revision (``status``: withdrawn, ..)."""
        return self._select("findings", equal, "from_ns, finding_id")

    def set_status(self, seq: int, status: str, why: str) -> None:
        """Set the recognition status of an event by hand; what it was is kept. Raises :class:`CommandError`."""
        self.command("event.set_status", seq=seq, status=status, why=why, who=signed_by())

    def recognize(
        self, dry_run: bool = True, *, why: str = "", who: str = "", progress: Progress | None = None
    ) -> Difference:
        """Recognize everything stored by the rules and definitions as they are now; return what changes.

        With ``dry_run`` nothing is changed; print what is returned, or make a DataFrame of its ``rows()``. Without it
        everything is applied in one transaction, as the run ``run_id``. ``progress(done, of)`` is called meanwhile.
        Raises ``StagingError`` or :class:`CommandError`; nothing has changed then.
        """
        access.require(self.live.you, "operator", "recognizing anew")
        found = rerecognition.recognize(
            self, dry_run=dry_run, elsewhere=self._elsewhere, why=why, who=who, progress=progress
        )
        self._recognized_anew(found.run_id)
        return found

    def undo(self, run_id: int, why: str = "") -> int:
        """Take back what a run of ``recognize`` changed; return the run that does so. Raises :class:`CommandError`.

        Rules and definitions stay: what ``recognize`` finds next is the same again.
        """
        done = rerecognition.undo(self, run_id, why=why)
        self._recognized_anew(done)
        return done

    def runs(self) -> pd.DataFrame:
        """Return every run of ``recognize`` and ``undo`` that was applied, newest first."""
        return rerecognition.runs(self)

    def accept(self, toml: str, why: str) -> Difference:
        """Put a definition, as ``definitions.put`` does, and recognize the past by it; return what changed."""
        return rerecognition.accept(self, toml, why)

    def _recognized_anew(self, run_id: int | None) -> None:
        if run_id is not None and self._closers.query is not None:
            self.refresh(everything=True)

    def _select(self, table: str, equal: Mapping[str, object], order: str) -> pd.DataFrame:
        known = self._asked().tables()[table]
        unknown = [name for name in equal if name not in known]
        if unknown:
            raise TypeError(f"{table} has no column {unknown[0]!r}; it has {', '.join(known)}")
        where = " AND ".join(f'"{name}" IS NOT DISTINCT FROM ${name}' for name in equal)
        query = f"SELECT * FROM {table} {'WHERE ' + where if where else ''} ORDER BY {order}"
        return self._asked().sql(query, dict(equal) or None)

    def _asked(self) -> Query:
        """Return the query engine, made at the first question: a screen that only shows things does without it."""
        with self._closers.guard:
            if self._closers.query is None:
                from restrike_lab.client.fill import Record
                from restrike_lab.client.query import Query

                path = database_path(self.data_dir)
                self._closers.query = Query(lambda: Record(path))
            return self._closers.query

    @property
    def prediction(self) -> Prediction:
        """Who wins the running bouts: ``lab.prediction()``, ``.train()``, ``.current``."""
        return Prediction(self)

    @property
    def system(self) -> System:
        """How machine, hub and database are: ``lab.system()``, ``.alerts()``, ``.acknowledge(7)``, ``.logs()``."""
        return System(self.live)

    def trace(self, seq: int | None = None, seconds: int = 30) -> Trace:
        """Follow an event from its datagram to every client; without ``seq`` the next one that comes in ``seconds``."""
        return self.system.trace(seq, seconds)

    @property
    def obs(self) -> ObsFleet:
        """The OBS instances by name: ``lab.obs["ring1"].scene = "Replay"``, ``lab.obs.add(...)``."""
        return ObsFleet(self.live)

    @property
    def settings(self) -> LabSettings:
        """Every setting by name: ``lab.settings.screen.theme = "dark"``, ``lab.settings.undo(17)``."""
        return LabSettings(self.command, lambda: self.live.settings)

    @property
    def annotations(self) -> Annotations:
        """Notes and tags on events, bouts and times: ``lab.annotations()``, ``.change``, ``.drop``, ``.history``."""
        return Annotations(self)

    def annotate(self, text: str, **place: Any) -> int:
        """Put a note to a place, as ``annotations.add`` does: ``lab.annotate("late call", seq=4711)``."""
        return self.annotations.add(text, **place)

    @property
    def flags(self) -> Flags:
        """Whose a country code is, and its picture: ``lab.flags["CRO"]``, ``.map``, ``.assign``, ``.scan``."""
        with self._closers.guard:
            if self._closers.flags is None:
                self._closers.flags = FlagCache(self.live)
            return Flags(self, self._closers.flags)

    @property
    def users(self) -> Users:
        """The people who may sign in: ``lab.users()``, ``.add("mina", "operator")``, ``.audit()``."""
        return Users(self.live)

    def sign_in(self, name: str, password: str | None = None) -> dict[str, Any]:
        """Act as a user from now on, here only; raises :class:`CommandError`. A password not given is asked for."""
        return access.sign_in(self.live, name, password)

    def sign_out(self) -> dict[str, Any]:
        """Act as the one again who this lab was before ``sign_in``."""
        return access.sign_out(self.live)

    @property
    def video(self) -> Videos:
        """Where bouts are on video: ``lab.video(match)`` has every event with file, position and uncertainty."""
        from restrike_lab.client.video import Videos  # it takes Arrow, which a screen does without

        return Videos(self.data_dir, self._asked)

    # -- the hub --------------------------------------------------------------------------------------------------

    @property
    def hosting(self) -> bool:
        """Tell whether this lab hosts the hub it listens to."""
        return self._attachment.hosting

    def command(self, name: str, /, timeout: float = 10.0, **args: Any) -> Any:
        """Send a command to the hub and return its result; raises :class:`CommandError`."""
        return self.live.command(name, args, timeout)

    def status(self) -> LabStatus:
        """Return where this lab is attached and how its hub is doing."""
        hub: Any = None
        problem = self.live.problem
        if self.live.connected:
            hub = self.live.command("status", {}, 5.0)
        return LabStatus.of(self.live, data_dir=self.data_dir, hosting=self.hosting, hub=hub, problem=problem)

    def close(self) -> None:
        """End the feed, stop the hub if it is hosted here, and give memory and files back; safe to call twice."""
        self._finalizer.detach()
        self._closers.close()

    def __enter__(self) -> Lab:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        address = self.live.address
        if self._closers.closed or address is None:
            return f"<Lab {self.data_dir} (closed)>"
        how = "hosting" if self.hosting else "attached to"
        state = "" if self.live.connected else ", not connected"
        return f"<Lab {self.data_dir} ({how} {address.url}{state})>"
