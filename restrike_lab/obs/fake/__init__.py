"""Servers that behave like OBS, of both protocols, for tests and for a demo without OBS.

``studio`` is the OBS behind them: scenes, items, outputs and how long each of their changes takes. ``server`` gives it
a WebSocket, ``five`` and ``four`` speak the protocols in the words of the real servers (recorded sessions hold them to
that frame by frame), ``troubles`` are the ways in which OBS and networks misbehave, each to be switched on.

The fakes write their frames by themselves and know nothing of the dialects that the lab reads with, so that a mistake
in one of them does not hide in the other.
"""

from restrike_lab.obs.fake.five import FakeV5
from restrike_lab.obs.fake.four import FakeV4
from restrike_lab.obs.fake.host import FakeThread
from restrike_lab.obs.fake.parts import Pace
from restrike_lab.obs.fake.server import FakeObs
from restrike_lab.obs.fake.studio import Studio
from restrike_lab.obs.fake.troubles import Troubles

__all__ = ["FakeObs", "FakeThread", "FakeV4", "FakeV5", "Pace", "Studio", "Troubles"]
