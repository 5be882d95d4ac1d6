import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, expect, it } from 'vitest'
import { drawnPicture } from '../../testing/pictures.ts'
import { ROOT_DIR, endStarted, startNode } from '../../testing/processes.ts'

/** Debian's own Python, the only one that sees its packages. */
const PYTHON = '/usr/bin/python3'
const hasClient = spawnSync(PYTHON, ['-c', 'import websockets']).status === 0
if (!hasClient) console.log(`skipped: ${PYTHON} has no websockets (Debian: python3-websockets)`)

const folder = mkdtempSync(path.join(tmpdir(), 'foreign-'))
afterAll(async () => {
  await endStarted()
  rmSync(folder, { recursive: true })
})

it.skipIf(!hasClient)(
  'a client that is not our code gets what the platform document promises',
  async () => {
    const frame = path.join(folder, 'frame.jpg')
    writeFileSync(frame, await drawnPicture(224, 224))
    const backend = startNode([
      'scripts/backend.mjs',
      'fatigue',
      '--port',
      '0',
      '--dialect',
      'platform',
    ])
    const [, url = ''] = await backend.waitFor(/listening on (ws:\/\/\S+)/)
    await backend.waitFor(/ready on/)
    const client = spawn(PYTHON, [path.join(ROOT_DIR, 'testing/foreign_client.py'), url, frame], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const said = JSON.parse(await text(client.stdout)) as Record<string, unknown>
    expect(said).toEqual({
      id: expect.any(String) as string,
      health: {
        type: 'health_response',
        status: 'healthy',
        model_type: 'fatigue',
        model_loaded: true,
      },
      pong: { type: 'pong', timestamp: expect.any(Number) as number },
      response: {
        type: 'inference_response',
        request_id: said.id,
        model_type: 'fatigue',
        timestamp: expect.any(Number) as number,
        result: {
          status: 'success',
          latency_ms: expect.any(Number) as number,
          predictions: expect.objectContaining({
            fatigue_score: 0,
            prediction_class: 0,
            confidence: 0,
            elapsed_time: 2.5,
            num_rgb_frames: 75,
            num_depth_frames: 0,
            num_eyetrack_samples: 375,
            message: expect.stringContaining('no face') as string,
          }) as object,
        },
      },
    })
  },
)
