import { mkdtemp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { HOUR_MS, HourFiles } from './hour_files.ts'
import { METRICS_FILE, MetricsFile, SAVE_INTERVAL_MS, SNAPSHOT_BYTES_MAX } from './persist.ts'
import { MetricsStore } from './store.ts'

const NOW = Date.UTC(2030, 0, 1)
let folder = ''
let file = ''
let warnings: string[] = []

beforeEach(async () => {
  folder = path.join(await mkdtemp(path.join(tmpdir(), 'switchyard-metrics-')), 'metrics')
  file = path.join(folder, METRICS_FILE)
  warnings = []
})
afterEach(async () => {
  vi.useRealTimers()
  await rm(path.dirname(folder), { recursive: true, force: true })
})

const newStore = (now = NOW) => new MetricsStore(() => now)
const note = (store: MetricsStore, requests: number, time = NOW) => {
  store.note('a', time, {
    elapsedMs: 1000,
    from: 'page',
    requests,
    errors: {},
    stages: {},
    batchSizes: null,
    pongLatency: null,
  })
}
const warn = (message: string) => {
  warnings.push(message)
}
const open = (store: MetricsStore, now = NOW) =>
  MetricsFile.open({
    folder,
    store,
    hours: new HourFiles({ folder: path.join(folder, 'hours'), now: () => now, warn }),
    warn,
  })
const requestsIn = (store: MetricsStore) => store.query('a', '5m').map(({ requests }) => requests)

async function leave(bytes: Uint8Array): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeFile(file, bytes)
}
/** The file as the next version would write it. */
function newerFile(): Uint8Array {
  const header = Buffer.from('{"version":2,"shape":"unknown to us"}')
  const length = Buffer.alloc(4)
  length.writeUInt32LE(header.length)
  return gzipSync(Buffer.concat([length, header, Buffer.from('more')]))
}

describe('a restart', () => {
  it('brings back what was noted; the time between is a gap and not zero', async () => {
    const before = newStore()
    const first = await open(before)
    note(before, 3)
    await first.close()
    const after = newStore(NOW + 60_000)
    const second = await open(after)
    note(after, 4, NOW + 60_000)
    expect(requestsIn(after)).toEqual([3, null, 4])
    await second.close()
    expect(await readdir(folder)).toEqual([METRICS_FILE])
    expect(warnings).toEqual([])
  })

  it('after a kill loses what came since the last save, every 30 s', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const before = newStore()
    const first = await open(before)
    note(before, 3)
    vi.advanceTimersByTime(SAVE_INTERVAL_MS)
    // Waits for the save that the timer started.
    await first.save()
    note(before, 5)
    const after = newStore()
    const second = await open(after)
    expect(requestsIn(after)).toEqual([3])
    await second.close()
    await first.close()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('after a weekend takes over the last hour before it, which no other file has', async () => {
    const before = newStore()
    const first = await open(before)
    note(before, 3)
    await first.close()
    const later = NOW + 60 * HOUR_MS
    await (await open(newStore(later), later)).close()
    expect(await readdir(path.join(folder, 'hours'))).toEqual(['2030-01-01T00.bin.gz'])
  })

  it('without a folder starts empty, without a warning', async () => {
    const store = newStore()
    const metrics = await open(store)
    expect(store.names).toEqual([])
    expect(warnings).toEqual([])
    await metrics.close()
    expect(await readdir(folder)).toEqual([METRICS_FILE])
  })
})

describe('a file that cannot be read is moved aside with a warning, and the next one is written', () => {
  const whole = () => {
    const store = newStore()
    note(store, 1)
    return gzipSync(store.snapshot())
  }
  it.each([
    ['empty', () => new Uint8Array(0), 'damaged', /end of file/],
    ['cut off', () => whole().subarray(0, -20), 'damaged', /end of file/],
    [
      'changed on the disk',
      () => {
        const bytes = whole()
        bytes[bytes.length - 6] = (bytes[bytes.length - 6] ?? 0) ^ 1
        return bytes
      },
      'damaged',
      /incorrect data check/,
    ],
    ['not ours', () => Buffer.from('not gzip'), 'damaged', /incorrect header/],
    ['of a newer version', newerFile, 'newer', /version 2; this Switchyard reads up to 1/],
    [
      'unpacked larger than a full store',
      () => gzipSync(Buffer.alloc(SNAPSHOT_BYTES_MAX + 1)),
      'damaged',
      /larger than/,
    ],
  ])('%s', async (_title, bytes, kind, reason) => {
    const left = bytes()
    await leave(left)
    const store = newStore()
    const metrics = await open(store)
    expect(store.names).toEqual([])
    expect(warnings).toEqual([expect.stringMatching(reason)])
    expect(warnings[0]).toContain(`it is now ${file}.${kind}`)
    expect(Buffer.compare(await readFile(`${file}.${kind}`), left)).toBe(0)
    note(store, 1)
    await metrics.close()
    expect((await readdir(folder)).sort()).toEqual([METRICS_FILE, `${METRICS_FILE}.${kind}`])
  })

  it('bad starts do not fill the folder', async () => {
    for (let start = 0; start < 3; start++) {
      await leave(Buffer.from(`damaged ${start}`))
      await (await open(newStore())).close()
    }
    expect(await readdir(folder)).toHaveLength(2)
    expect(await readFile(`${file}.damaged`, 'utf8')).toBe('damaged 2')
  })

  it('one that cannot be moved either stays as it is, and nothing is written over it', async () => {
    await leave(newerFile())
    // A non-empty folder cannot be replaced by a file.
    await mkdir(path.join(`${file}.newer`, 'full'), { recursive: true })
    const store = newStore()
    const metrics = await open(store)
    expect(warnings).toEqual([expect.stringMatching(/metrics are not saved/)])
    note(store, 1)
    await metrics.close()
    expect(Buffer.compare(await readFile(file), newerFile())).toBe(0)
  })
})

describe('writing', () => {
  it('a fault is warned of once, changes nothing that runs, and is over when the folder is writable', async () => {
    // A file in place of the folder.
    await writeFile(folder, '')
    const store = newStore()
    note(store, 2)
    const metrics = await open(store)
    const atStart = warnings.length
    await metrics.save()
    await metrics.save()
    expect(warnings.slice(atStart)).toEqual([expect.stringContaining('could not be written')])
    await rm(folder)
    await metrics.close()
    expect(warnings).toHaveLength(atStart + 1)
    const after = newStore()
    await (await open(after)).close()
    expect(requestsIn(after)).toEqual([2])
  })

  it('leaves no draft behind when the file cannot take its name', async () => {
    const metrics = await open(newStore())
    await mkdir(path.join(file, 'full'), { recursive: true })
    await metrics.close()
    expect(warnings).toHaveLength(1)
    expect(await readdir(folder)).toEqual([METRICS_FILE])
  })

  it('two concurrent saves run in sequence, and the later content stays', async () => {
    const store = newStore()
    const metrics = await open(store)
    note(store, 1)
    const first = metrics.save()
    note(store, 1)
    await Promise.all([first, metrics.save()])
    const kept = newStore()
    kept.restore(gunzipSync(await readFile(file)))
    expect(requestsIn(kept)).toEqual([2])
    await metrics.close()
  })
})
