"""``restrike-lab licence``: what the licence here is worth, installing one, and, for an issuer, making them."""

from __future__ import annotations

import json
import os
import uuid
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from traitlets import Bool, List, Unicode

from restrike_lab.app.command import Command, UsageError
from restrike_lab.app.hosting import hub_config
from restrike_lab.app.settings import asking
from restrike_lab.hub.config import HubConfig
from restrike_lab.hub.licence_settings import FEATURES

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

__all__ = ["LicenceCommand"]

YEAR = timedelta(days=365)


class LicenceCommand(Command):
    """Tell the state of the licence, install a file, make a key, issue a file."""

    name = "licence"
    arguments = "[status | install FILE | check | issue FILE | key FILE]"
    most_arguments = 2
    borrowed = {HubConfig: ("data_dir", "settings")}  # noqa: RUF012

    key = Unicode("", help="Issuer's private key, as `licence key` wrote it (for `issue`).").tag(config=True)
    holder = Unicode("", help="To whom a licence is issued.").tag(config=True)
    features = List(Unicode(), help=f"Features that a licence grants: {', '.join(FEATURES)}. Unset: all.").tag(
        config=True
    )
    venue = Unicode("", help="Venue that a licence is for. Unset: any.").tag(config=True)
    machine = Unicode("", help="Code of the machine that a licence is for, as `status` shows it. Unset: any.").tag(
        config=True
    )
    valid_from = Unicode("", help="First day (YYYY-MM-DD, UTC). Unset: today.").tag(config=True)
    valid_until = Unicode("", help="Last day (YYYY-MM-DD, UTC). Unset: a year from the first.").tag(config=True)
    json = Bool(False, help="Print the state as one JSON object.").tag(config=True)

    def run(self) -> int:
        """Do what the words say."""
        match self.extra_args:
            case [] | ["status"]:
                return self.tell("licence")
            case ["install", path]:
                return self.tell("licence.install", file=read(Path(path)).decode("utf-8", "replace"))
            case ["check"]:
                return self.tell("licence.check")
            case ["key", path]:
                print(f"Public key, for the setting licence.issuer_key: {make_key(Path(path))}")
            case ["issue", path]:
                self.issue(Path(path))
            case words:
                raise UsageError(f"what does {' '.join(words)!r} mean?", hint=f"usage: {self.usage()}")
        return 0

    def tell(self, command: str, **args: Any) -> int:
        """Ask the hub, or the directory where none runs, and print what the licence is worth."""
        with asking(hub_config(self)) as ask:
            view = ask(command, **args)
        print(json.dumps(view, indent=2) if self.json else words_of(view))
        return 0

    def issue(self, path: Path) -> None:
        """Write a licence file."""
        from restrike_lab.access.licence import Licence, issue

        if not self.holder.strip() or not self.key:
            raise UsageError("a licence needs a holder and a key", hint="--holder NAME --key FILE")
        if strange := sorted(set(self.features) - set(FEATURES)):
            raise UsageError(f"there is no feature {strange[0]!r}", hint=f"features: {', '.join(FEATURES)}")
        first = day_of(self.valid_from) if self.valid_from else datetime.now(UTC).date()
        last = day_of(self.valid_until) if self.valid_until else first + YEAR
        if last < first:
            raise UsageError("the last day comes before the first", hint="--valid-from DAY --valid-until DAY")
        licence = Licence(
            licence_id=uuid.uuid4().hex,
            holder=self.holder.strip(),
            features=tuple(self.features or FEATURES),
            valid_from=first,
            valid_until=last,
            issued=datetime.now(UTC).replace(microsecond=0),
            venue=self.venue.strip(),
            machine=self.machine.strip().upper(),
        )
        write(path, issue(licence, read_key(Path(self.key))), 0o644)
        print(f"{path}: {licence.holder}, {', '.join(licence.features)}, {first} to {last}")


def words_of(view: dict[str, Any]) -> str:
    """Return what a licence is worth in lines for people."""
    lines = [f"Licence: {view['state']}" + (f" ({view['reason']})" if view["reason"] else "")]
    if licence := view["licence"]:
        lines.append(f"Holder: {licence['holder']}; features: {', '.join(licence['features']) or 'none'}")
        lines.append(f"From {licence['valid_from']} to {licence['valid_until']}")
        bound = [f"{name} {licence[name]}" for name in ("venue", "machine") if licence[name]]
        lines += [f"Only for {', '.join(bound)}"] if bound else []
        lines += [f"The issuer last called it good at {view['checked']}"] if view["checked"] else []
    if view["warning"] and view["warning"] != view["reason"]:
        lines.append(f"Note: {view['warning']}")
    lines.append(f"What needs a licence here: {', '.join(view['policy']) or 'nothing'}")
    lines.append(f"Code of this machine: {view['machine'] or 'not available'}")
    return "\n".join(lines)


def make_key(path: Path) -> str:
    """Write a new private key that its owner alone can read, and return the public one."""
    import base64

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = Ed25519PrivateKey.generate()
    write(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), 0o600)
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def read_key(path: Path) -> Ed25519PrivateKey:
    """Return the private key of a file; raises ``UsageError``."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(read(path), None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(f"{path} is no private key of an issuer", hint="`restrike-lab licence key FILE` makes one")
    return key


def day_of(text: str) -> date:
    """Return a day; raises ``UsageError``."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no day", hint="write it as 2026-03-31") from None


def read(path: Path) -> bytes:
    """Return the content of a file; raises ``UsageError``."""
    try:
        return path.expanduser().read_bytes()
    except OSError as problem:
        raise UsageError(f"{path} cannot be read: {problem.strerror}", hint="give the path of a file") from None


def write(path: Path, content: bytes, mode: int) -> None:
    """Write a file that is not there yet; raises ``UsageError``."""
    try:
        with os.fdopen(os.open(path.expanduser(), os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
    except OSError as problem:
        raise UsageError(f"{path} cannot be written: {problem.strerror}", hint="choose another name") from None
