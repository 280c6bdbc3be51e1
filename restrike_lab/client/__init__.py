"""``Lab`` and what it is made of: the way in for notebooks, widgets and scripts.

``attach`` finds the hub of a data directory or hosts one, ``feed`` keeps one WebSocket connection to it (``intake``
is its bookkeeping), ``query`` answers SQL in memory (``fill`` brings the rows, ``views`` names them, ``frames`` gives
them dtypes), ``recent`` shows stored events in the live form. ``lab`` puts them together.
"""

from restrike_lab.client.errors import CommandError, NoHubError, QueryError
from restrike_lab.client.feed import LiveFeed
from restrike_lab.client.intake import Batch
from restrike_lab.client.lab import Lab
from restrike_lab.client.status import LabStatus

__all__ = ["Batch", "CommandError", "Lab", "LabStatus", "LiveFeed", "NoHubError", "QueryError"]
