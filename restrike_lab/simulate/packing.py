"""Compress what is written to a file whose name ends in ``.gz``, so that the same content gives the same bytes."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

__all__ = ["compressed"]


@contextmanager
def compressed(path: Path, file: BinaryIO) -> Iterator[BinaryIO]:
    """Yield ``file`` itself, or a compressing file on it if the name asks for that."""
    if path.suffix != ".gz":
        yield file
        return
    # No name and no time in the header: nothing but the content decides the bytes.
    with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:
        yield cast(BinaryIO, packed)
