"""A hub as a process of its own: told by the environment where, ended by a signal."""

from __future__ import annotations

import os
import signal

from restrike_lab.hub.config import HubConfig
from restrike_lab.hub.hub import Hub

if __name__ == "__main__":
    config = HubConfig(
        data_dir=os.environ["RESTRIKE_TEST_DIR"],
        port=int(os.environ["RESTRIKE_TEST_PORT"]),
        bind="127.0.0.1",
        ws_port=0,
    )
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    hub = Hub(config, mode="process")
    hub.start()
    signal.sigwait({signal.SIGTERM})
    hub.stop()
