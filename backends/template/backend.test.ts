import sharp from 'sharp'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ProtocolError } from '../../protocol/errors.ts'
import { TemplateBackend } from './backend.ts'
import { quietContext } from '../base/quiet_context.ts'

const contextWith = (options: Record<string, number>) =>
  quietContext('template', { batchSizeMax: 4, cacheSize: 8, options })
const picture = async (level: number) => ({
  requestId: 'x',
  params: {},
  bytes: await sharp({
    create: { width: 8, height: 4, channels: 3, background: { r: level, g: level, b: level } },
  })
    .png()
    .toBuffer(),
})

const backend = new TemplateBackend(contextWith({}))
beforeAll(() => backend.initializeModel())
afterAll(() => backend.cleanup())

it('answers each picture of a batch for itself, and a broken one alone with an error', async () => {
  const broken = { requestId: 'x', params: {}, bytes: Buffer.from('no picture') }
  const { results } = await backend.processInference([await picture(255), broken, await picture(0)])
  expect(results[0]).toMatchObject({ prediction: 'bright', confidence: 1 })
  expect(results[1]).toBeInstanceOf(ProtocolError)
  expect(results[2]).toMatchObject({ prediction: 'dark', image: { width: 8, height: 4 } })
})

it('refuses an unknown option by its name', () => {
  expect(() => new TemplateBackend(contextWith({ brihgt_from: 1 }))).toThrow('brihgt_from')
})
