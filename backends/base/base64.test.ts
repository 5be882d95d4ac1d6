import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readClientMessage } from '../../protocol/parse_message.ts'
import { decodeBase64, decodeBase64Text } from './base64.ts'

const decode = (text: string) => Buffer.from(decodeBase64(text, 'data.image')).toString('latin1')

describe('base64 decodes', () => {
  it('any bytes, standard and URL-safe, padded or not, into a separate buffer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (raw) => {
        const bytes = Buffer.from(raw)
        for (const text of [bytes.toString('base64'), bytes.toString('base64url')]) {
          const decoded = decodeBase64(text, 'x')
          expect(Buffer.compare(decoded, bytes)).toBe(0)
          expect(decoded.byteLength).toBe(decoded.buffer.byteLength)
        }
      }),
    )
  })
  it('a data URL', () => {
    expect(decode('data:image/png;base64,aGVsbG8=')).toBe('hello')
  })
  it('a text broken into lines', () => {
    expect(decode('aGVs\r\nbG8=\n')).toBe('hello')
  })
  it('an empty text to no bytes', () => {
    expect(decode('')).toBe('')
  })
})

describe('a text that is not base64 is refused with the fault', () => {
  it.each([
    ['a foreign character', 'aGV!bG8=', /data\.image is not base64: character "!" at position 3/],
    ['a cut text', 'aGVsb', /5 characters are not a whole number of bytes/],
    ['padding in the middle', 'aGVs=bG8', /not base64/],
    ['a data URL without base64', 'data:image/svg+xml,<svg/>', /without ";base64,"/],
    ['a data URL without a comma', 'data:image/png;base64', /without ";base64,"/],
  ])('%s', (_title, text, words) => {
    expect(() => decode(text)).toThrow(words)
  })
})

describe('pictures in a message are decoded while it is read', () => {
  const picture = Buffer.from(Array.from({ length: 6000 }, (_, at) => (at * at) % 251))
  const base64 = picture.toString('base64')
  const read = (text: string) => {
    const parsed = readClientMessage(Buffer.from(text), false, decodeBase64Text).step(Infinity)
    if (parsed?.ok !== true) throw parsed?.error ?? new Error('unfinished')
    return parsed
  }
  const request = (data: string) =>
    `{"type":"inference_request","request_id":"r","data":{${data},"timestamp":1}}`

  it.each([
    ['base64', base64],
    ['a data URL', `data:image/jpeg;base64,${base64}`],
    ['URL-safe base64', base64.replaceAll('+', '-').replaceAll('/', '_')],
    ['base64 without padding', base64.replaceAll('=', '')],
  ])('%s', (_, text) => {
    const { message, attachments } = read(request(`"image":"${text}"`))
    expect(message).toMatchObject({ data: { image: { $attachment: 0, length: 6000 } } })
    expect(Buffer.from(attachments[0] ?? []).equals(picture)).toBe(true)
    expect(attachments[0]?.byteOffset).toBe(0)
  })

  it('several, in their order', () => {
    const other = Buffer.from(picture).reverse()
    const text = `"images":["${base64}","short","${other.toString('base64')}"]`
    const { message, attachments } = read(request(text))
    const [first, second] = [0, 1].map((at) => ({ $attachment: at, length: 6000 }))
    expect(message).toMatchObject({ data: { images: [first, 'short', second] } })
    expect(attachments.map((one) => Buffer.from(one).equals(other))).toEqual([false, true])
  })

  it.each([
    ['with a character that is none', `${base64}*`],
    ['with a line break', `${base64.slice(0, 76)}\\n${base64.slice(76)}`],
    ['that is cut off', base64.slice(0, 4097)],
    ['of another kind', `data:text/plain,${base64}`],
  ])('but a text %s stays as it is', (_, text) => {
    const { message, attachments } = read(request(`"image":"${text}"`))
    expect(message).toMatchObject({ data: { image: JSON.parse(`"${text}"`) as string } })
    expect(attachments).toEqual([])
  })

  it('and one outside of data stays a text', () => {
    const text = request('"image":"x"').replace('"r"', `"r","other":"${base64}"`)
    expect(read(text)).toMatchObject({ message: { other: base64 }, attachments: [] })
  })

  it('and a quote behind a backslash does not end it', () => {
    const text = `${base64}\\"${base64}`
    const { message } = read(request(`"image":"${text}"`))
    expect(message).toMatchObject({ data: { image: `${base64}"${base64}` } })
  })
})
