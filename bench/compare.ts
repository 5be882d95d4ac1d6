/** `npm run bench -- --compare REV`: another build against this one, in A B B A order, with the noise of equal pairs. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { ROOT_DIR } from '../testing/processes.ts'
import { compareRatio, interleave } from './harness/interleave.ts'
import { percentile, withServer, type Harness } from './harness/harness.ts'
import { format, type Row } from './harness/row.ts'
import { startEmotion } from './harness/server_process.ts'
import { mean } from './harness/statistics.ts'

const CLIENTS = [1, 16]

export async function compareWith(harness: Harness, revision: string): Promise<Row[]> {
  const otherRoot = checkOut(revision)
  return withServer(startEmotion(), (ours) =>
    withServer(startEmotion({}, otherRoot), async (theirs) => {
      const rows: Row[] = []
      for (const given of [harness.pictures.small, [harness.pictures.large]]) {
        // Builds may decode differently.
        const pictures = given.map((picture) => ({ ...picture, expected: null }))
        for (const clients of CLIENTS) {
          const run = (url: string) => () =>
            harness.closed({
              target: harness.target(url, { pictures }),
              clients,
              windowMs: harness.either(1000, 3000),
              isWarm: true,
            })
          const [ofOurs, ofTheirs] = [run(ours.url), run(theirs.url)]
          await ofTheirs()
          await ofOurs()
          const rounds = await interleave(harness.rounds, ofOurs, ofTheirs)
          const what = `emotion, ${Math.round((pictures[0]?.bytes.length ?? 0) / 1000)} KB, ${clients} ${clients === 1 ? 'client' : 'clients'}`
          rows.push(
            rowOf(`images/s, ${what}`, rounds, ({ perSecond }) => perSecond),
            rowOf(`p50, ${what}`, rounds, (report) => percentile(report, 0.5)),
          )
        }
      }
      return rows
    }),
  )
}

type Rounds = Awaited<ReturnType<typeof interleave<Report, Report>>>
type Report = Awaited<ReturnType<Harness['closed']>>

function rowOf(measure: string, rounds: Rounds, of: (report: Report) => number): Row {
  const { value, spread, noise } = compareRatio(rounds, of, of)
  const [ours, theirs] = [
    rounds.flatMap(({ a }) => a.map(of)),
    rounds.flatMap(({ b }) => b.map(of)),
  ]
  const isNoise = Math.abs(value - 1) < noise
  return {
    id: '',
    measure,
    definition: 'this build / the other one',
    value,
    unit: '',
    spread,
    notes: [
      `this build ${format(mean(ours))}, the other one ${format(mean(theirs))}`,
      `${isNoise ? 'inside' : 'outside'} the noise (±${format(noise)})`,
    ],
  }
}

/** Builds the revision in .cache/compare; the next run uses it again. */
function checkOut(revision: string): string {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: ROOT_DIR, encoding: 'utf8' }).trim()
  const commit = git('rev-parse', '--verify', `${revision}^{commit}`)
  const root = path.join(ROOT_DIR, '.cache/compare', commit)
  if (!existsSync(root)) {
    mkdirSync(root, { recursive: true })
    git('archive', '--output', path.join(root, 'source.tar'), commit)
    execFileSync('tar', ['-xf', 'source.tar'], { cwd: root })
    const lock = (folder: string) => readFileSync(path.join(folder, 'package-lock.json'), 'utf8')
    const isSame = lock(root) === lock(ROOT_DIR)
    if (isSame) symlinkSync(path.join(ROOT_DIR, 'node_modules'), path.join(root, 'node_modules'))
  }
  execFileSync(process.execPath, ['scripts/setup.mjs'], { cwd: root, stdio: 'inherit' })
  return root
}
