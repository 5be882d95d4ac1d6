"""websockets and onnxruntime, as one would write it by hand: a binary message is a picture, the answer is JSON."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

from common import PORT, answers, open_session
from websockets.asyncio.server import serve

session = open_session()
pool = ThreadPoolExecutor(2)


async def answer(socket):
    loop = asyncio.get_running_loop()
    async for data in socket:
        (result,) = await loop.run_in_executor(pool, answers, session, [data])
        await socket.send(json.dumps(result))


async def main():
    async with serve(answer, "127.0.0.1", PORT, max_size=None, compression=None):
        print("ready", flush=True)
        await asyncio.Future()


asyncio.run(main())
