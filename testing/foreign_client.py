"""A platform client that shares no code with the project: Debian's python3-websockets. Prints one JSON line."""

import asyncio
import base64
import json
import sys
import time
import uuid

import websockets


async def main(url: str, frame_path: str) -> None:
    with open(frame_path, "rb") as file:
        frame = base64.b64encode(file.read()).decode("ascii")
    async with websockets.connect(url, max_size=100 * 1024 * 1024) as socket:
        await socket.send(json.dumps({"type": "health_check", "timestamp": time.time()}))
        health = json.loads(await socket.recv())
        await socket.send(json.dumps({"type": "ping"}))
        pong = json.loads(await socket.recv())
        request_id = str(uuid.uuid4())
        request = {
            "type": "inference_request",
            "request_id": request_id,
            "model_type": "fatigue",
            "timestamp": time.time(),
            "data": {
                "rgb_frames": [frame] * 75,
                "depth_frames": [],
                "eyetrack_samples": [[0.5] * 8 for _ in range(375)],
                "elapsed_time": 2.5,
            },
        }
        await socket.send(json.dumps(request))
        response = json.loads(await socket.recv())
    print(json.dumps({"health": health, "pong": pong, "response": response, "id": request_id}))


asyncio.run(main(sys.argv[1], sys.argv[2]))
