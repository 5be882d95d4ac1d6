import { expect, it } from 'vitest'
import type { InferenceRequest } from '../../protocol/backend.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import { quoted } from '../../protocol/messages.ts'
import { readImages } from './request_reader.ts'

const IMAGE = Buffer.from('picture').toString('base64')
const request = (data: InferenceRequest['data']): InferenceRequest => ({
  type: 'inference_request',
  request_id: 'a',
  data,
})
const warning = (field?: string) => ({
  code: 'blurred',
  message: 'The picture is blurred.',
  ...(field === undefined ? {} : { field }),
})

it('warnings of a result are moved out of the data, to the reply', () => {
  const { toAnswer } = readImages(request({ image: IMAGE }), [])
  expect(toAnswer([{ prediction: 'cat', warnings: [warning('data.image')] }])).toEqual({
    data: { prediction: 'cat' },
    warnings: [warning('data.image')],
  })
})

it('a warning about one of several images names that image', () => {
  const { toAnswer } = readImages(request({ images: [IMAGE, '%%', IMAGE, IMAGE] }), [])
  const { data, warnings } = toAnswer([
    { prediction: 'cat' },
    { prediction: 'dog', warnings: [warning('data.image'), warning('data.top')] },
    new ProtocolError('internal', quoted('the run failed')),
  ])
  expect(data).toMatchObject({
    results: [
      { prediction: 'cat' },
      { error: expect.any(String) },
      { prediction: 'dog' },
      { error: 'the run failed', code: 'internal' },
    ],
  })
  expect(JSON.stringify(data)).not.toContain('warnings')
  expect(warnings.map(({ field }) => field)).toEqual(['data.images[2]', 'data.top'])
})

it('a warning without a field is about its image', () => {
  const { toAnswer } = readImages(request({ images: [IMAGE] }), [])
  expect(toAnswer([{ warnings: [warning()] }]).warnings[0]?.field).toBe('data.images[0]')
})
