"""Settings of the hub itself that act at once: who follows them, and how.

Called on the pipeline's thread by what changes a setting. What is not in here and not in another room's observers is
read when it is needed, or at the start (those say ``restart``).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from restrike_lab.hub.receive import Allowance

if TYPE_CHECKING:
    from restrike_lab.hub.running import Running

__all__ = ["follow_settings"]


def follow_settings(running: Running, undo: ExitStack) -> None:
    """Let a running hub follow its own settings, until ``undo``."""
    config = running.config

    def on(work: Callable[[Any], None], *names: str) -> None:
        def follow(change: Any) -> None:
            work(change["new"])

        config.observe(follow, list(names))
        undo.callback(config.unobserve, follow, list(names))

    on(lambda networks: setattr(running.receiver, "allowance", Allowance(networks)), "allow")
    on(running.fanout.admission.let_in, "origins")
    on(lambda count: setattr(running.spool, "max_datagrams", count), "queue_datagrams")
    on(lambda size: setattr(running.spool, "max_bytes", size), "queue_bytes")
    on(lambda size: setattr(running.pipeline, "group_size", size), "group_size")
    on(lambda _version: follow_versions(running), "protocol_version", "protocol_versions")


def follow_versions(running: Running) -> None:
    """Judge every court by the version that is set for it; one that is judged so already goes on in its session."""
    for line in running.pipeline.lines:
        version = running.config.version_of(line.name)
        if line.recognizer.version != version:
            running.judge_by(line.name, version)
    running.recognizer = running.judge.recognizer(running.config.protocol_version)
