import { expect, test } from 'vitest'
import { sentence } from './sentence.ts'

test.each([
  ['no face was found', 'No face was found.'],
  ['the queue is full; try again.', 'The queue is full; try again.'],
  ['data.image: 5 bytes are no image', 'data.image: 5 bytes are no image.'],
  ['request_id is missing', 'request_id is missing.'],
])('%s reads as %s', (message, text) => expect(sentence(message)).toBe(text))
