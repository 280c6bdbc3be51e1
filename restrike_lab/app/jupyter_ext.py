"""The Jupyter server extension: it gives Voila this project's template, which loads nothing from the internet.

Voila's own templates fetch fonts from a CDN. Jupyter loads extensions in the order of their names, so this one runs
before Voila reads its settings; what the user has set there stays.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from traitlets.config.loader import KVArgParseConfigLoader

from restrike_lab.widgets import voila

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

__all__ = ["_load_jupyter_server_extension"]


def _load_jupyter_server_extension(server: ServerApp) -> None:
    """Put the template on Voila's path and choose it."""
    os.environ.update(voila.environment(os.environ))
    config = KVArgParseConfigLoader(voila.arguments()).load_config()
    config.merge(server.config)
    server.update_config(config)
