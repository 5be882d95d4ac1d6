"""A backend in Python: the protocol, the three methods, an orderly stop. Its "model" measures the entropy of the bytes."""

import abc
import argparse
import asyncio
import base64
import json
import logging
import math
import os
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import websockets

log = logging.getLogger("entropy")


# The largest message that is read; Switchyard's `max_message_bytes` has the same default.
MESSAGE_BYTES_MAX = 100 * 1024 * 1024
# Requests that work or wait. One more is refused, since each holds its input in memory.
IN_FLIGHT_MAX = 16


class RequestError(Exception):
    """An expected failure: answered with its code and sentence."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class BaseModelBackend(abc.ABC):
    """Fill in the three methods, which run in the model's thread; `serve` does the rest."""

    name = "backend"

    @abc.abstractmethod
    def initialize_model(self) -> None:
        """Load weights, choose the device, warm up."""

    @abc.abstractmethod
    def process_inference(self, data: dict) -> dict:
        """Answer one request; raise RequestError for what the client did wrong."""

    @abc.abstractmethod
    def cleanup(self) -> None:
        """Release the model."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.model_loaded = False
        self.requests = 0
        self.errors = 0
        # The model runs in its own thread, so that health checks are answered while it works. One thread: few models may run twice.
        self.model_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="model")
        self.in_flight = set()

    def pong(self) -> dict:
        return {
            "type": "pong",
            "status": "healthy" if self.model_loaded else "loading",
            "backend": self.name,
            "model_loaded": self.model_loaded,
            "provider": "Python",
            "uptime_s": round(time.monotonic() - self.started, 1),
            "pid": os.getpid(),
            "in_flight": len(self.in_flight),
            "queue_depth": max(0, len(self.in_flight) - 1),
            "stats": {"requests": self.requests, "errors": self.errors, "latency_ms": None},
        }

    async def infer(self, request_id: str, data: dict) -> dict:
        self.requests += 1
        accepted = time.perf_counter()
        loop = asyncio.get_running_loop()
        result, inference_ms = await loop.run_in_executor(self.model_thread, self.timed_inference, data)
        total_ms = milliseconds_since(accepted)
        log.info("response %s request_id=%s total %.1f ms", result.get("prediction"), request_id, total_ms)
        return {
            "type": "inference_response",
            "request_id": request_id,
            "data": result,
            "timing": {
                "queue_ms": round(max(0.0, total_ms - inference_ms), 3),
                "preprocess_ms": 0,
                "inference_ms": inference_ms,
                "postprocess_ms": 0,
                "total_ms": total_ms,
                "batch_size": 1,
            },
            "provider": "Python",
        }

    def timed_inference(self, data: dict) -> tuple:
        begun = time.perf_counter()
        try:
            return self.process_inference(data), milliseconds_since(begun)
        except StopIteration as error:
            # A future cannot carry it: the code that awaits it would wait forever.
            raise RuntimeError("the model raised StopIteration") from error

    def refuse(self, request_id: str, error: Exception) -> str:
        self.errors += 1
        if isinstance(error, RequestError):
            code = error.code
            log.warning("refused: %s", error)
        else:
            code = "internal"
            log.error("request_id=%s failed", request_id, exc_info=error)
        sentence = str(error) or type(error).__name__
        return json.dumps({"type": "error", "request_id": request_id, "error": sentence, "code": code})

    async def answer(self, request_id: str, data: dict) -> str:
        try:
            # NaN and Infinity are not JSON: a client that gets one cannot read the message at all.
            return json.dumps(await self.infer(request_id, data), allow_nan=False)
        except Exception as error:
            return self.refuse(request_id, error)

    async def reply(self, socket, text: str) -> None:
        try:
            await socket.send(text)
        except websockets.exceptions.ConnectionClosed:
            log.info("a client left before its answer was ready")

    def read(self, text) -> tuple:
        """The type, the id and the data of a message; raises RequestError."""
        try:
            message = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise RequestError("invalid_json", f"the message is not JSON: {error}") from error
        if not isinstance(message, dict):
            raise RequestError("invalid_request", "the message must be a JSON object")
        request_id = message.get("request_id")
        return message.get("type"), request_id if isinstance(request_id, str) else None, message.get("data")

    async def connection(self, socket, _path=None) -> None:
        try:
            async for text in socket:
                await self.take(socket, text)
        except websockets.exceptions.ConnectionClosed:
            pass

    async def take(self, socket, text) -> None:
        request_id = None
        try:
            kind, request_id, data = self.read(text)
            if kind in ("health_check", "ping"):
                await self.reply(socket, json.dumps(self.pong()))
                return
            if kind == "cancel":
                # A thread cannot be interrupted: the answer comes, and the client ignores it.
                return
            if kind != "inference_request":
                raise RequestError("unknown_type", f"message type {kind!r} is unknown; use inference_request")
            if not isinstance(data, dict):
                raise RequestError("invalid_request", "data is missing; must be an object")
            if not self.model_loaded:
                raise RequestError("not_ready", "the model is not loaded; try again later")
            if len(self.in_flight) >= IN_FLIGHT_MAX:
                raise RequestError("queue_full", f"{IN_FLIGHT_MAX} requests are in flight; try again later")
        except RequestError as error:
            await self.reply(socket, self.refuse(request_id, error))
            return

        async def work() -> None:
            await self.reply(socket, await self.answer(request_id, data))

        # A separate task: the connection goes on reading, health checks above all.
        task = asyncio.ensure_future(work())
        self.in_flight.add(task)
        task.add_done_callback(self.in_flight.discard)

    async def serve(self, host: str, port: int) -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        stop_on_signals(loop, stop)
        # What a client does wrong while it connects or leaves is not worth a traceback.
        logging.getLogger("websockets").setLevel(logging.CRITICAL)
        async with websockets.serve(
            self.connection, host, port, max_size=MESSAGE_BYTES_MAX, max_queue=4, compression=None
        ):
            log.info("listening on ws://%s:%d", host, port)
            loading = loop.run_in_executor(self.model_thread, self.initialize_model)
            stopping = asyncio.ensure_future(stop.wait())
            await asyncio.wait({loading, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not loading.done():
                log.info("stopped while the model was loading")
                # Python would wait for the thread at its exit.
                logging.shutdown()
                os._exit(0)
            # A failed load ends the program with its traceback.
            await loading
            self.model_loaded = True
            log.info("ready")
            await stopping
            self.model_loaded = False
            while self.in_flight:
                await asyncio.wait(set(self.in_flight))
        await loop.run_in_executor(self.model_thread, self.cleanup)
        self.model_thread.shutdown()
        log.info("stopped")


def stop_on_signals(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """SIGTERM and Ctrl+C; on Windows, whose event loops have no signal handlers, also Ctrl+Break."""
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number is None:
            continue
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))


def milliseconds_since(begun: float) -> float:
    return round((time.perf_counter() - begun) * 1000, 3)


class EntropyBackend(BaseModelBackend):
    """Shannon entropy of the file's bytes, in bits a byte: about 8 for a compressed picture, far less for a text."""

    name = "entropy"

    def initialize_model(self) -> None:
        entropy(bytes(range(256)))

    def process_inference(self, data: dict) -> dict:
        image = data.get("image")
        if not isinstance(image, str):
            raise RequestError("invalid_request", "data.image is missing; send base64")
        try:
            content = base64.b64decode(image.split(",")[-1], validate=True)
        except ValueError as error:
            raise RequestError("invalid_image", f"data.image is not base64: {error}") from error
        if not content:
            raise RequestError("invalid_image", "data.image has 0 bytes")
        bits = entropy(content)
        return {"prediction": round(bits, 4), "confidence": 1.0, "bytes": len(content)}

    def cleanup(self) -> None:
        """Nothing is held."""


def entropy(content: bytes) -> float:
    total = len(content)
    return -sum(count / total * math.log2(count / total) for count in Counter(content).values())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default=os.environ.get("SWITCHYARD_HOST", "localhost"))
    parser.add_argument("--port", type=int, default=int(os.environ.get("SWITCHYARD_PORT", "8770")))
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    asyncio.run(EntropyBackend().serve(options.host, options.port))
