"""Passwords kept by the keyring of the system, with a backend of this test's own, and the way there and back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

from restrike_lab.obs import Instance, ObsConnections
from restrike_lab.obs.errors import SecretError
from restrike_lab.obs.keepers import IN_KEYRING, open_keeper
from restrike_lab.store import Reader, Writer
from tests.hub.helpers import running_hub
from tests.hub.obs_stage import connected, fake_obs, fakes
from tests.obs.peers import PASSWORD


class Shelf(KeyringBackend):
    """A keyring in memory, which can be locked."""

    priority = 1.0  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def look(self) -> dict[tuple[str, str], str]:
        if self.locked:
            raise KeyringLocked("locked")
        return self.kept

    def set_password(self, service: str, username: str, password: str) -> None:
        self.look()[service, username] = password

    def get_password(self, service: str, username: str) -> str | None:
        return self.look().get((service, username))

    def delete_password(self, service: str, username: str) -> None:
        if self.look().pop((service, username), None) is None:
            raise PasswordDeleteError("none")


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    former, shelf = keyring.get_keyring(), Shelf()
    keyring.set_keyring(shelf)
    yield shelf
    keyring.set_keyring(former)


def connections(directory: Path, writer: Writer, in_keyring: bool) -> ObsConnections:
    return ObsConnections(writer.run, open_keeper(directory, in_keyring), lambda: 1)


@pytest.fixture
def writer(tmp_path: Path) -> Writer:
    return Writer.open(tmp_path)


def test_a_password_is_in_the_keyring_and_not_in_the_database(shelf: Shelf, tmp_path: Path, writer: Writer) -> None:
    kept = connections(tmp_path, writer, in_keyring=True)
    kept.save(Instance("ring1", password=PASSWORD))
    kept.save(Instance("ring2"))
    assert list(shelf.kept.values()) == [PASSWORD]
    assert Reader.open(tmp_path).query("SELECT password FROM obs_connections ORDER BY name").rows == [
        (IN_KEYRING,),
        (None,),
    ]
    assert kept.load() == [Instance("ring1", password=PASSWORD), Instance("ring2")]
    assert PASSWORD not in repr(kept._keeper)


def test_an_instance_that_is_removed_leaves_no_password(shelf: Shelf, tmp_path: Path, writer: Writer) -> None:
    kept = connections(tmp_path, writer, in_keyring=True)
    kept.save(Instance("ring1", password=PASSWORD))
    kept.remove("ring1")
    kept.remove("nobody")
    assert shelf.kept == {}


def test_two_data_directories_do_not_share_their_passwords(shelf: Shelf, tmp_path: Path) -> None:
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        connections(folder, Writer.open(folder), in_keyring=True).save(Instance("ring1", password=name))
    assert sorted(shelf.kept.values()) == ["one", "two"]


def test_what_the_key_file_locked_is_read_and_goes_to_the_keyring_when_it_is_kept_anew(
    shelf: Shelf, tmp_path: Path, writer: Writer
) -> None:
    connections(tmp_path, writer, in_keyring=False).save(Instance("ring1", password=PASSWORD))
    later = connections(tmp_path, writer, in_keyring=True)
    assert later.load() == [Instance("ring1", password=PASSWORD)]
    later.save(later.load()[0])
    assert list(shelf.kept.values()) == [PASSWORD]


def test_without_the_keyring_its_passwords_must_be_given_again(
    shelf: Shelf, tmp_path: Path, writer: Writer, caplog: pytest.LogCaptureFixture
) -> None:
    connections(tmp_path, writer, in_keyring=True).save(Instance("ring1", password=PASSWORD))
    assert connections(tmp_path, writer, in_keyring=False).load() == [Instance("ring1")]
    assert "is in the keyring" in caplog.text
    shelf.kept.clear()
    assert connections(tmp_path, writer, in_keyring=True).load() == [Instance("ring1")]
    assert "has no password for ring1" in caplog.text


def test_a_locked_keyring_is_told_with_the_way_out(shelf: Shelf, tmp_path: Path, writer: Writer) -> None:
    kept = connections(tmp_path, writer, in_keyring=True)
    kept.save(Instance("ring1", password=PASSWORD))
    shelf.locked = True
    assert kept.load() == [Instance("ring1")]
    with pytest.raises(SecretError, match="cannot be used: KeyringLocked") as refused:
        kept.save(Instance("ring2", password=PASSWORD))
    assert refused.value.hint
    assert PASSWORD not in str(refused.value)
    kept.remove("ring1")


def test_without_the_package_the_way_out_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "keyring", None)
    with pytest.raises(SecretError, match="needs the package keyring") as refused:
        open_keeper(tmp_path, in_keyring=True)
    assert "restrike-lab[keyring]" in refused.value.hint


def test_a_hub_that_is_set_so_keeps_passwords_there(shelf: Shelf, tmp_path: Path) -> None:
    server = fake_obs()
    with fakes(server):
        with running_hub(tmp_path, obs_keyring=True) as hub, connected(hub, server):
            assert len(shelf.kept) == 1
        with running_hub(tmp_path, obs_keyring=True) as hub:
            assert [each.instance.password for each in hub.running.obs.desk().fleet] == [server.password]
