"""The roles, and names that no person may have."""

from __future__ import annotations

from restrike_lab.access.errors import AccessError

__all__ = ["OWNER", "ROLES", "SCREEN", "check_name", "check_role", "may"]

ROLES = ("viewer", "operator", "admin")
"""Roles from least to most; each may do what those before it may."""

OWNER = "owner"
"""Who may read the data directory: no password, every right."""

SCREEN = "screen"
"""A page on which nobody has signed in."""

RESERVED = (OWNER, SCREEN, "system", "nobody")
LONGEST_NAME = 64


def may(role: str, needed: str) -> bool:
    """Tell whether a role has the rights of another."""
    return ROLES.index(role) >= ROLES.index(needed)


def check_role(role: object) -> str:
    """Return a role; raises :class:`AccessError` for anything else."""
    if not isinstance(role, str) or role not in ROLES:
        raise AccessError(f"there is no role {role!r}", hint=f"Roles: {', '.join(ROLES)}.")
    return role


def check_name(name: object) -> str:
    """Return the name of a user without blanks around it; raises :class:`AccessError` for one that cannot be."""
    text = name.strip() if isinstance(name, str) else ""
    if not text or len(text) > LONGEST_NAME or not text.isprintable():
        raise AccessError(
            "that is no name for a user", hint=f"A name has 1 to {LONGEST_NAME} characters that can be printed."
        )
    if text.casefold() in RESERVED:
        raise AccessError(f"the name {text!r} has a meaning of its own", hint="Choose another name.")
    return text
