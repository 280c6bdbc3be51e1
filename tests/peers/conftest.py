"""Tests against real programs; those that are coroutines run in an event loop of their own."""

from tests.obs.coroutines import pytest_pyfunc_call

__all__ = ["pytest_pyfunc_call"]
