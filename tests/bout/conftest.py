"""Fixtures of the bout room."""

from __future__ import annotations

import pytest

from tests.bout.court import Court


@pytest.fixture
def court() -> Court:
    return Court()
