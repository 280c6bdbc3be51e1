"""Many OBS by name: changed while they run, kept apart from each other, kept in the database with locked passwords."""

from __future__ import annotations

import asyncio
import logging
import os
import stat
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from restrike_lab.obs import Client, Fleet, FleetThread, Instance, LinkState, Memory, ObsConnections, Vault
from restrike_lab.obs.errors import AuthFailed, FleetError, NotConnected, SecretError, Unreachable
from restrike_lab.obs.events import Event, SceneChanged
from restrike_lab.obs.fake import FakeThread, FakeV4, FakeV5, Pace, Studio
from restrike_lab.obs.instance import is_this_machine
from restrike_lab.obs.keepers import open_keeper
from restrike_lab.obs.vault import KEY_FILE
from restrike_lab.store import Reader, Writer
from tests.obs.coroutines import until
from tests.obs.peers import FAST, PASSWORD, fake, free_port

ONLY_OWNER = stat.S_IRUSR | stat.S_IWUSR


@asynccontextmanager
async def running(*instances: Instance) -> AsyncIterator[Fleet]:
    fleet = Fleet(Memory(instances), waits=FAST)
    await fleet.start()
    try:
        yield fleet
    finally:
        await fleet.stop()


def instance(name: str, port: int, **more: object) -> Instance:
    return Instance(name, port=port, password=PASSWORD, **more)  # type: ignore[arg-type]


async def test_two_instances_of_different_protocols_at_once() -> None:
    async with fake(FakeV4) as four, fake(FakeV5) as five:
        told: list[tuple[str, Event]] = []
        async with running(instance("ring1", four.port, role="record"), instance("replay", five.port)) as fleet:
            fleet.subscribe(lambda name, event: told.append((name, event)))
            await until(lambda: all(client.connected for client in fleet))
            await fleet["ring1"].set_scene("Idle")
            await fleet["replay"].set_scene("Replay")
            await until(lambda: len([e for _, e in told if isinstance(e, SceneChanged)]) == 2)
            scenes = {name: event.scene for name, event in told if isinstance(event, SceneChanged)}
            assert scenes == {"ring1": "Idle", "replay": "Replay"}
            assert (len(fleet), "ring1" in fleet, "ring2" in fleet) == (2, True, False)
            assert [client.name for client in fleet.with_role("record")] == ["ring1"]


async def test_the_failure_of_one_is_not_the_failure_of_another() -> None:
    async with fake(FakeV5) as well, fake(FakeV5) as frozen:
        one = instance("well", well.port)
        two = instance("frozen", frozen.port)
        three = instance("gone", free_port())
        four = Instance("wrong", port=well.port, password="wrong")
        async with running(one, two, three, four) as fleet:
            await until(lambda: fleet["well"].connected and fleet["frozen"].connected)
            frozen.freeze()
            stuck = asyncio.ensure_future(fleet["frozen"].set_scene("Idle"))
            async with asyncio.timeout(3):
                for number in range(20):
                    await fleet["well"].set_scene(("Idle", "Ring1")[number % 2])
            assert not stuck.done()
            assert fleet["gone"].status.state in (LinkState.WAITING, LinkState.CONNECTING)
            await until(lambda: fleet["wrong"].status.state is LinkState.HALTED)
            assert isinstance(fleet["wrong"].status.error, AuthFailed)
            frozen.thaw()
            await stuck


async def test_instances_come_change_and_go_while_others_run() -> None:
    async with fake(FakeV5) as server, fake(FakeV4) as other, running() as fleet:
        changes: list[Client] = []
        fleet.watch(changes.append)
        client = await fleet.add(instance("ring1", server.port))
        await client.until_connected(10)
        assert changes
        with pytest.raises(FleetError, match="already"):
            await fleet.add(instance("ring1", server.port))
        await fleet.change("ring1", port=other.port, role="replay")
        await until(lambda: client.connected and client.state.protocol == "v4")
        assert not server.guests
        await fleet.enable("ring1", False)
        assert client.status.state is LinkState.OFF
        with pytest.raises(NotConnected):
            await client.set_scene("Idle")
        await fleet.enable("ring1")
        await client.until_connected(10)
        await fleet.remove("ring1")
        assert client.status.state is LinkState.OFF
        with pytest.raises(FleetError, match="no OBS instance 'ring1'"):
            fleet["ring1"]


async def test_a_changed_role_keeps_the_session() -> None:
    async with fake(FakeV5) as server, running(instance("ring1", server.port)) as fleet:
        await fleet["ring1"].until_connected(10)
        await fleet.change("ring1", role="record")
        assert fleet["ring1"].connected
        assert server.connections == 1


@pytest.mark.parametrize(
    ("change", "hint"), [({"colour": 1}, "Change host"), ({"port": 0}, "4455"), ({"host": "a b"}, "without a port")]
)
async def test_a_change_that_cannot_be_is_refused_with_the_way_out(change: dict[str, object], hint: str) -> None:
    async with running(Instance("ring1", enabled=False)) as fleet:
        with pytest.raises(FleetError) as problem:
            await fleet.change("ring1", **change)
        assert hint in problem.value.hint
        assert fleet["ring1"].instance == Instance("ring1", enabled=False)


async def test_trying_an_instance_says_what_it_is_or_what_is_wrong() -> None:
    async with fake(FakeV5) as server, running() as fleet:
        trial = await fleet.test(instance("x", server.port))
        assert (trial.spoken, trial.error) == ("v5", None)
        assert trial.versions is not None
        assert trial.versions.obs == "29.0.2"
        assert isinstance((await fleet.test(Instance("x", port=server.port, password="wrong"))).error, AuthFailed)
        assert isinstance((await fleet.test(Instance("x", port=free_port()))).error, Unreachable)
        assert len(fleet) == 0


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"name": " "}, {"name": "a\nb"}, {"name": "x" * 65}, {"host": ""}, {"host": "ws://x"},
     {"host": "a:b/c"}, {"port": 0}, {"port": 65536}, {"port": "4455"}, {"port": True}],
)  # fmt: skip
def test_an_instance_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(FleetError) as problem:
        Instance(**{"name": "ring1", **wrong})  # type: ignore[arg-type]
    assert problem.value.hint


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "obs-ring1.local", "fe80::1%eth0"])
def test_hosts_are_names_and_addresses(host: str) -> None:
    assert Instance("ring1", host).host == host


@pytest.mark.parametrize(
    ("host", "here"),
    [("127.0.0.1", True), ("127.8.0.9", True), ("::1", True), ("localhost", True), ("10.0.0.7", False), ("obs", False)],
)
def test_this_machine_is_known_by_its_names(host: str, here: bool) -> None:
    assert is_this_machine(host) is here


async def test_an_ipv6_address_is_reached() -> None:
    server = FakeV5(Studio(pace=Pace.quick()), password=PASSWORD)
    try:
        await server.start(host="::1")
    except OSError:
        pytest.skip("this machine has no IPv6")
    async with running(Instance("ring1", "::1", server.port, PASSWORD)) as fleet:
        await fleet["ring1"].until_connected(10)
    await server.stop()


# -- kept --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def kept(tmp_path: Path) -> ObsConnections:
    """The instances in a database of the lab."""
    writer = Writer.open(tmp_path)
    return ObsConnections(writer.run, open_keeper(tmp_path), lambda: 1)


def test_instances_are_kept_with_everything(kept: ObsConnections) -> None:
    one = Instance("ring1", "10.0.0.5", 4444, PASSWORD, "record", False)
    two = Instance("ring2")
    kept.save(one)
    kept.save(Instance("ring2", role="other"))
    kept.save(two)
    assert kept.load() == [one, two]
    kept.remove("ring1")
    kept.remove("nobody")
    assert kept.load() == [two]


def test_a_row_that_is_no_instance_hides_no_other(kept: ObsConnections, caplog: pytest.LogCaptureFixture) -> None:
    kept.save(Instance("ring1"))
    kept._run("INSERT INTO obs_connections VALUES ('', 'x', 0, NULL, '', 1, 1)", ())
    assert kept.load() == [Instance("ring1")]
    assert "passed over" in caplog.text


def test_a_password_is_nowhere_in_the_data_directory(kept: ObsConnections, tmp_path: Path) -> None:
    kept.save(Instance("ring1", password=PASSWORD))
    row = Reader.open(tmp_path).query("SELECT * FROM obs_connections").rows[0]
    assert PASSWORD not in repr(row)
    for path in tmp_path.iterdir():
        assert PASSWORD.encode() not in path.read_bytes(), path


@pytest.mark.skipif(os.name != "posix", reason="rights of files as numbers exist on POSIX systems only")
def test_the_key_file_is_for_its_owner_alone_and_made_so_again(tmp_path: Path) -> None:
    Vault.open(tmp_path)
    path = tmp_path / KEY_FILE
    assert stat.S_IMODE(path.stat().st_mode) == ONLY_OWNER
    path.chmod(0o644)
    Vault.open(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == ONLY_OWNER


def test_a_key_is_made_once(tmp_path: Path) -> None:
    locked = Vault.open(tmp_path).lock("secret")
    assert Vault.open(tmp_path).unlock(locked) == "secret"
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]


def test_the_same_password_is_never_locked_the_same(tmp_path: Path) -> None:
    vault = Vault.open(tmp_path)
    assert vault.lock("secret") != vault.lock("secret")
    assert "secret" not in repr(vault)


def test_passwords_of_another_key_must_be_given_again(kept: ObsConnections, tmp_path: Path) -> None:
    kept.save(Instance("ring1", password=PASSWORD))
    (tmp_path / KEY_FILE).unlink()
    later = ObsConnections(kept._run, open_keeper(tmp_path), lambda: 1)
    assert later.load() == [Instance("ring1", password=None)]


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 44])
def test_a_damaged_key_file_is_refused_with_the_way_out(tmp_path: Path, content: bytes) -> None:
    (tmp_path / KEY_FILE).write_bytes(content)
    with pytest.raises(SecretError, match="holds no key") as problem:
        Vault.open(tmp_path)
    assert "Move" in problem.value.hint


async def test_a_fleet_comes_back_as_it_was(kept: ObsConnections) -> None:
    async with fake(FakeV5) as server:
        fleet = Fleet(kept, waits=FAST)
        await fleet.start()
        await fleet.add(instance("ring1", server.port))
        await fleet.add(Instance("off", enabled=False))
        await fleet.stop()
        again = Fleet(kept, waits=FAST)
        await again.start()
        await again["ring1"].until_connected(10)
        assert again["off"].status.state is LinkState.OFF
        await again.stop()


# -- a password is shown nowhere ---------------------------------------------------------------------------------------


async def test_a_password_is_in_no_log_no_representation_and_no_traceback(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "s3cret-of-the-ring"
    async with fake(FakeV5, password=secret) as five, fake(FakeV4, password=secret) as four:
        for server in (five, four):
            async with running(Instance("ring1", port=server.port, password=secret)) as fleet:
                client = fleet["ring1"]
                await client.until_connected(10)
                assert secret not in f"{client!r} {client.instance!r} {client.instance.target!r} {vars(client)!r}"
                assert secret not in f"{fleet!r} {vars(fleet)!r} {client.status!r}"
                await client.stop()
                with pytest.raises(NotConnected) as problem:
                    await client.set_scene("Idle")
                assert secret not in "".join(traceback.format_exception(problem.value))
            trial = await Fleet(Memory(), waits=FAST).test(Instance("x", port=server.port, password=f"{secret}-wrong"))
            assert secret not in repr(trial)
            assert secret not in "".join(traceback.format_exception(trial.error))
    assert secret not in caplog.text


# -- from other threads ------------------------------------------------------------------------------------------------


def test_a_fleet_in_its_own_thread_is_used_from_another() -> None:
    servers = FakeThread([FakeV5(Studio(pace=Pace.quick()), password=PASSWORD), FakeV4(password=PASSWORD)])
    ports = servers.start()
    instances = [instance("ring1", ports[0]), instance("ring2", ports[1])]
    host = FleetThread(Fleet(Memory(instances), waits=FAST))
    host.start()
    try:
        assert host.alive
        for client in host.fleet:
            host.run(client.until_connected(10))
        host.run(host.fleet["ring1"].set_scene("Idle"))
        with pytest.raises(FleetError):
            host.run(host.fleet.remove("nobody"))
        with pytest.raises(TimeoutError):
            host.run(asyncio.sleep(60), 0.05)
        called: list[int] = []
        host.soon(called.append, 1)
        host.run(asyncio.sleep(0))
        assert called == [1]
    finally:
        host.stop()
        servers.stop()
    assert not host.alive
    host.stop()
    host.soon(print)


def test_a_fleet_whose_instances_cannot_be_loaded_does_not_start() -> None:
    class Broken(Memory):
        def load(self) -> list[Instance]:
            raise FleetError("no database")

    host = FleetThread(Fleet(Broken()))
    with pytest.raises(FleetError):
        host.start()
    assert not host.alive
