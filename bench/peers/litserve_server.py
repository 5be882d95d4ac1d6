"""LitServe: POST of the picture's bytes; one worker, with or without batches."""

from typing import Annotated

import litserve
from common import BATCH, BATCH_DELAY_S, PORT, answers, open_session, say_when_ready
from fastapi import Body


class Classifier(litserve.LitAPI):
    def setup(self, device):
        self.session = open_session()

    def decode_request(self, request: Annotated[bytes, Body()]):
        return request

    def predict(self, picture):
        return answers(self.session, [picture])[0]


class BatchClassifier(Classifier):
    def batch(self, inputs):
        return inputs

    def predict(self, pictures):
        return answers(self.session, pictures)

    def unbatch(self, output):
        return output


if __name__ == "__main__":
    api = Classifier() if BATCH == 1 else BatchClassifier(max_batch_size=BATCH, batch_timeout=BATCH_DELAY_S)
    server = litserve.LitServer(api, accelerator="cpu")
    say_when_ready(f"http://127.0.0.1:{PORT}/health")
    server.run(host="127.0.0.1", port=PORT, log_level="warning", generate_client_file=False)
