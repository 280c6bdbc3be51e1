"""Flags in the hub: whose a code is, its picture, and what the venue decided about both.

Reading takes a viewer, deciding an operator. The folder of the venue's own pictures is looked at again whenever
something in it changed since it was last asked for; pictures of its own go before those that come with the lab.
"""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from restrike_lab.bout.countries import COUNTRIES, Country, Found, find, unicode_name
from restrike_lab.hub.callers import who
from restrike_lab.hub.commands import Caller, Commands
from restrike_lab.hub.emblems import emblem
from restrike_lab.hub.recognition_commands import RecognitionCommands, text
from restrike_lab.store import flags as store
from restrike_lab.store.decisions import Signature
from restrike_lab.store.errors import StoreError

if TYPE_CHECKING:
    from restrike_lab.hub.running import Running

__all__ = ["FlagCommands"]

Args = Mapping[str, Any]
LOOK_EVERY_S = 2.0
LONGEST_SENT = 200


class FlagCommands:
    """Answer the commands; ``running`` gives the running hub."""

    def __init__(self, commands: Commands, running: Callable[[], Running]) -> None:
        self.running = running
        self.guard = threading.Lock()
        self.looked: tuple[float, object] = (float("-inf"), None)
        self.revision = 0
        add = commands.register
        add("flag", self.flag, help="Whose a code is, with its picture: `sent`.")
        add("flags", self.flags, help="Every code that is known, what people decided, and the files of the folder.")
        add("flags.scan", self.scan, "operator", "Look at the folder of flags again.")
        add("flags.map", self.map, "operator", "Say what a code means: `sent`, `code` (empty takes it back), `why`.")
        add("flags.assign", self.assign, "operator", "Say what a file shows: `file`, `code` (empty: by name), `why`.")

    # -- reading --------------------------------------------------------------------------------------------------

    def flag(self, args: Args, _caller: Caller) -> object:
        """Return code, name, kind and picture for a text as a console sent it; without a code it is a stranger."""
        sent = text(args, "sent")[:LONGEST_SENT]
        self.look()
        mapped, files = self.read(lambda db: (store.decided(db, "sent"), store.files(db)))
        found = find(sent, mapped) or self.own(sent, files)
        if found is None:
            return {"sent": sent, "code": None}
        return {"sent": sent, **self.told(found), **self.picture(found.country, files)}

    def flags(self, _args: Args, _caller: Caller) -> object:
        """Return what is known, without pictures."""
        self.look()
        mapped, files = self.read(lambda db: (store.decided(db, "sent"), store.files(db)))
        known = {country.code: country for country in COUNTRIES.values()}
        known |= {code: Country(code, code, "own") for code in (*files, *mapped.values()) if code not in known}
        rows = [
            {"code": each.code, "name": each.name, "kind": each.kind, "iso2": each.iso2, "iso3": each.iso3}
            | {"picture": f"own:{files[each.code]}" if each.code in files else each.flag and unicode_name(each.flag)}
            for each in known.values()
        ]
        return {"flags": rows, "mappings": mapped, "folder": str(self.folder), "revision": self.revision}

    def own(self, sent: str, files: Mapping[str, str]) -> Found | None:
        """Return a code of the venue's own, which is known by its picture alone."""
        code = sent.strip().upper()
        return Found(Country(code, code, "own"), 0.5, "a picture of the venue's own") if code in files else None

    def picture(self, country: Country, files: Mapping[str, str]) -> dict[str, Any]:
        """Return the picture of a country, the venue's own before any other; nothing where there is none."""
        if country.code in files:
            try:
                mime, data = store.read_picture(self.folder, files[country.code])
                return {"mime": mime, "data": base64.b64encode(data).decode(), "origin": f"own:{files[country.code]}"}
            except (StoreError, OSError):  # it was taken away a moment ago
                pass
        svg = emblem(unicode_name(country.flag)) if country.flag else None
        if svg is None:
            return {}
        return {"mime": "image/svg+xml", "data": base64.b64encode(svg).decode(), "origin": "openmoji"}

    @staticmethod
    def told(found: Found) -> dict[str, Any]:
        """Return what is told of a country that was found."""
        country = found.country
        return {
            "code": country.code,
            "name": country.name,
            "kind": country.kind,
            "iso2": country.iso2,
            "iso3": country.iso3,
            "confidence": found.confidence,
            "reason": found.reason,
        }

    # -- deciding -------------------------------------------------------------------------------------------------

    def scan(self, _args: Args, _caller: Caller) -> object:
        """Look at the folder and return how many pictures it has, and whose of them is known."""
        return self.look(force=True)

    def map(self, args: Args, caller: Caller) -> object:
        """Keep what a text means."""
        sent = text(args, "sent").strip()
        return self.decide("sent", sent, args, caller)

    def assign(self, args: Args, caller: Caller) -> object:
        """Keep what a file shows."""
        file = text(args, "file")
        store.read_picture(self.folder, file)
        answer = self.decide("file", file, args, caller)
        self.look(force=True)
        return answer

    def decide(self, kind: store.Subject, subject: str, args: Args, caller: Caller) -> object:
        """Add a revision of a mapping, and tell every screen."""
        given = args.get("code")
        code = given.strip().upper() if isinstance(given, str) and given.strip() else None
        signed = Signature(who(args, caller), RecognitionCommands.why(args), time.time_ns())
        self.write(lambda db: store.decide(db, kind, subject, code, signed))
        self.changed()
        return {kind: subject, "code": code}

    # -- the folder -----------------------------------------------------------------------------------------------

    @property
    def folder(self) -> Any:
        """The folder of the venue's own pictures; it need not exist."""
        return self.running().config.directory / store.FOLDER

    def look(self, *, force: bool = False) -> dict[str, int]:
        """Scan the folder if it changed since the last look, but do not look more often than needed."""
        with self.guard:
            at, before = self.looked
            now = time.monotonic()
            if not force and now - at < LOOK_EVERY_S:
                return {}
            state = store.folder_state(self.folder)
            self.looked = (now, state)
            if not force and (state == before or (before is None and not state)):
                return {}
            pictures = store.scan(self.folder)
            recognized = self.write(lambda db: store.take_scan(db, pictures, time.time_ns()))
        self.changed()
        return {"pictures": len(pictures), "recognized": recognized}

    def changed(self) -> None:
        """Tell every screen that flags are to be asked for again."""
        self.revision += 1
        self.running().fanout.show({"type": "flags", "revision": self.revision})

    def read(self, work: Callable[[Any], Any]) -> Any:
        """Read on the pipeline's thread."""
        return self.write(work)

    def write(self, work: Callable[[Any], Any]) -> Any:
        """Do something with the database on the pipeline's thread, in one transaction."""
        running = self.running()
        return running.pipeline.call(lambda: running.writer.change(work))
