/** `npm run acceptance [-- NAME ..]`: screenshots of every view and state for manual review. */
import { mkdirSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import path from 'node:path'
import { ROOT_DIR, endStarted, freePort } from '../../testing/processes.ts'
import { ensureReady } from '../../scripts/setup.mjs'
import { SCENES, type Scene } from './scenes.ts'
import { openStage, threeSections, type Stage } from './fixture.ts'
import { messageOf } from '../../protocol/errors.ts'

const FOLDER = path.join(ROOT_DIR, 'screenshots')
const HEIGHTS: Record<number, number> = { 900: 800, 1280: 800, 1920: 1080, 2560: 1440 }
const TRAFFIC_MS = 40_000

await ensureReady()
mkdirSync(FOLDER, { recursive: true })
const wanted = process.argv.slice(2)
const chosen = SCENES.filter(({ name }) => wanted.length === 0 || wanted.includes(name))
try {
  for (const system of ['busy', 'problems', 'off'] as const) {
    const scenes = chosen.filter((scene) => scene.system === system)
    if (scenes.length > 0) await take(system, scenes)
  }
} finally {
  await endStarted()
}

async function take(system: Scene['system'], scenes: readonly Scene[]): Promise<void> {
  const { stage, close } = await systemOf(system)
  try {
    for (const scene of scenes) {
      for (const { width, scheme } of variantsOf(scene)) {
        const page = await stage.page({
          viewport: { width, height: HEIGHTS[width] ?? 800 },
          colorScheme: scheme,
          ...(scene.hash !== undefined && { hash: scene.hash }),
          preferences: { language: scene.language ?? 'en' },
        })
        const file = path.join(FOLDER, `${scene.name}-${scheme}-${width}.png`)
        try {
          await page.waitForTimeout(1500)
          await scene.set?.(page, stage)
          await page.waitForTimeout(700)
          console.log(path.relative(ROOT_DIR, file))
        } catch (error) {
          console.error(`${scene.name}: ${messageOf(error)}`)
          process.exitCode = 1
        }
        await page.screenshot({ path: file })
        await page.context().close()
      }
    }
  } finally {
    await close()
  }
}

function variantsOf({ only }: Scene) {
  if (only) return [only]
  return ([900, 1280, 1920] as const).flatMap((width) =>
    (['light', 'dark'] as const).map((scheme) => ({ width, scheme })),
  )
}

interface System {
  stage: Stage
  close(): Promise<void>
}

async function systemOf(system: Scene['system']): Promise<System> {
  switch (system) {
    case 'off': {
      const stage = await openStage()
      return { stage, close: () => stage.close() }
    }
    case 'busy': {
      const stage = await openStage(await threeSections('enabled: true'))
      await stage.process.waitFor(/eeg.*ready/i)
      await stage.traffic(TRAFFIC_MS)
      return { stage, close: () => stage.close() }
    }
    case 'problems':
      return withProblems()
  }
}

/** A port in use, a program that exits immediately, and one running backend. */
async function withProblems(): Promise<System> {
  const callers = new Set<Socket>()
  const stranger = createServer((socket) => {
    callers.add(socket)
    socket.on('error', () => socket.destroy())
  })
  const port = await listening(stranger)
  const sections = [
    `  fatigue:\n    port: ${port}\n    enabled: true\n    max_reconnect_attempts: 2\n    reconnect_interval: 0.2\n`,
    `  emotion:\n    port: ${await freePort()}\n    enabled: true\n`,
    `  smoke:\n    runtime: command\n    command: [node, -e, 'console.error("MemoryError: Unable to allocate 7.45 GiB"); process.exit(1)']\n    port: ${await freePort()}\n    enabled: true\n    max_reconnect_attempts: 3\n    reconnect_interval: 5\n`,
  ]
  const stage = await openStage(sections.join(''))
  await stage.process.waitFor(/emotion.*ready/i)
  return {
    stage,
    close: async () => {
      await stage.close()
      for (const caller of callers) caller.destroy()
      await new Promise((resolve) => stranger.close(resolve))
    },
  }
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
}
