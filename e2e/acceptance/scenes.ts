/** Scenes of the acceptance list, and how to reach each state. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Page } from '@playwright/test'
import { facePicture } from '../../testing/pictures.ts'
import { drawnRecording } from '../../testing/recordings.ts'
import { colourMeansModel } from '../../testing/tiny_onnx.ts'
import { dropFile, rowOf } from '../switchyard.ts'
import type { Stage } from './fixture.ts'

export interface Scene {
  name: string
  /** Only this size, colour scheme or language; default: light and dark, at 900, 1280 and 1920 px. */
  only?: { width: number; height?: number; scheme: 'light' | 'dark' }
  language?: 'zh'
  /** Scenes with the same system share it. */
  system: 'off' | 'busy' | 'problems'
  hash?: string
  set?(page: Page, stage: Stage): Promise<void>
}

const LIGHT = { width: 1280, scheme: 'light' } as const
const WIDE = { width: 2560, scheme: 'dark' } as const
const DARK = { width: 1280, scheme: 'dark' } as const

async function tab(page: Page, name: string): Promise<void> {
  await rowOf(page, 'emotion').click()
  await page.getByRole('tab', { name }).click()
}

async function testFace(page: Page): Promise<void> {
  await dropFile(page, { name: 'face.jpg', type: 'image/jpeg', bytes: facePicture(1) })
  await page.locator('.timing-row').first().waitFor({ timeout: 20_000 })
  await page.waitForTimeout(2000)
}

async function testRecording(page: Page): Promise<void> {
  const file = { name: 'sines.csv', type: 'text/csv', bytes: drawnRecording(20) }
  await dropFile(page, file)
  await page.locator('.eeg-trace').first().waitFor({ timeout: 20_000 })
}

async function answerTab(page: Page, name: string): Promise<void> {
  await testFace(page)
  await page.getByRole('tab', { name, exact: true }).click()
  await page.waitForTimeout(500)
}

export const SCENES: readonly Scene[] = [
  { name: 'first-run', system: 'off' },
  { name: 'backends', system: 'busy', set: (page) => rowOf(page, 'emotion').click() },
  {
    name: 'backends-zh',
    system: 'busy',
    only: LIGHT,
    language: 'zh',
    set: (page) => rowOf(page, 'emotion').click(),
  },
  {
    name: 'backends-2560',
    system: 'busy',
    only: WIDE,
    set: (page) => rowOf(page, 'emotion').click(),
  },
  { name: 'test', system: 'busy', set: testFace },
  { name: 'test-eeg', system: 'busy', set: testRecording },
  { name: 'test-2560', system: 'busy', only: WIDE, set: testFace },
  {
    name: 'test-load',
    system: 'busy',
    only: DARK,
    set: async (page) => {
      await answerTab(page, 'Load')
      await page.getByLabel('sweep 1 to 8').check()
      await page.getByRole('button', { name: 'Start', exact: true }).click()
      await page.getByRole('button', { name: 'Export as CSV' }).waitFor({ timeout: 40_000 })
    },
  },
  { name: 'test-compare', system: 'busy', only: LIGHT, set: (page) => answerTab(page, 'Compare') },
  { name: 'test-code', system: 'busy', only: LIGHT, set: (page) => answerTab(page, 'Code') },
  {
    name: 'test-golden',
    system: 'busy',
    only: LIGHT,
    set: async (page) => {
      await answerTab(page, 'Golden')
      for (const name of [/^Keep the answer of emotion/, /^Keep the answer of fatigue/]) {
        await page.getByRole('button', { name }).click()
      }
      await page.getByRole('button', { name: 'Run all 2 again' }).click()
      await page.getByText('2 passed').waitFor()
    },
  },
  { name: 'test-zh', system: 'busy', only: LIGHT, language: 'zh', set: testFace },
  { name: 'logs', system: 'busy', hash: '#logs', set: (page) => page.waitForTimeout(2500) },
  { name: 'system', system: 'busy', hash: '#system' },
  { name: 'events', system: 'busy', hash: '#events' },
  { name: 'settings', system: 'busy', hash: '#settings' },
  { name: 'settings-zh', system: 'busy', hash: '#settings', only: LIGHT, language: 'zh' },
  { name: 'config', system: 'busy', set: (page) => tab(page, 'Config') },
  { name: 'model', system: 'busy', set: (page) => tab(page, 'Model') },
  {
    name: 'palette',
    system: 'busy',
    set: async (page) => {
      await page.keyboard.press('Control+k')
      await page.getByRole('combobox').fill('emo')
    },
  },
  {
    name: 'ports',
    system: 'problems',
    only: DARK,
    set: async (page) => {
      await page.getByRole('button', { name: 'Port doctor' }).first().click()
      await page
        .getByText(/^examined at/)
        .first()
        .waitFor()
    },
  },
  {
    name: 'wizard',
    system: 'busy',
    only: LIGHT,
    set: async (page) => {
      await page.getByRole('button', { name: 'Add backend' }).click()
      await page.getByLabel('Model file').fill('backends/emotion/model/fa_expression.onnx')
      await page.getByLabel('Name').fill('expression')
      await page.getByText(/^Reads as/).waitFor()
    },
  },
  {
    name: 'wizard-try',
    system: 'busy',
    only: LIGHT,
    set: async (page) => {
      await page.getByRole('button', { name: 'Add backend' }).click()
      const file = path.join(mkdtempSync(path.join(tmpdir(), 'switchyard-model-')), 'means.onnx')
      writeFileSync(file, colourMeansModel(64))
      await page.getByLabel('Model file').fill(file)
      await page.getByLabel('Name').fill('colours')
      for (const [label, value] of [
        ['Output values', 'none'],
        ['Value range', 'unit'],
        ['Colour order', 'rgb'],
        ['Fit', 'stretch'],
        ['Labels', 'none'],
      ] as const) {
        await page.getByLabel(label, { exact: true }).selectOption(value)
      }
      await page.getByRole('button', { name: 'Next: try it' }).click()
      await page.getByRole('button', { name: 'Send it' }).click({ timeout: 30_000 })
      await page.getByText(/^(Answered|It answered)/).waitFor()
    },
  },
  { name: 'problems', system: 'problems', set: (page) => rowOf(page, 'fatigue').click() },
  {
    name: 'offline',
    system: 'off',
    only: LIGHT,
    set: async (page, stage) => {
      stage.process.signal('SIGKILL')
      await page.getByText('Disconnected from Switchyard.').first().waitFor()
    },
  },
]
