"""What every peer does with a picture: OpenCV, onnxruntime with its defaults, the five best classes."""

import os
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import onnxruntime

MODEL = os.environ["MODEL"]
PORT, GRPC_PORT, THREADS, BATCH = (int(os.environ[name]) for name in ("PORT", "GRPC_PORT", "THREADS", "BATCH"))
BATCH_DELAY_S = 0.005
SCALE = np.float32(1 / 255)
cv2.setNumThreads(1)
decoders = ThreadPoolExecutor(THREADS)


def open_session():
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    return onnxruntime.InferenceSession(MODEL, options, providers=["CPUExecutionProvider"])


def tensor_of(data):
    """Encoded picture to [3, 224, 224]."""
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    picture = cv2.resize(picture, (224, 224), interpolation=cv2.INTER_LINEAR)
    return cv2.dnn.blobFromImage(picture, SCALE, swapRB=True)[0]


def infer(session, pictures):
    """Encoded pictures to the classes and shares of their five best, in one run. Several are decoded side by side."""
    decode = map if len(pictures) == 1 else decoders.map
    (logits,) = session.run(None, {"input": np.stack(list(decode(tensor_of, pictures)))})
    exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares = exponents / exponents.sum(axis=1, keepdims=True)
    rows = np.arange(len(shares))[:, None]
    best = np.argpartition(-shares, 5, axis=1)[:, :5]
    classes = best[rows, np.argsort(-shares[rows, best], axis=1)]
    return classes, shares[rows, classes]


def answers(session, pictures):
    """The same as JSON values."""
    classes, shares = infer(session, pictures)
    return [{"prediction": list(zip(*best))} for best in zip(classes.tolist(), shares.tolist())]


def say_when_ready(url):
    """Prints the line that the benchmark waits for once this address answers."""

    def ask():
        while True:
            try:
                urllib.request.urlopen(url, timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        print("ready", flush=True)

    threading.Thread(target=ask, daemon=True).start()
