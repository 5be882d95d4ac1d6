"""What every peer does with a picture: OpenCV, onnxruntime with its defaults, the five best classes."""

import os

import cv2
import numpy as np
import onnxruntime

MODEL, PORT, THREADS = os.environ["MODEL"], int(os.environ["PORT"]), int(os.environ["THREADS"])
SCALE = np.float32(1 / 255)
cv2.setNumThreads(1)


def open_session():
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    return onnxruntime.InferenceSession(MODEL, options, providers=["CPUExecutionProvider"])


def tensor_of(data):
    """Encoded picture to [3, 224, 224]."""
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    picture = cv2.resize(picture, (224, 224), interpolation=cv2.INTER_LINEAR)
    return cv2.dnn.blobFromImage(picture, SCALE, swapRB=True)[0]


def answers_of(logits):
    exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares = exponents / exponents.sum(axis=1, keepdims=True)
    best = np.argpartition(-shares, 5, axis=1)[:, :5]
    return [
        {"prediction": [[int(i), float(row[i])] for i in sorted(top, key=lambda i: -row[i])]}
        for row, top in zip(shares, best)
    ]


def infer(session, pictures):
    """A list of encoded pictures to their answers, in one run."""
    tensors = np.stack([tensor_of(data) for data in pictures])
    return answers_of(session.run(None, {"input": tensors})[0])
