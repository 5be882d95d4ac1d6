"""
BentoML: POST of the picture's bytes, in the process of its worker. Without its batches: a batchable API takes lists, which
means base64 in JSON for pictures, and was not faster.
"""

import bentoml
import uvicorn
from common import PORT, THREADS, answers, open_session, say_when_ready


@bentoml.service(threads=THREADS)
class Classifier:
    def __init__(self):
        self.session = open_session()

    @bentoml.api
    def predict(self, picture: bytes, /) -> dict:
        return answers(self.session, [picture])[0]


say_when_ready(f"http://127.0.0.1:{PORT}/readyz")
uvicorn.run(Classifier.to_asgi(), host="127.0.0.1", port=PORT, log_level="warning", access_log=False)
