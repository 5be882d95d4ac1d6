"""MLServer: a custom runtime over gRPC, in the server's own process, with or without adaptive batches."""

import asyncio

from common import BATCH, BATCH_DELAY_S, GRPC_PORT, PORT, infer, open_session, say_when_ready
from mlserver import MLModel, MLServer, ModelSettings, Settings
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceResponse


class Classifier(MLModel):
    async def load(self):
        self.session = open_session()
        return True

    async def predict(self, payload):
        pictures = payload.inputs[0].data.root
        best = await asyncio.to_thread(infer, self.session, pictures)
        outputs = [NumpyCodec.encode_output(name, values) for name, values in zip(("classes", "shares"), best)]
        return InferenceResponse(model_name=self.name, outputs=outputs)


async def main():
    server = MLServer(
        Settings(
            debug=False,
            host="127.0.0.1",
            http_port=PORT,
            grpc_port=GRPC_PORT,
            metrics_endpoint=None,
            parallel_workers=0,
        )
    )
    batches = {} if BATCH == 1 else {"max_batch_size": BATCH, "max_batch_time": BATCH_DELAY_S}
    await server.start([ModelSettings(name="model", implementation=Classifier, **batches)])


say_when_ready(f"http://127.0.0.1:{PORT}/v2/models/model/ready")
asyncio.run(main())
