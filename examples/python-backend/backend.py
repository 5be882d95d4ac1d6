"""A backend in Python: the protocol, the three methods, an orderly stop. Its "model" measures the entropy of the bytes."""

import abc
import argparse
import asyncio
import base64
import binascii
import json
import logging
import math
import os
import signal
import time
from collections import Counter

import websockets

log = logging.getLogger("entropy")


class RequestError(Exception):
    """An expected failure: answered with its code and sentence."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class BaseModelBackend(abc.ABC):
    """Fill in the three methods; `serve` does the rest."""

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

    def pong(self) -> dict:
        return {
            "type": "pong",
            "status": "healthy" if self.model_loaded else "loading",
            "backend": self.name,
            "model_loaded": self.model_loaded,
            "provider": "Python",
            "uptime_s": round(time.monotonic() - self.started, 1),
            "pid": os.getpid(),
            "stats": {"requests": self.requests, "errors": self.errors, "latency_ms": None},
        }

    def answer(self, text: str) -> dict:
        request_id = None
        try:
            try:
                message = json.loads(text)
            except json.JSONDecodeError as error:
                raise RequestError("invalid_json", f"the message is not JSON: {error}") from error
            if not isinstance(message, dict):
                raise RequestError("invalid_request", "the message must be a JSON object")
            request_id = message.get("request_id") if isinstance(message.get("request_id"), str) else None
            kind = message.get("type")
            if kind == "health_check":
                return self.pong()
            if kind != "inference_request":
                raise RequestError("unknown_type", f"message type {kind!r} is unknown; use inference_request")
            data = message.get("data")
            if not isinstance(data, dict):
                raise RequestError("invalid_request", "data is missing; must be an object")
            self.requests += 1
            begun = time.perf_counter()
            result = self.process_inference(data)
            total_ms = round((time.perf_counter() - begun) * 1000, 3)
            log.info("response %s total %.1f ms", result.get("prediction"), total_ms)
            timing = {
                "queue_ms": 0,
                "preprocess_ms": 0,
                "inference_ms": total_ms,
                "postprocess_ms": 0,
                "total_ms": total_ms,
                "batch_size": 1,
            }
            return {
                "type": "inference_response",
                "request_id": request_id,
                "data": result,
                "timing": timing,
                "provider": "Python",
            }
        except RequestError as error:
            self.errors += 1
            log.warning("refused: %s", error)
            return {"type": "error", "request_id": request_id, "error": str(error), "code": error.code}

    async def serve(self, host: str, port: int) -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, stop.set)

        async def connection(socket, _path=None) -> None:
            async for text in socket:
                await socket.send(json.dumps(self.answer(text)))

        async with websockets.serve(connection, host, port, max_size=100 * 1024 * 1024):
            log.info("listening on ws://%s:%d", host, port)
            await loop.run_in_executor(None, self.initialize_model)
            self.model_loaded = True
            log.info("ready")
            await stop.wait()
        self.cleanup()
        log.info("stopped")


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
        except binascii.Error as error:
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
