"""Proving that the password is known without sending it; the same in both protocols."""

from __future__ import annotations

import base64
import hashlib

__all__ = ["response"]


def response(password: str, salt: str, challenge: str) -> str:
    """Return the answer to a challenge: two rounds of SHA-256, each in Base64, over UTF-8 texts."""
    return _digest(_digest(password + salt) + challenge)


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()).decode("ascii")
