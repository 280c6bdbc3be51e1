"""Settings of licences: what needs one, and whose signature counts."""

from __future__ import annotations

import base64
import binascii
from typing import Any
from urllib.parse import urlsplit

from traitlets import Enum, Int, List, TraitError, Unicode, validate

from restrike_lab.store.settings_group import SettingsGroup

__all__ = ["FEATURES", "LicenceSettings"]

FEATURES = {
    "obs": ("obs.",),
    "recognition": ("rule.", "definition.", "recognition.", "pattern.", "event."),
    "annotations": ("annotate", "annotation."),
    "flags": ("flags.",),
}
"""What can be made to need a licence, and how the commands that do it begin. Hearing, keeping and showing messages,
signing in, settings and the licence itself never need one."""


class LicenceSettings(SettingsGroup):
    """What needs a licence here (nothing, unless the policy says so), and whose signature counts."""

    category = "licence"

    policy = List(
        Enum(tuple(FEATURES)), help="Features that need a licence; changing things with them is refused without one."
    )
    issuer_key = Unicode("", help="Public key of the issuer (Ed25519, 32 bytes in base64). Empty: no licence counts.")
    venue = Unicode("", help="Where this lab stands; a licence for one venue counts only there.")
    check_url = Unicode("", help="Address that is asked once a day whether the licence is still good. Empty: nobody.")
    grace_days = Int(14, min=3, max=365, help="Days that a licence goes on when that address cannot be reached.")
    warn_days = Int(30, min=1, max=365, help="Days before its end from which on an expiring licence is told of.")

    @validate("issuer_key")
    def _check_key(self, proposal: Any) -> Any:
        text = proposal["value"].strip()
        try:
            right = not text or len(base64.b64decode(text, validate=True)) == 32
        except (ValueError, binascii.Error):
            right = False
        if not right:
            raise TraitError("an issuer's key is 32 bytes in base64")
        return text

    @validate("check_url")
    def _check_address(self, proposal: Any) -> Any:
        text = proposal["value"].strip()
        try:
            parts = urlsplit(text)
            right = not text or (parts.scheme in ("http", "https") and bool(parts.hostname))
        except ValueError:
            right = False
        if not right:
            raise TraitError("an address begins with https:// or http://")
        return text
