"""A Jupyter workbench for taekwondo scoring data.

A background hub hears the scoring console over UDP, understands and keeps every message, and tells everyone who
watches; notebooks and a Voila screen ask it. ``Lab`` is the way in for notebooks, ``restrike-lab`` for the shell.
"""

__version__ = "0.1.0"


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """Tell Jupyter's server where its part of the project is."""
    return [{"module": "restrike_lab.app.jupyter_ext"}]
