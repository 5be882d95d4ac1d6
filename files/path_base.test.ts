import { expect, test } from 'vitest'
import { basesIn, pathBaseEnv, pathBases, resolveFrom } from './path_base.ts'

test.each([
  ['a checkout', '/src/config/models.yaml', ['/src']],
  ['a folder of the checkout', '/src/models.yaml', ['/src']],
  ['another folder', '/home/me/models.yaml', ['/home/me', '/src']],
  ['a folder whose name begins alike', '/src-two/models.yaml', ['/src-two', '/src']],
])('the configuration is in %s', (_what, file, bases) => {
  expect(pathBases(file, '/src')).toEqual(bases)
  expect(basesIn(pathBaseEnv(file, '/src'), '/src')).toEqual(bases)
})

test.each([
  ['beside the configuration', ['/home/me/net.onnx', '/src/net.onnx'], '/home/me/net.onnx'],
  ['only in Switchyard’s folder', ['/src/net.onnx'], '/src/net.onnx'],
  ['nowhere', [], '/home/me/net.onnx'],
])('a file that exists %s', (_what, files: string[], expected) => {
  const exists = (file: string) => files.includes(file)
  expect(resolveFrom(['/home/me', '/src'], 'net.onnx', exists)).toBe(expected)
  expect(resolveFrom(['/home/me', '/src'], '/abs/net.onnx', exists)).toBe('/abs/net.onnx')
})
