/** `profile.js FILE RUNS`: profiles a model on blank inputs and prints the time of each node as JSON. */
import { InferenceSession } from 'onnxruntime-node'
import type { ModelProfile } from '../protocol/models.ts'
import { blankFeeds, openProfileFolder, readNodeTimes } from './base/placement.ts'
import { messageOf } from '../protocol/errors.ts'

const [file = '', runs = '20'] = process.argv.slice(2)
/** They pay for one-time allocations. */
const WARM_UP_RUNS = 2

const folder = await openProfileFolder()
try {
  const session = await InferenceSession.create(file, {
    executionProviders: ['cpu'],
    logSeverityLevel: 3,
    ...folder.options,
  })
  const feeds = blankFeeds(session.inputMetadata)
  const amount = Number(runs) + WARM_UP_RUNS
  for (let run = 0; run < amount; run++) await session.run(feeds)
  const nodes = readNodeTimes(await folder.read(session), { runs: amount, skip: WARM_UP_RUNS })
  const total = nodes.reduce((sum, node) => sum + node.mean_us, 0)
  const profile: ModelProfile = { runs: Number(runs), nodes, total_us: total }
  process.stdout.write(JSON.stringify(profile))
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`)
  process.exitCode = 1
} finally {
  folder.dispose()
}
