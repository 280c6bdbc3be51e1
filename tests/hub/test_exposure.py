"""Serving other machines: only with a user and TLS, or when told what it opens; and TLS between the hub and its own."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from websockets.sync.client import connect

from restrike_lab.client.lab import Lab
from restrike_lab.hub.errors import HubError
from restrike_lab.hub.exposure import ExposureError, is_loopback
from restrike_lab.hub.hub import Hub
from restrike_lab.hub.ownership import read_address
from tests.hub.helpers import hub_config, running_hub

PASSWORD = "a long enough password"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.168.1.5", "lab.example", "169.254.0.1"])
def test_what_other_machines_reach_is_no_loopback(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
def test_what_only_this_machine_reaches_is(host: str) -> None:
    assert is_loopback(host)


def test_a_hub_serves_other_machines_only_with_tls_and_a_user_or_when_told_what_that_opens(tmp_path: Path) -> None:
    with pytest.raises(ExposureError, match="without encryption") as refusal:
        Hub(hub_config(tmp_path, ws_host="0.0.0.0")).start()
    assert "--open-without-tls" in refusal.value.hint
    with pytest.raises(ExposureError, match="nobody has a password") as refusal:
        Hub(hub_config(tmp_path, ws_host="0.0.0.0", open_without_tls=True)).start()
    assert "--open-without-users" in refusal.value.hint
    assert read_address(tmp_path) is None  # nothing was left running
    with running_hub(tmp_path, ws_host="0.0.0.0", open_without_tls=True, open_without_users=True) as hub:
        assert hub.address is not None


def test_a_certificate_that_is_none_is_told_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "x.pem").write_text("no certificate")
    with pytest.raises(HubError, match="private key"):
        Hub(hub_config(tmp_path, certificate=str(tmp_path / "x.pem"))).start()
    with pytest.raises(HubError, match="cannot be used"):
        Hub(hub_config(tmp_path, certificate=str(tmp_path / "x.pem"), private_key=str(tmp_path / "x.pem"))).start()


def test_with_a_certificate_clients_of_this_machine_trust_it_and_no_other(tmp_path: Path) -> None:
    pairs = [certificate(tmp_path, name) for name in ("ours", "theirs")]
    data = tmp_path / "data"
    with running_hub(data, certificate=str(pairs[0][0]), private_key=str(pairs[0][1])) as hub:
        assert hub.address is not None
        assert hub.address.url.startswith("wss://")
        with Lab(data, start="never") as lab:
            assert lab.command("ping") == {"seq": 0}
            lab.users.add("Mina", "admin", PASSWORD)
        with pytest.raises(ssl.SSLError), connect(f"{hub.address.url}/?token={hub.address.token}", proxy=None):
            pass
        hub.running.ownership.announce(type(hub.address)(**{**fields(hub.address), "certificate": str(pairs[1][0])}))
        with pytest.raises(Exception, match=r"no hub answers|does not answer"):
            Lab(data, start="never", timeout=2.0)
    with running_hub(data, ws_host="0.0.0.0", certificate=str(pairs[0][0]), private_key=str(pairs[0][1])):
        pass  # with a user and a certificate other machines are served


def fields(address: Any) -> dict[str, Any]:
    return {name: getattr(address, name) for name in address.__struct_fields__}


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """Return a certificate of this test's own making, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"{name}.example")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=1))
    found = folder / f"{name}.pem", folder / f"{name}.key"
    found[0].write_bytes(made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    found[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return found
