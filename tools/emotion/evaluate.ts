/** Prints the README's results table for a folder of pictures: `node --import tsx tools/emotion/evaluate.ts FOLDER`. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { emotionResultSchema, type EmotionResult, type Face } from '../../protocol/results.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import type { StageTiming } from '../../backends/base/backend.ts'
import { EmotionBackend } from '../../backends/emotion/backend.ts'
import { quietContext } from '../../backends/base/quiet_context.ts'

/** Faces in known pictures, counted manually, including profiles. Other pictures get a question mark. */
const PRESENT: Record<string, number> = {
  'astronaut-happy.jpg': 1,
  'darwin-child-crying.jpg': 1,
  'darwin-fear.jpg': 1,
  'darwin-happy.jpg': 1,
  'darwin-neutral.jpg': 1,
  'darwin-six-faces.jpg': 6,
  'darwin-surprise.jpg': 1,
  'no-face-cat.jpg': 0,
  'no-face-coffee.jpg': 0,
  'sample1.jpg': 3,
  'sample2.jpg': 3,
  'sample3.jpg': 3,
  'sample4.jpg': 4,
  'sample5.jpg': 5,
  'sample6.jpg': 4,
}

const COLUMNS = [
  'picture',
  'faces present',
  'found',
  'missed',
  'largest face: mean of both',
  'mini_xception',
  'fa_expression',
  'ms: preprocess + inference',
]

const THREADS = 2

async function printTable(folder: string): Promise<void> {
  // Without a cache, so that each run is timed like a new picture.
  const backend = new EmotionBackend(
    quietContext('emotion', { providers: 'auto', threads: THREADS }),
  )
  const { provider } = await backend.initializeModel()
  console.log(`Provider ${provider}, ${THREADS} threads, one picture at a time.\n`)
  console.log(`| ${COLUMNS.join(' | ')} |\n|${' --- |'.repeat(COLUMNS.length)}`)
  for (const name of readdirSync(folder).filter(isPicture).sort()) {
    console.log(`| ${(await rowOf(backend, folder, name)).join(' | ')} |`)
  }
  await backend.cleanup()
}

const isPicture = (name: string) => /\.(jpe?g|png|webp|gif|tiff?|avif)$/i.test(name)

async function rowOf(backend: EmotionBackend, folder: string, name: string): Promise<string[]> {
  const item = { requestId: name, bytes: readFileSync(join(folder, name)), params: {} }
  // The second run counts: the first one also meets new shapes and cold code.
  await backend.processInference([item])
  const { results, timing } = await backend.processInference([item])
  const [result] = results
  if (result === undefined || result instanceof ProtocolError) {
    return [name, '', '', '', result?.message ?? 'no answer', '', '', '']
  }
  return cellsOf(name, emotionResultSchema.parse(result), timing)
}

function cellsOf(name: string, { faces }: EmotionResult, timing: StageTiming): string[] {
  const present = PRESENT[name]
  const [largest] = faces
  return [
    name,
    String(present ?? '?'),
    String(faces.length),
    present === undefined ? '?' : String(Math.max(0, present - faces.length)),
    largest?.probabilities ? topOf(largest.probabilities) : 'none',
    topOf(rawOf(largest, 'mini_xception')),
    topOf(rawOf(largest, 'fa_expression')),
    `${Math.round(timing.preprocessMs)} + ${Math.round(timing.inferenceMs)}`,
  ]
}

function rawOf(face: Face | undefined, classifier: string): Record<string, number> {
  const raw = face?.['raw'] as Record<string, Record<string, number>> | undefined
  return raw?.[classifier] ?? {}
}

function topOf(probabilities: Record<string, number>): string {
  const [top] = Object.entries(probabilities).sort(([, a], [, b]) => b - a)
  return top ? `${top[0]} ${top[1].toFixed(2)}` : ''
}

const [folder] = process.argv.slice(2)
if (folder === undefined) {
  console.error('usage: node --import tsx tools/emotion/evaluate.ts FOLDER')
  process.exitCode = 2
} else {
  await printTable(folder)
}
