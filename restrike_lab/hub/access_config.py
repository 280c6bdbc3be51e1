"""Settings of who may do what, and of serving more than this machine."""

from __future__ import annotations

from typing import Any

from traitlets import Bool, Enum, HasTraits, Int, TraitError, Unicode, validate

__all__ = ["AccessConfig"]


class AccessConfig(HasTraits):
    """The part of a hub's settings that decides about access."""

    screen_role = Enum(
        ("auto", "viewer", "operator", "admin"),
        "auto",
        help="What a page may do while nobody has signed in on it. auto: operator until there is a user, then viewer.",
    ).tag(config=True, category="access", role="admin")
    session_idle_s = Int(
        900, min=5, max=86_400, help="Seconds without a sign of the person after which a sign-in ends."
    ).tag(config=True, category="access", role="admin")
    session_hours = Int(12, min=1, max=168, help="Hours after which a sign-in ends whatever was done.").tag(
        config=True, category="access", role="admin"
    )
    certificate = Unicode("", help="TLS certificate (PEM, with its chain) for the hub, Jupyter and the screen.").tag(
        config=True
    )
    private_key = Unicode("", help="Private key (PEM) of the certificate, without a passphrase.").tag(config=True)
    open_without_tls = Bool(
        False,
        help="Serve other machines unencrypted: everybody on the network can read tokens, passwords and every event.",
    ).tag(config=True)
    open_without_users = Bool(
        False, help="Serve other machines although no user has a password: whoever has a token may do what it allows."
    ).tag(config=True)

    @validate("private_key", "certificate")
    def _check_path(self, proposal: Any) -> Any:
        if "\0" in proposal["value"]:
            raise TraitError("that is no path of a file")
        return proposal["value"]
