"""Triton with a model in its Python backend, over gRPC. The wheel nvidia-pytriton brings its binaries; none of its Python runs."""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path

from common import BATCH, GRPC_PORT, PORT, say_when_ready

CONFIG = """
backend: "python"
max_batch_size: %d
dynamic_batching { }
input [ { name: "pictures", data_type: TYPE_STRING, dims: [ 1 ] } ]
output [
  { name: "classes", data_type: TYPE_INT64, dims: [ 5 ] },
  { name: "shares", data_type: TYPE_FP32, dims: [ 5 ] }
]
instance_group [ { count: 1, kind: KIND_CPU } ]
"""
SCRIPTS = Path(__file__).parent
package = Path(importlib.util.find_spec("pytriton").origin).parent
triton = package / "tritonserver"
python = f"{sys.version_info.major}.{sys.version_info.minor}"
shutil.copy(triton / "python_backend_stubs" / python / "triton_python_backend_stub", triton / "backends/python")

models = Path(sys.prefix) / "models"
version = models / "model/1"
version.mkdir(parents=True, exist_ok=True)
(models / "model/config.pbtxt").write_text(CONFIG % BATCH)
shutil.copy(SCRIPTS / "triton_model.py", version / "model.py")
shutil.copy(SCRIPTS / "common.py", version)

options = {
    "model-repository": models,
    "backend-directory": triton / "backends",
    "http-address": "127.0.0.1",
    "http-port": PORT,
    "grpc-address": "127.0.0.1",
    "grpc-port": GRPC_PORT,
    "allow-metrics": "false",
}
environment = {
    **os.environ,
    # Otherwise the stub loads the system's libpython of this version, which can be older than the modules it then imports.
    "LD_LIBRARY_PATH": sysconfig.get_config_var("LIBDIR"),
    # The stub takes the virtual environment of the first `python3`.
    "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
}
arguments = [f"--{name}={value}" for name, value in options.items()]
server = subprocess.Popen([triton / "bin/tritonserver", *arguments], env=environment)
# It ends after the server, which gets the same signal and removes its shared memory.
signal.signal(signal.SIGTERM, signal.SIG_IGN)
say_when_ready(f"http://127.0.0.1:{PORT}/v2/models/model/ready")
sys.exit(server.wait())
