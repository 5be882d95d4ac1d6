/** Prints the backend's measurements of a folder of pictures: `npm run evaluate -- fatigue FOLDER`. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ProtocolError } from '../../protocol/errors.ts'
import { FatigueBackend } from '../../backends/fatigue/backend.ts'
import type { FatigueItem } from '../../backends/fatigue/read_request.ts'
import { quietContext } from '../../backends/base/quiet_context.ts'

const folder = process.argv[2]
if (folder === undefined) throw new Error('name a folder of pictures as the argument')
const { log, ...context } = quietContext('fatigue', { threads: 2 })
const backend = new FatigueBackend({
  ...context,
  log: { ...log, warn: console.warn, error: console.error },
})
await backend.initializeModel()
console.log(
  '| picture | EAR right | EAR left | mouth (MAR) | pitch |\n| --- | --- | --- | --- | --- |',
)
for (const file of readdirSync(folder).filter((name) => /\.(jpe?g|png)$/i.test(name))) {
  const item: FatigueItem = {
    requestId: file,
    kind: 'image',
    frames: [readFileSync(join(folder, file))],
    depthFrames: [],
    eyetrackSamples: [],
    eyetrackText: null,
    elapsedS: null,
    baselineEar: null,
    streamId: null,
    timestampS: null,
  }
  const { results } = await backend.processInference([item])
  console.log(`| ${file} | ${rowOf(results[0])} |`)
}
await backend.cleanup()

function rowOf(result: ProtocolError | Record<string, unknown> | undefined): string {
  if (result === undefined || result instanceof ProtocolError) return `${result?.message} | | |`
  const [face] = result.faces as Record<string, number>[]
  if (face === undefined) return 'no face | | |'
  const { ear_right: right, ear_left: left, mar, pitch_deg: pitch } = face
  return [right?.toFixed(2), left?.toFixed(2), mar?.toFixed(2), `${pitch?.toFixed(0)}°`].join(' | ')
}
