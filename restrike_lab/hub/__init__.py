"""The hub: hears the consoles, keeps every message and tells everyone who listens.

``receive`` (a thread that empties the sockets) hands batches of ``datagrams`` to the ``pipeline`` (a thread that
recognizes, reduces and stores them in groups), which publishes what is committed to the ``fanout`` (a WebSocket server
on its own loop). ``hub.Hub`` ties them together, ``ownership`` makes sure that there is one per data directory,
``process`` runs it by itself and ``supervise`` keeps that process alive.
"""

__all__: list[str] = []
