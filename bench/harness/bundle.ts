/** Bundles the bench programs like build/bundle.mjs, so that both sides run the same kind of code. */
import { PACKAGE_OPTIONS } from '../../build/bundle.mjs'
import { rmSync } from 'node:fs'
import path from 'node:path'
import { build } from 'esbuild'
import { ROOT_DIR } from '../../testing/processes.ts'

export const OUT_DIR = path.join(ROOT_DIR, '.cache/bench')

const PROGRAMS = {
  attack: new URL('../programs/attack.ts', import.meta.url),
  largeReply: new URL('../programs/large_reply.ts', import.meta.url),
  load: new URL('../programs/load.ts', import.meta.url),
  raw: new URL('../programs/raw.ts', import.meta.url),
  relay: new URL('../programs/relay.ts', import.meta.url),
  rawStart: new URL('../programs/raw_start.ts', import.meta.url),
  echo: new URL('../programs/echo.ts', import.meta.url),
  chatter: new URL('../programs/chatter.ts', import.meta.url),
  serve: new URL('../programs/serve.ts', import.meta.url),
  identityWorker: new URL('../programs/identity_worker.ts', import.meta.url),
  leakingWorker: new URL('../programs/leaking_worker.ts', import.meta.url),
} as const

export type ProgramName = keyof typeof PROGRAMS

/** Inside the checkout, where native packages are found, and as deep as dist/backends: backends find their files from there. */
const PROGRAM_DIR = path.join(ROOT_DIR, '.cache/bench_programs')

export const programFile = (name: ProgramName) => path.join(PROGRAM_DIR, `${name}.js`)

export async function bundlePrograms(): Promise<void> {
  rmSync(PROGRAM_DIR, { recursive: true, force: true })
  await build({
    absWorkingDir: ROOT_DIR,
    entryPoints: Object.fromEntries(
      Object.entries(PROGRAMS).map(([name, url]) => [name, url.pathname]),
    ),
    outdir: PROGRAM_DIR,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    bundle: true,
    ...PACKAGE_OPTIONS,
    sourcemap: true,
    logLevel: 'warning',
  })
}
