/**
 * `npm run faults [-- NAME ...]`: lets faults happen to the real control plane, and says of each whether it ended as documented.
 * NAME is a part of the name that a line shows. The exit code is 0 only if every one did.
 */
import { spawnSync } from 'node:child_process'
import { endStarted, ROOT_DIR } from '../testing/processes.ts'
import { runFault } from './run_fault.ts'
import { FAULTS } from './table.ts'

const names = process.argv.slice(2)
const chosen = FAULTS.filter(
  ({ name }) => names.length === 0 || names.some((part) => name.includes(part)),
)
if (chosen.length === 0) {
  console.error(
    `no fault is named "${names.join('", "')}"; known: ${FAULTS.map(({ name }) => name).join(', ')}`,
  )
  process.exit(2)
}
// What they start is bundled; doing it first keeps it out of the first fault's time.
const setup = spawnSync(process.execPath, ['build/setup.mjs'], { cwd: ROOT_DIR, stdio: 'inherit' })
if (setup.status !== 0) process.exit(1)

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // Nothing of ours stays behind, also when it is given up half-way.
  process.once(signal, () => void endStarted().finally(() => process.exit(1)))
}
const width = Math.max(...chosen.map(({ name }) => name.length))
let asDocumented = 0
for (const fault of chosen) {
  const { isAsDocumented, seen, requests, seconds } = await runFault(fault)
  if (isAsDocumented) asDocumented++
  const verdict = isAsDocumented ? 'as documented' : `NOT as documented (${fault.documented})`
  const count = `${requests} requests, ${seconds.toFixed(1)} s`
  console.log(`${fault.name.padEnd(width)}  ${seen.replaceAll('\n', ' ')}  [${count}]  ${verdict}`)
}
console.log(`${asDocumented} of ${chosen.length} faults as documented`)
process.exitCode = asDocumented === chosen.length ? 0 : 1
