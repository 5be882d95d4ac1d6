"""The model of triton_server.py."""

import triton_python_backend_utils as triton
from common import infer, open_session


class TritonPythonModel:
    def initialize(self, args):
        self.session = open_session()

    def execute(self, requests):
        pictures = [triton.get_input_tensor_by_name(one, "pictures").as_numpy().item() for one in requests]
        return [
            triton.InferenceResponse([triton.Tensor("classes", classes[None]), triton.Tensor("shares", shares[None])])
            for classes, shares in zip(*infer(self.session, pictures))
        ]
