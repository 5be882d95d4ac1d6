import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { readStamp } from './setup/fingerprint.mjs'
import { shownFingerprint, STAMP_FILE } from './screenshot_stamp.ts'

const rootDir = path.resolve(import.meta.dirname, '..')

it('the pictures of the documents show the panel as it is', () => {
  expect(
    readStamp(path.join(rootDir, STAMP_FILE)),
    'The panel looks different from its pictures. Run `npm run screenshots`, look at docs/images and commit them.',
  ).toBe(shownFingerprint(rootDir))
})

it('a comment or a type does not make the pictures stale, a style does', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'shown-'))
  const fingerprintOf = (files: Record<string, string>) => {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
      writeFileSync(path.join(folder, file), text)
    }
    return shownFingerprint(folder)
  }
  const style = 'renderer/styles/base.css'
  const part = 'renderer/components/part.tsx'
  const before = fingerprintOf({
    [style]: 'p { color: red }',
    [part]: 'export const Part = (name: string) => <p>{name}</p>\n',
  })
  expect(
    fingerprintOf({
      [part]: '// why\nexport const Part = (label: string | null) => (\n  <p>{label}</p>\n)\n',
      'renderer/components/part.test.tsx': 'expect(1).toBe(1)',
    }),
  ).toBe(before)
  expect(fingerprintOf({ [style]: 'p { color: blue }' })).not.toBe(before)
  rmSync(folder, { recursive: true })
})
