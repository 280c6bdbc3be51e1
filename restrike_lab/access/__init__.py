"""Who may do what: roles, users, passwords, sessions, and the record of every change.

Pure rules and functions on a connection of the database; the hub decides with them (``hub/access.py``).
"""
