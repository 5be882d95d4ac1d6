import { expect, it } from 'vitest'
import { readableReason } from './load_reason.ts'

it.each([
  [
    'a signature with nested templates',
    'Load model from /m/a b.onnx failed:/onnxruntime_src/onnxruntime/core/graph/model_load_utils.h:46 void onnxruntime::model_load_utils::ValidateOpsetForDomain(const std::unordered_map<std::__cxx11::basic_string<char>, int>&, const onnxruntime::logging::Logger&, bool, const std::string&, int) ONNX Runtime only *guarantees* support for models stamped with official released onnx opset versions. Current official support for domain ai.onnx is till opset 26.\n',
    'ONNX Runtime only *guarantees* support for models stamped with official released onnx opset versions. Current official support for domain ai.onnx is till opset 26.',
  ],
  [
    'a constructor',
    'Load model from m.onnx failed:/onnxruntime_src/onnxruntime/core/graph/model.cc:256 onnxruntime::Model::Model(onnx::ModelProto&&, const onnxruntime::PathString&) Unsupported model IR version: 99, max supported IR version: 13\n',
    'Unsupported model IR version: 99, max supported IR version: 13',
  ],
  [
    'the name of a function in the middle',
    'External data path validation failed for initializer: bias. Error: tensorprotoutils.cc:461 ValidateExternalDataPathFromDir External data path does not exist: "/m/a.data"',
    'External data path validation failed for initializer: bias. Error: External data path does not exist: "/m/a.data"',
  ],
  [
    'a source file of Windows',
    'Load model from C:\\m\\a.onnx failed:D:\\a\\_work\\1\\s\\onnxruntime\\core\\graph\\graph.cc:4388 onnxruntime::Graph::Load(int) const External initializer: w (float) is out of bounds.',
    'External initializer: w (float) is out of bounds.',
  ],
  [
    'no source file',
    'Load model from m.onnx failed:Fatal error: TRT:EfficientNMS_TRT(-1) is not a registered function/op',
    'Fatal error: TRT:EfficientNMS_TRT(-1) is not a registered function/op',
  ],
  [
    'several lines',
    'This is an invalid model.\n  In Node, "a"  (b) : No.\n',
    'This is an invalid model. In Node, "a" (b) : No.',
  ],
  ['one word in front of a bracket', 'Invalid(1) input', 'Invalid(1) input'],
])('a reason with %s keeps what people can use', (_title, message, reason) => {
  expect(readableReason(message)).toBe(reason)
})

it('a reason of any length ends at a word', () => {
  const reason = readableReason('word '.repeat(5000))
  expect(reason.length).toBeLessThanOrEqual(2002)
  expect(reason).toMatch(/ word …$/)
})
