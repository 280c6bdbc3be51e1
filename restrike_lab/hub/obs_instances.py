"""What clients are shown of an OBS: plain values, never the password."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from restrike_lab.obs.client import Client
from restrike_lab.obs.events import OutputState
from restrike_lab.obs.fleet import Trial

__all__ = ["instance_view", "trial_view"]


def instance_view(client: Client, last_error: Mapping[str, str] | None) -> dict[str, Any]:
    """Return everything that is known of an instance; ``last_error`` is of the last request, if it failed."""
    instance, status, state = client.instance, client.status, client.state
    versions, numbers = state.versions, state.statistics
    return {
        "name": instance.name,
        "host": instance.host,
        "port": instance.port,
        "role": instance.role,
        "enabled": instance.enabled,
        "password": instance.password is not None,
        "link": status.state.value,
        "connected": client.connected,
        "error": None if status.error is None else {"message": status.error.message, "hint": status.error.hint},
        "last_error": last_error,
        "responding": state.responding,
        "changing": state.changing,
        "protocol": state.protocol,
        "obs_version": versions.obs if versions else None,
        "websocket_version": versions.websocket if versions else None,
        "scenes": state.scenes,
        "scene": state.scene,
        "preview": state.preview,
        "studio_mode": state.studio_mode,
        "items": {
            scene: [{"name": item.name, "visible": item.visible} for item in items]
            for scene, items in state.items.items()
        },
        "record": _word(state.record),
        "recording": state.recording,
        "paused": state.paused,
        "record_path": state.record_path,
        "record_since_ns": state.record_since.wall_ns if state.record_since else None,
        "stream": _word(state.stream),
        "streaming": state.streaming,
        "replay": _word(state.replay),
        "replaying": state.replaying,
        "last_replay": state.last_replay,
        "collection": state.collection,
        "profile": state.profile,
        "fps": round(numbers.fps, 1) if numbers else None,
        "cpu_percent": round(numbers.cpu_percent, 1) if numbers else None,
        "disk_free_mb": round(numbers.disk_free_mb) if numbers else None,
        "frames_skipped": numbers.output_skipped if numbers else None,
        "frames": numbers.output_frames if numbers else None,
    }


def trial_view(trial: Trial) -> dict[str, Any]:
    """Return what came of trying to reach an instance."""
    if trial.error is not None:
        return {"ok": False, "error": {"message": trial.error.message, "hint": trial.error.hint}}
    versions = trial.versions
    return {
        "ok": True,
        "protocol": trial.spoken,
        "obs_version": versions.obs if versions else None,
        "websocket_version": versions.websocket if versions else None,
    }


def _word(state: OutputState | None) -> str | None:
    return None if state is None else state.value
