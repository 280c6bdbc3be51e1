"""The v5 side of a raw TCP peer: what it says in a greeting and in answers, byte by byte."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from tests.obs.peers import frame, read_request, upgrade

__all__ = ["HELLO", "VERSION", "greet_v5", "read_frame", "reply_v5"]

HELLO = {"op": 0, "d": {"obsWebSocketVersion": "5.5.2", "rpcVersion": 1}}
VERSION = {
    "obsVersion": "30",
    "obsWebSocketVersion": "5.5.2",
    "availableRequests": ["GetVersion", "GetStudioModeEnabled"],
}


async def read_frame(reader: asyncio.StreamReader) -> Any:
    """Read one masked text frame of a client."""
    while True:
        head = await reader.readexactly(2)
        size = head[1] & 0x7F
        if size == 126:
            size = int.from_bytes(await reader.readexactly(2))
        mask = await reader.readexactly(4)
        payload = bytes(b ^ mask[i % 4] for i, b in enumerate(await reader.readexactly(size)))
        if head[0] & 0x0F == 1:
            return json.loads(payload)


def reply_v5(message: Any, data: dict[str, Any]) -> bytes:
    asked = message["d"]
    body = {"requestId": asked["requestId"], "requestType": asked["requestType"], "responseData": data}
    return frame({"op": 7, "d": {**body, "requestStatus": {"code": 100, "result": True}}})


async def greet_v5(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Greet a client as v5 does, up to its question for the versions."""
    writer.write(upgrade(await read_request(reader)))
    writer.write(frame(HELLO))
    await read_frame(reader)
    writer.write(frame({"op": 2, "d": {"negotiatedRpcVersion": 1}}))
    writer.write(reply_v5(await read_frame(reader), {**VERSION, "availableRequests": []}))
