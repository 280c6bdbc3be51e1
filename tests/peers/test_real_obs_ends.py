"""A real OBS that is killed, stopped and frozen in the middle of a request, a recording and a reconnect."""

from __future__ import annotations

import asyncio
import time

import pytest

from restrike_lab.obs import Client, LinkState
from restrike_lab.obs import requests as rq
from restrike_lab.obs.errors import ConnectionLost, NotConnected, ObsError, RequestTimeout
from restrike_lab.obs.events import Event, RecordState
from tests.obs.coroutines import until
from tests.peers.real_obs import RealObs
from tests.peers.test_real_obs import QUICK, client_of

pytestmark = [pytest.mark.peers, pytest.mark.timeout(180)]

ENDS = pytest.mark.parametrize("end", ["kill", "stop", "freeze"])
LONGEST = 10.0
"""Seconds after which nothing may still be waiting for an OBS that is gone or frozen; ``QUICK`` waits for 2 at most."""


async def stir(client: Client) -> None:
    """Ask OBS for something over and over, until it fails."""
    while True:
        await client.request(rq.GetScenes())


async def bring_back(obs: RealObs, end: str) -> None:
    """Let a frozen OBS go on, start an ended one."""
    if end == "freeze":
        obs.thaw()
    else:
        await asyncio.to_thread(obs.start)


@ENDS
async def test_in_the_middle_of_requests_everything_that_waits_fails_in_time(obs: RealObs, end: str) -> None:
    async with client_of(obs, QUICK) as client:
        requests = [asyncio.ensure_future(stir(client)) for _ in range(4)]
        await asyncio.sleep(0.3)
        begun = time.monotonic()
        await asyncio.to_thread(getattr(obs, end))
        try:
            results = await asyncio.gather(*requests, return_exceptions=True)
            assert time.monotonic() - begun < LONGEST
            for result in results:
                assert isinstance(result, ConnectionLost | NotConnected | RequestTimeout), result
                assert result.hint
            await until(lambda: not client.connected, 20)
            assert client.state.scene is None
            with pytest.raises(ObsError):
                await client.set_scene("Idle")
        finally:
            await bring_back(obs, end)
        await client.until_connected(30)
        await client.set_scene("Idle")


@ENDS
async def test_in_the_middle_of_a_recording_what_is_said_of_it_stays_true(obs: RealObs, end: str) -> None:
    async with client_of(obs, QUICK) as client:
        events: list[Event] = []
        client.subscribe(events.append)
        await client.start_record()
        await asyncio.sleep(0.3)
        await asyncio.to_thread(getattr(obs, end))
        try:
            begun = time.monotonic()
            with pytest.raises((ConnectionLost, NotConnected, RequestTimeout)):
                await client.stop_record()
            assert time.monotonic() - begun < LONGEST
            await until(lambda: not client.connected, 20)
            assert client.state.record is None  # nobody knows
        finally:
            await bring_back(obs, end)
        await client.until_connected(30)
        assert [event for event in events if isinstance(event, RecordState)]
        # What a frozen one has not read of a request is lost with its connection, so it may still be recording.
        status = await client.record_status()
        assert client.state.recording == status.active
        assert end == "freeze" or not status.active
        if status.active:
            assert await client.stop_record()
        await client.start_record()
        assert await client.stop_record()


@ENDS
async def test_in_the_middle_of_a_reconnect_it_is_found_in_the_end(obs: RealObs, end: str) -> None:
    async with client_of(obs, QUICK) as client:
        await asyncio.to_thread(obs.kill)
        await until(lambda: not client.connected, 10)
        for moment in (0.1, 0.4, 0.7):  # at different moments of its start
            obs.launch()
            await asyncio.sleep(moment)
            await asyncio.to_thread(getattr(obs, end))
            if end == "freeze":
                await asyncio.sleep(0.3)
                obs.thaw()
                await asyncio.to_thread(obs.kill)
            assert client.status.state in LinkState
        await asyncio.to_thread(obs.start)
        await client.until_connected(30)
        assert client.state.scenes
        assert await client.request(rq.GetScene())


async def test_frozen_until_the_connection_is_given_up_it_is_found_when_it_goes_on(obs: RealObs) -> None:
    async with client_of(obs, QUICK) as client:
        connects = client.status.connects
        obs.freeze()
        try:
            await until(lambda: not client.connected, 20)
            await asyncio.sleep(1.0)  # several tries at a server that takes connections and says nothing
            assert not client.connected
        finally:
            obs.thaw()
        await client.until_connected(30)
        assert client.status.connects == connects + 1
