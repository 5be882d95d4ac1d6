"""
KServe's Python server over gRPC: its HTTP form turns a binary tensor into a list of numbers. It makes no batches.
It listens on all interfaces, without an option for another.
"""

import asyncio
import os

# Otherwise it logs each call.
os.environ["KSERVE_LOGLEVEL"] = "WARNING"

from common import GRPC_PORT, PORT, infer, open_session, say_when_ready
from kserve import InferOutput, InferResponse, Model, ModelServer


class Classifier(Model):
    def load(self):
        self.session = open_session()
        self.ready = True

    async def predict(self, payload, headers=None):
        pictures = payload.inputs[0].as_numpy().reshape(-1)
        classes, shares = await asyncio.to_thread(infer, self.session, pictures)
        outputs = [tensor("classes", "INT64", classes), tensor("shares", "FP32", shares)]
        return InferResponse(response_id="", model_name=self.name, infer_outputs=outputs)


def tensor(name, datatype, values):
    output = InferOutput(name=name, shape=list(values.shape), datatype=datatype)
    output.set_data_from_numpy(values)
    return output


model = Classifier("model")
model.load()
say_when_ready(f"http://127.0.0.1:{PORT}/v2/models/model/ready")
ModelServer(http_port=PORT, grpc_port=GRPC_PORT, enable_latency_logging=False).start([model])
