/**
 * Prepares a checkout: packages, models, bundles, each only if missing or outdated. `node scripts/setup.mjs [packages]
 * [models] [panel] [programs]` rebuilds the named parts.
 */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runEntry } from './setup/entry.mjs'
import { withLock } from './setup/lock.mjs'
import { PARTS } from './setup/parts.mjs'
import { sayOnStderr, SetupError } from './setup/step.mjs'

/** @typedef {import('./setup/parts.mjs').PartName} PartName */

export const ROOT_DIR = dirname(dirname(fileURLToPath(import.meta.url)))
const ALL_PARTS = /** @type {PartName[]} */ (Object.keys(PARTS))

/**
 * Makes the wanted parts up to date. Silent, and starts no process, if they already are.
 * @param {{ parts?: PartName[], rebuild?: PartName[], rootDir?: string, say?: (line: string) => void }} [options]
 *   `rebuild`: parts that are made even when they are up to date
 */
export async function ensureReady(options = {}) {
  const { parts = ALL_PARTS, rebuild = [], rootDir = ROOT_DIR, say = sayOnStderr } = options
  const isDone = (/** @type {PartName} */ name) =>
    !rebuild.includes(name) && PARTS[name].isReady(rootDir)
  if (parts.every(isDone)) return

  const interrupt = new AbortController()
  const stop = () => {
    interrupt.abort()
  }
  process.once('SIGINT', stop).once('SIGTERM', stop)
  try {
    await withLock(
      { lockDir: join(rootDir, '.cache/setup.lock'), say, signal: interrupt.signal },
      async (onStart) => {
        for (const name of parts) {
          // Checked again: the previous lock holder may have made it.
          if (isDone(name)) continue
          await PARTS[name].make({ rootDir, say, signal: interrupt.signal, onStart })
        }
      },
    )
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop)
  }
}

/** @param {string[]} names */
async function main(names) {
  const unknown = names.filter((name) => !Object.hasOwn(PARTS, name))
  if (unknown.length > 0) {
    throw new SetupError(`There is no part "${unknown[0]}"; known: ${ALL_PARTS.join(', ')}.`)
  }
  const rebuild = /** @type {PartName[]} */ (names)
  await ensureReady({ parts: rebuild.length > 0 ? ['packages', ...rebuild] : ALL_PARTS, rebuild })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runEntry(() => main(process.argv.slice(2)))
}
