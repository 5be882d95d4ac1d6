import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { FileWatch, stampOf } from './file_watch.ts'

it('a change that cannot be dealt with is reported, and costs neither other files nor later changes', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'switchyard-watch-'))
  const [bad, good] = [path.join(folder, 'bad'), path.join(folder, 'good')]
  for (const file of [bad, good]) writeFileSync(file, '')
  const events: string[] = []
  let notify = () => {}
  const eventsAre = async (...expected: string[]) => {
    while (!expected.every((event) => events.includes(event))) {
      await new Promise<void>((resolve) => {
        notify = resolve
      })
    }
    events.length = 0
  }
  const watch = await FileWatch.start([bad, good], {
    quietMs: 5,
    onChange: (file) => {
      if (file === bad) throw new Error('no')
      events.push('good changed')
      notify()
    },
    onFault: (file, error) => {
      events.push(`${path.basename(file)} failed: ${(error as Error).message}`)
      notify()
    },
  })
  for (const text of ['1', '12']) {
    for (const file of [bad, good]) writeFileSync(file, text)
    await eventsAre('bad failed: no', 'good changed')
  }
  watch.close()
  rmSync(folder, { recursive: true })
})

it('a change since the stamps were taken is reported', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'switchyard-watch-'))
  const [changed, missing] = [path.join(folder, 'changed'), path.join(folder, 'missing')]
  writeFileSync(changed, 'old')
  const stamps = { [changed]: await stampOf(changed), [missing]: await stampOf(missing) }
  for (const file of [changed, missing]) writeFileSync(file, 'new text')
  const seen: string[] = []
  await new Promise<void>((resolve) => {
    const note = (file: string) => {
      seen.push(file)
      if (seen.length === 2) resolve()
    }
    void FileWatch.start(
      [changed, missing],
      { quietMs: 5, onChange: note, onFault: note },
      stamps,
    ).then((watch) => void watches.push(watch))
  })
  expect(seen.toSorted()).toEqual([changed, missing])
  for (const watch of watches) watch.close()
  rmSync(folder, { recursive: true })
})
const watches: FileWatch[] = []
