/** A failure while the state is read or pushed affects only one row or one push. */
import { EventEmitter } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ROOT_DIR, temporaryConfig } from '../testing/processes.ts'
import { createExternalLauncher } from './launcher/external_launcher.ts'
import { ControlPlane } from './plane.ts'

let plane: ControlPlane
let clean: () => void
beforeEach(async () => {
  const stateDir = mkdtempSync(path.join(tmpdir(), 'plane-'))
  const { file, remove } = temporaryConfig(
    'model_backends: { eeg: { port: 8901 }, emotion: { port: 8902 } }',
  )
  plane = new ControlPlane({
    configFile: file,
    rootDir: ROOT_DIR,
    stateDir,
    launcherFor: createExternalLauncher,
    startsBackends: false,
    nodePath: process.execPath,
    version: '0',
    shellNotice: null,
    cores: 1,
    backendToken: '',
    replaceToken: () => Promise.reject(new Error('not in this test')),
    clock: { wall: () => Date.now(), monotonic: () => performance.now() },
    random: () => 0.5,
  })
  await plane.open({ host: '127.0.0.1', port: 8765 })
  clean = () => {
    rmSync(stateDir, { recursive: true })
    remove()
  }
})
afterEach(async () => {
  await plane.close()
  clean()
})

const planted = () => {
  throw new Error('planted')
}

it('a row whose values cannot be read shows the reason, and the others are shown', () => {
  const [eeg] = plane.fleet.find('eeg')
  if (eeg === undefined) throw new Error('there is no eeg')
  vi.spyOn(eeg, 'view').mockImplementation(planted)
  expect(plane.snapshot().backends).toMatchObject([
    { name: 'eeg', state: 'disabled', detail: 'internal error: planted' },
    { name: 'emotion', state: 'disabled', detail: null },
  ])
})

class Reader extends EventEmitter {
  readonly bufferedAmount = 0
  readonly readyState = 1
  readonly OPEN = 1
  readonly texts: string[] = []
  fails = false

  send(text: string): void {
    if (this.fails) planted()
    this.texts.push(text)
  }
}

it('a push that fails is logged once, and the next one is sent', async () => {
  const reader = new Reader()
  plane.addPanel(reader)
  expect(reader.texts).toHaveLength(1)
  const errors = () =>
    plane.logs.store
      .query({ levels: ['error'] }, 10)
      .lines.map(({ message }) => message)
      .filter((message) => message.includes('planted'))
  const change = () => {
    for (const supervisor of plane.fleet.all()) supervisor.configure(supervisor.config)
  }
  reader.fails = true
  change()
  await vi.waitFor(() => expect(errors()).toHaveLength(1))
  change()
  await new Promise((resolve) => setTimeout(resolve, 300))
  reader.fails = false
  change()
  await vi.waitFor(() => expect(reader.texts).toHaveLength(2))
  expect(errors()).toEqual(['The panels could not be updated: internal error: planted'])
  reader.emit('close')
})
