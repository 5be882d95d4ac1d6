"""Writes two classifiers with random weights: the graph of MobileNetV2 (1.0, 224), and a tiny one of about 0.2 ms."""

import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIZE = 224
CLASSES = 1000
# Expansion, channels, repeats, stride: Sandler et al., MobileNetV2, arXiv 1801.04381, table 2.
BLOCKS = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]


class Graph:
    def __init__(self):
        self.random = np.random.default_rng(1)
        self.nodes, self.weights = [], []

    def add(self, kind, inputs, **attributes):
        output = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def weight(self, values):
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(values, np.float32), name))
        return name

    def convolution(self, x, channels, to, kernel=1, stride=1, group=1, clips=True):
        fan_in = channels // group * kernel * kernel
        shape = (to, channels // group, kernel, kernel)
        values = self.random.normal(0, np.sqrt(2 / fan_in), shape)
        inputs = [x, self.weight(values), self.weight(self.random.normal(0, 0.1, to))]
        pad = kernel // 2
        x = self.add("Conv", inputs, kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[pad] * 4, group=group)
        return self.add("Clip", [x, self.low, self.high]) if clips else x

    def classifier(self, x, channels):
        x = self.add("GlobalAveragePool", [x])
        x = self.add("Flatten", [x])
        weights = self.random.normal(0, 1 / np.sqrt(channels), (channels, CLASSES))
        return self.add("Gemm", [x, self.weight(weights), self.weight(np.zeros(CLASSES))])

    def write(self, path, output):
        self.nodes[-1].output[0] = "logits"
        inputs = [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", 3, SIZE, SIZE])]
        outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", CLASSES])]
        graph = helper.make_graph(self.nodes, path.stem, inputs, outputs, self.weights)
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)

    @property
    def low(self):
        return self._bound("low", 0)

    @property
    def high(self):
        return self._bound("high", 6)

    def _bound(self, name, value):
        if not any(weight.name == name for weight in self.weights):
            self.weights.append(numpy_helper.from_array(np.float32(value), name))
        return name


def mobilenet(path):
    graph = Graph()
    x = graph.convolution("input", 3, 32, kernel=3, stride=2)
    channels = 32
    for expansion, to, repeats, first_stride in BLOCKS:
        for index in range(repeats):
            stride = first_stride if index == 0 else 1
            wide = channels * expansion
            y = x if expansion == 1 else graph.convolution(x, channels, wide)
            y = graph.convolution(y, wide, wide, kernel=3, stride=stride, group=wide)
            y = graph.convolution(y, wide, to, clips=False)
            x = graph.add("Add", [x, y]) if stride == 1 and channels == to else y
            channels = to
    x = graph.convolution(x, channels, 1280)
    graph.write(path, graph.classifier(x, 1280))


def tiny(path):
    graph = Graph()
    x = graph.convolution("input", 3, 8, kernel=3, stride=4)
    x = graph.convolution(x, 8, 16, kernel=3, stride=4)
    graph.write(path, graph.classifier(x, 16))


folder = Path(sys.argv[1])
mobilenet(folder / "mobilenet.onnx")
tiny(folder / "tiny.onnx")
