"""One filmed bout for all tests of this room."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from restrike_lab.client.video import Videos
from tests.client.video.filmed import Filmed, film_a_bout, videos_of


@pytest.fixture(scope="package")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> Filmed:
    return film_a_bout(tmp_path_factory.mktemp("filmed"))


@pytest.fixture
def videos(filmed: Filmed) -> Iterator[Videos]:
    with videos_of(filmed.data_dir) as videos:
        yield videos


@pytest.fixture
def copied(filmed: Filmed, tmp_path: Path) -> Path:
    """A record of its own, to be changed."""
    copy = tmp_path / "restrike.sqlite"
    copy.write_bytes((filmed.data_dir / "restrike.sqlite").read_bytes())
    return tmp_path
