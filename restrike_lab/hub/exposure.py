"""Serving more than this machine: only with passwords and TLS, or with a flag that says what it opens."""

from __future__ import annotations

import ipaddress
import ssl
from pathlib import Path

from restrike_lab.hub.access_config import AccessConfig
from restrike_lab.hub.errors import HubError

__all__ = ["ExposureError", "is_loopback", "require_safe", "server_context"]


class ExposureError(HubError):
    """Refuse to serve other machines in a way that was not asked for."""

    category = "access"


def is_loopback(host: str) -> bool:
    """Tell whether only programs of this machine reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name, or nothing: every address of this machine
        return False


def require_safe(what: str, host: str, config: AccessConfig, users_exist: bool) -> None:
    """Raise :class:`ExposureError` where other machines would reach ``what`` at ``host`` without passwords or TLS."""
    if is_loopback(host):
        return
    if not config.certificate and not config.open_without_tls:
        raise ExposureError(
            f"{what} would serve other machines at {host or 'every address'} without encryption",
            hint="Give --certificate and --private-key. --open-without-tls serves all the same: whoever is on the "
            "network can then read tokens, passwords and every event.",
            host=host,
        )
    if not users_exist and not config.open_without_users:
        raise ExposureError(
            f"{what} would serve other machines at {host or 'every address'}, and nobody has a password",
            hint="Set an administrator first: `restrike-lab users add NAME admin`. --open-without-users serves all "
            "the same: whoever has a token may then do what it allows, and nobody signs in.",
            host=host,
        )


def server_context(config: AccessConfig) -> ssl.SSLContext | None:
    """Return how to encrypt, None where no certificate is given; raises :class:`ExposureError` for one that is none."""
    if not config.certificate and not config.private_key:
        return None
    if not config.certificate or not config.private_key:
        raise ExposureError(
            "a certificate needs its private key, and the other way round",
            hint="Give both --certificate and --private-key.",
        )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate, key = (str(Path(each).expanduser()) for each in (config.certificate, config.private_key))
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as problem:
        raise ExposureError(
            f"the certificate {certificate} cannot be used with the key {key}: {problem}",
            hint="Both are PEM files that belong together; the key has no passphrase.",
        ) from problem
    return context
