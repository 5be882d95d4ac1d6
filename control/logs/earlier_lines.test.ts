/** Reads the files of all runs in the real search thread. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { LogLine } from '../../protocol/log_lines.ts'
import { Logs } from './logs.ts'

const searchEntry = path.resolve(import.meta.dirname, '../../dist/control/logs/search_worker.js')
const NOW = Date.parse('2026-02-01T00:00:00Z')
const MINUTE_MS = 60_000

let dir: string
let logs: Logs
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'log-earlier-'))
  logs = new Logs({ dir, now: () => NOW, searchEntry })
})
afterEach(async () => {
  await logs.close()
  rmSync(dir, { recursive: true })
})

/** A folder of a finished run, with one line per time. */
function earlierRun(startedAt: number, times: number[]): void {
  const stamp = new Date(startedAt).toISOString().replaceAll(/[:.]/g, '-')
  const folder = path.join(dir, `run-${stamp}-1`)
  mkdirSync(folder)
  const lines = times.map((time, seq): LogLine => ({
    seq,
    time,
    level: 'info',
    source: 'emotion',
    message: `at ${time}`,
  }))
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('')
  writeFileSync(path.join(folder, 'lines-00001.jsonl'), text)
}

const around = (timeMs: number) => ({ time_from: timeMs - MINUTE_MS, time_to: timeMs + MINUTE_MS })

test('lines of an earlier run are found by their moment', async () => {
  const spike = NOW - 24 * 60 * MINUTE_MS
  earlierRun(spike - 5 * MINUTE_MS, [
    spike - 2 * MINUTE_MS,
    spike,
    spike + 1000,
    spike + 2 * MINUTE_MS,
  ])
  logs.say('info', 'a line of this run')
  const { lines, is_cut: isCut } = await logs.earlier(around(spike), 100)
  expect(lines.map(({ seq, time }) => [seq, time - spike])).toEqual([
    [0, 0],
    [1, 1000],
  ])
  expect(isCut).toBe(false)
})

test('lines of two runs are one renumbered list', async () => {
  const moment = NOW - 60 * MINUTE_MS
  earlierRun(moment - MINUTE_MS, [moment - 1000, moment - 500])
  earlierRun(moment, [moment + 500])
  const { lines } = await logs.earlier(around(moment), 100)
  expect(lines.map(({ seq, time }) => [seq, time - moment])).toEqual([
    [0, -1000],
    [1, -500],
    [2, 500],
  ])
})

test('the slowest requests of an earlier run are found in its files, and only when they are asked for', async () => {
  const spike = NOW - 24 * 60 * MINUTE_MS
  const folder = path.join(dir, `run-${new Date(spike).toISOString().replaceAll(/[:.]/g, '-')}-1`)
  mkdirSync(folder)
  const answers = [30, 812, 45].map((totalMs, seq) => ({
    ...{ seq, time: spike + seq, level: 'info', source: 'emotion', message: 'answered' },
    request_id: `request-${seq}`,
    fields: { total_ms: totalMs },
  }))
  const text = answers.map((line) => `${JSON.stringify(line)}\n`).join('')
  writeFileSync(path.join(folder, 'lines-00001.jsonl'), text)
  const query = around(spike)
  expect(await logs.slowest(query, { limit: 2, readsFiles: false })).toEqual({
    requests: [],
    total: 0,
    searched_from: NOW,
  })
  const found = await logs.slowest(query, { limit: 2, readsFiles: true })
  expect(found).toMatchObject({ total: 3, searched_from: null })
  expect(found.requests.map(({ total_ms: totalMs }) => totalMs)).toEqual([812, 45])
  const now = await logs.slowest({ time_from: NOW }, { limit: 2, readsFiles: true })
  expect(now).toEqual({ requests: [], total: 0, searched_from: null })
})

test('more lines than requested are cut, and the result shows it', async () => {
  const moment = NOW - 60 * MINUTE_MS
  earlierRun(moment, [moment, moment + 1, moment + 2])
  const { lines, is_cut: isCut } = await logs.earlier(around(moment), 2)
  expect(lines).toHaveLength(2)
  expect(isCut).toBe(true)
})

test('a moment of which no file holds a line has none', async () => {
  expect(await logs.earlier(around(NOW - 60 * MINUTE_MS), 10)).toEqual({ lines: [], is_cut: false })
})
