"""Tests of this folder may be coroutines; each runs in a loop of its own and must leave no task behind."""

from tests.obs.coroutines import pytest_pyfunc_call

__all__ = ["pytest_pyfunc_call"]
