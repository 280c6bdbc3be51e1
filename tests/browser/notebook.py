"""A notebook of one cell, for tests of a panel by itself."""

from __future__ import annotations

import json
from pathlib import Path

__all__ = ["write_notebook"]

HEAD = """
import os
import restrike_lab as rl
from restrike_lab.widgets import *
lab = rl.Lab(os.environ["RESTRIKE_LAB_DATA_DIR"], start="never")
"""


def write_notebook(path: Path, *cells: str) -> Path:
    """Write a notebook whose first cell attaches ``lab``, with further cells behind it."""
    written = [
        {"cell_type": "code", "id": f"c{at}", "execution_count": None, "metadata": {}, "outputs": [], "source": source}
        for at, source in enumerate((HEAD, *cells))
    ]
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    path.write_text(json.dumps({"cells": written, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}))
    return path
