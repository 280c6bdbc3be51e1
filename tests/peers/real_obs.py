"""A real OBS Studio without a screen, for tests: its own folder, port, X server and a throw-away configuration.

Debian's ``obs-studio`` carries obs-websocket and runs under ``xvfb``; several at once do not know of each other. Scenes
are those of the fake servers: Ring1 (Overlay over Mat), Replay, Idle, and a second scene collection. Everything is
small and slow (320 x 180 at 10 frames a second), since what is tested is the protocol and not the picture.
"""

from __future__ import annotations

import configparser
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

__all__ = ["PASSWORD", "RealObs", "require_obs"]

PASSWORD = "kyorugi-85"
READY_SECONDS = 60.0
QUIT_SECONDS = 15.0
COLLECTIONS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "Test": {"Ring1": ("Mat", "Overlay"), "Replay": ("Mat",), "Idle": ("Black",)},
    "Second": {"Warm-up": ("Camera",), "Ring1": ("Mat",)},
}
"""Scenes by collection, each with its sources from the lowest up."""

COLOURS = {"Mat": 0xFF2040A0, "Overlay": 0x8000FF00, "Black": 0xFF000000, "Camera": 0xFF808080}


def require_obs() -> None:
    """Skip a test, loudly, where there is no OBS to test against."""
    missing = [name for name in ("obs", "Xvfb") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"no real OBS here ({', '.join(missing)} missing); on Debian: apt-get install obs-studio xvfb")


class RealObs:
    """One OBS process with its X server. ``start`` returns when its WebSocket server answers."""

    def __init__(self, folder: Path, port: int, *, fps: int = 10, size: tuple[int, int] = (320, 180)) -> None:
        self.folder = folder
        self.port = port
        self.fps = fps
        self.size = size
        self.videos = folder / "videos"
        self.process: subprocess.Popen[bytes] | None = None
        self.screen: subprocess.Popen[bytes] | None = None
        self.display = ""

    # -- life ------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start OBS; begins with a fresh configuration the first time, and goes on with its own after that."""
        if not (self.folder / "config").exists():
            self.configure()
        if self.screen is None:
            self.start_screen()
        self.launch()
        self.await_port()

    def launch(self) -> None:
        """Start the process and do not wait for it."""
        surroundings = {
            **os.environ,
            "DISPLAY": self.display,
            "HOME": str(self.folder),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "XDG_RUNTIME_DIR": str(self.folder / "run"),
            "QT_QPA_PLATFORM": "xcb",
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "DBUS_SESSION_BUS_ADDRESS": "disabled:",
        }
        surroundings.pop("WAYLAND_DISPLAY", None)
        options = ["--multi", "--minimize-to-tray", "--disable-shutdown-check", "--disable-missing-files-check"]
        with (self.folder / "obs.log").open("ab") as log:
            self.process = subprocess.Popen(
                ["obs", *options],
                env=surroundings,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def await_port(self) -> None:
        """Wait until the WebSocket server takes connections."""
        assert self.process is not None
        deadline = time.monotonic() + READY_SECONDS
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            assert self.process.poll() is None, f"OBS ended by itself: {self.last_words()}"
            assert time.monotonic() < deadline, f"OBS does not listen: {self.last_words()}"
            time.sleep(0.05)

    def start_screen(self) -> None:
        """Start an X server on a display of its own choice."""
        reading, writing = os.pipe()
        with (self.folder / "screen.log").open("ab") as log:
            self.screen = subprocess.Popen(
                ["Xvfb", "-displayfd", str(writing), "-screen", "0", "800x600x24", "-nolisten", "tcp"],
                pass_fds=[writing],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        os.close(writing)
        with os.fdopen(reading, "rb") as number:
            self.display = f":{number.readline().decode().strip()}"

    def stop(self) -> None:
        """End OBS as a person does, which SIGINT stands for; idempotent."""
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGINT)
        self.await_end()

    def kill(self) -> None:
        """End OBS without a chance to say anything."""
        self.signal(signal.SIGKILL)
        self.await_end()

    def freeze(self) -> None:
        """Stop the process where it stands."""
        self.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen process go on."""
        self.signal(signal.SIGCONT)

    def close(self) -> None:
        """End OBS and its X server."""
        self.stop()
        if self.screen is not None:
            self.screen.terminate()
            self.screen.wait(10)
            self.screen = None

    def signal(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def await_end(self) -> None:
        if self.process is None:
            return
        try:
            self.process.wait(QUIT_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
        self.process = None

    def last_words(self) -> str:
        return (self.folder / "obs.log").read_text(errors="replace")[-2000:]

    # -- configuration -----------------------------------------------------------------------------------------------

    def configure(self) -> None:
        """Write a configuration with which OBS asks nothing and listens on the port."""
        home = self.folder / "config" / "obs-studio"
        profile = home / "basic" / "profiles" / "Test"
        for path in (profile, home / "basic" / "scenes", home / "plugin_config" / "obs-websocket", self.videos):
            path.mkdir(parents=True, exist_ok=True)
        (self.folder / "run").mkdir(mode=0o700, exist_ok=True)
        write_ini(home / "global.ini", self.global_settings())
        write_ini(profile / "basic.ini", self.profile_settings())
        listening = {
            "server_enabled": True,
            "server_port": self.port,
            "auth_required": True,
            "server_password": PASSWORD,
        }
        quiet = {"first_load": False, "alerts_enabled": False}
        settings = home / "plugin_config" / "obs-websocket" / "config.json"
        settings.write_text(json.dumps({**listening, **quiet}))  # read by obs-websocket 5.5 and later
        for name, scenes in COLLECTIONS.items():
            (home / "basic" / "scenes" / f"{name}.json").write_text(json.dumps(collection(name, scenes, self.size)))

    def global_settings(self) -> dict[str, dict[str, Any]]:
        return {
            "General": {"FirstRun": "true", "LastVersion": 486539266, "InfoIncrement": 99, "EnableAutoUpdates": "false",
                        "ConfirmOnExit": "false"},
            "Basic": {"Profile": "Test", "ProfileDir": "Test", "SceneCollection": "Test", "SceneCollectionFile": "Test",
                      "ConfigOnNewProfile": "false"},
            "BasicWindow": {"PreviewEnabled": "false", "SysTrayEnabled": "false", "WarnBeforeStoppingRecord": "false",
                            "WarnBeforeStartingStream": "false", "RecordWhenStreaming": "false"},
            "OBSWebSocket": {"FirstLoad": "false", "ServerEnabled": "true", "ServerPort": self.port,
                             "AuthRequired": "true", "AlertsEnabled": "false", "ServerPassword": PASSWORD},
        }  # fmt: skip

    def profile_settings(self) -> dict[str, dict[str, Any]]:
        width, height = self.size
        return {
            "General": {"Name": "Test"},
            "Video": {"BaseCX": width, "BaseCY": height, "OutputCX": width, "OutputCY": height, "FPSType": 1,
                      "FPSInt": self.fps},
            "Output": {"Mode": "Simple", "FilenameFormatting": "%CCYY-%MM-%DD %hh-%mm-%ss"},
            "SimpleOutput": {"FilePath": self.videos, "RecFormat": "mkv", "RecFormat2": "mkv", "RecQuality": "Small",
                             "RecEncoder": "x264", "StreamEncoder": "x264", "Preset": "ultrafast", "VBitrate": 300,
                             "RecRB": "true", "RecRBTime": 5, "RecRBSize": 32},
        }  # fmt: skip


def write_ini(path: Path, sections: Mapping[str, Mapping[str, Any]]) -> None:
    """Write settings in OBS's form, which keeps the case of names and knows no placeholders."""
    parser = configparser.RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_dict({name: {key: str(value) for key, value in values.items()} for name, values in sections.items()})
    with path.open("w") as file:
        parser.write(file, space_around_delimiters=False)


def collection(name: str, scenes: Mapping[str, tuple[str, ...]], size: tuple[int, int]) -> dict[str, Any]:
    """Return a scene collection whose sources are plain colours."""
    used = sorted({source for sources in scenes.values() for source in sources})
    shape = {"width": size[0], "height": size[1]}
    kind = {"id": "color_source", "versioned_id": "color_source_v3"}
    colours = [{"name": source, **kind, "settings": {**shape, "color": COLOURS[source]}} for source in used]
    first = next(iter(scenes))
    return {
        "name": name,
        "current_scene": first,
        "current_program_scene": first,
        "scene_order": [{"name": scene} for scene in scenes],
        "current_transition": "Cut",
        "transition_duration": 300,
        "sources": [*colours, *(scene_of(scene, sources) for scene, sources in scenes.items())],
    }


def scene_of(name: str, sources: tuple[str, ...]) -> dict[str, Any]:
    """Return a scene with its items, numbered from 1."""
    items = [
        {"name": source, "id": number, "visible": True, "pos": {"x": 0.0, "y": 0.0}, "scale": {"x": 1.0, "y": 1.0}}
        for number, source in enumerate(sources, 1)
    ]
    return {"name": name, "id": "scene", "settings": {"custom_size": False, "id_counter": len(items), "items": items}}
