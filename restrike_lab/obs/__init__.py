"""OBS: recording, replay and scenes that follow the bout, whatever version of OBS the venue has.

Where to look, from the wire upwards:

``requests``, ``results``, ``events``, ``errors``: one vocabulary for both protocols, frozen values without I/O.
``v4``, ``v5`` (with ``v4_tables``, ``v5_tables``, ``dialect``, ``fields``, ``auth``): how each protocol says them, also
without I/O.
``transport``, ``greeting``, ``session``: one WebSocket, found out and authenticated, as one conversation.
``link``: a session whenever there can be one, with the rule for coming back.
``client`` (with ``commands``, ``outputs``, ``mirror``): one OBS as the lab uses it, with a state that stays true.
``fleet`` (with ``instance``, ``repository``, ``vault``): all of them by name, kept with locked passwords, in a thread
of their own.
``video_clock`` (with ``video_fit``, ``video_rows``): where a moment is in a recording or a replay, and how sure that
is, without I/O; ``video_watch`` (with ``video_probe``) observes what it is made of.
``naming``: file and folder names from a bout, safe on every file system.
``fake``: servers of both protocols that behave like the real ones, for tests and for a demo without OBS.

A first use, in any asyncio program::

    client = Client(Instance("ring1", port=4455, password="secret"))
    client.start()
    await client.until_connected(5)
    await client.set_scene("Replay")
    path = await client.save_replay()
"""

from restrike_lab.obs.client import Client
from restrike_lab.obs.errors import ObsError
from restrike_lab.obs.events import Event, OutputState, Stamp
from restrike_lab.obs.fleet import Fleet, FleetThread, Trial
from restrike_lab.obs.instance import Instance
from restrike_lab.obs.link import LinkState, LinkStatus
from restrike_lab.obs.mirror import ObsState
from restrike_lab.obs.repository import Memory, ObsConnections
from restrike_lab.obs.vault import Vault

__all__ = [
    "Client",
    "Event",
    "Fleet",
    "FleetThread",
    "Instance",
    "LinkState",
    "LinkStatus",
    "Memory",
    "ObsConnections",
    "ObsError",
    "ObsState",
    "OutputState",
    "Stamp",
    "Trial",
    "Vault",
]
