"""The store: one SQLite file that keeps every message for good.

``schema`` holds the tables, ``writer`` the one connection that writes, ``reader`` the many that read. ``bouts`` and
``terms`` write what follows from the events and who listened when; ``files`` knows the file itself, and what becomes
of a damaged one.
"""

from restrike_lab.store.errors import StoreError
from restrike_lab.store.files import SetAside, database_path, integrity
from restrike_lab.store.reader import Reader, Table
from restrike_lab.store.schema import EVENT_COLUMNS, SCHEMA_VERSION
from restrike_lab.store.writer import Writer

__all__ = [
    "EVENT_COLUMNS",
    "SCHEMA_VERSION",
    "Reader",
    "SetAside",
    "StoreError",
    "Table",
    "Writer",
    "database_path",
    "integrity",
]
