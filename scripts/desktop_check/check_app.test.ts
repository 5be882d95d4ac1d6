/** The checks of a desktop app, on the headless program: all but the window is the same. */
import { expect, test } from 'vitest'
import { checkApp, type Row } from './check_app.ts'

async function rowsOf(args: readonly string[]): Promise<Row[]> {
  const rows: Row[] = []
  const app = { program: process.execPath, args: () => args, env: {}, folder: null }
  await checkApp(app, (row) => rows.push(row))
  return rows
}

test('an app that holds passes every check', async () => {
  const rows = await rowsOf(['scripts/start.mjs', '--headless', '--no-open'])
  expect(rows.filter(({ passed }) => passed !== true)).toEqual([])
  expect(rows).toHaveLength(6)
}, 180_000)

test('an app that ends immediately fails the first check, with its output, and the others are not run', async () => {
  const [first, ...others] = await rowsOf([
    '-e',
    'console.error("no display"); process.exit(1)',
    '--',
  ])
  expect(first).toMatchObject({ passed: false })
  expect(first?.detail).toContain('the app ended with code 1: no display')
  expect(others.map(({ passed }) => passed)).toEqual([null, null, null, null, null])
})
