import { expect, test } from 'vitest'
import { punctuated } from './punctuated.ts'

test.each([
  ['no face was found', 'No face was found.'],
  ['the queue is full; try again.', 'The queue is full; try again.'],
  ['data.image: 5 bytes are not an image', 'data.image: 5 bytes are not an image.'],
  ['request_id is missing', 'request_id is missing.'],
  ['7.7 秒后再次就绪', '7.7 秒后再次就绪。'],
  ['已停止。', '已停止。'],
  ['未安装 nvidia-smi', '未安装 nvidia-smi。'],
  ['/数据/a.onnx cannot be read', '/数据/a.onnx cannot be read.'],
  ['localhost 上的端口 8768 已被占用', 'localhost 上的端口 8768 已被占用。'],
])('%s reads as %s', (message, text) => expect(punctuated(message)).toBe(text))
