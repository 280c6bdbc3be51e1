"""``%config RestrikeLab``: the settings of this kernel's lab.

Beside the settings of a hub it has those of the kernel: whether a hub may be hosted here, and under which name the lab
is put into the notebook. They take effect at the next ``%restrike start``.
"""

from __future__ import annotations

from traitlets import Enum, Unicode

from restrike_lab.hub.config import HubConfig

__all__ = ["RestrikeLab"]


class RestrikeLab(HubConfig):
    """Settings of the lab in this kernel; they take effect at the next ``%restrike start``."""

    start = Enum(
        ["thread", "never"],
        default_value="thread",
        help="Host a hub in this kernel when none runs ('thread'), or only attach to one that does ('never').",
    ).tag(config=True)
    url = Unicode(
        "", help="Address of a hub on another machine, such as ws://10.0.0.5:3001. Empty: the data directory's."
    ).tag(config=True)
    name = Unicode("lab", help="Name under which the lab is put into the notebook; empty for none.").tag(config=True)
