"""A Jupyter workbench for taekwondo scoring data.

A background hub hears the scoring console over UDP, understands and keeps every message, and tells everyone who
watches; notebooks and a Voila screen ask it. ``Lab`` is the way in for notebooks, ``restrike-lab`` for the shell.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from restrike_lab.client.lab import Lab as Lab

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Load ``Lab`` when it is first asked for, so that the hub and the command line do without it."""
    if name == "Lab":
        return import_module("restrike_lab.client.lab").Lab
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Show ``Lab`` to the Tab key although it is not loaded yet."""
    return sorted([*globals(), "Lab"])


def load_ipython_extension(shell: Any) -> None:
    """Bring ``%restrike`` into a kernel (``%load_ext restrike_lab``)."""
    import_module("restrike_lab.kernel.extension").load_ipython_extension(shell)


def unload_ipython_extension(shell: Any) -> None:
    """Take ``%restrike`` out of a kernel again (``%unload_ext restrike_lab``)."""
    import_module("restrike_lab.kernel.extension").unload_ipython_extension(shell)


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """Tell Jupyter's server where its part of the project is."""
    return [{"module": "restrike_lab.app.jupyter_ext"}]
