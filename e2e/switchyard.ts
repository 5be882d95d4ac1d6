/** For end-to-end tests: the real program, headless, with its own config and ports. */
import type { Page } from '@playwright/test'
import {
  endStarted,
  freePort,
  startNode,
  temporaryConfig,
  type RunningProcess,
} from '../testing/processes.ts'

export interface Switchyard {
  process: RunningProcess
  address: string
  port: number
  configFile: string
  close(): Promise<void>
}

export interface StartOptions {
  /** Default: any free port. */
  panelPort?: number
  /** Default: shared by all tests. */
  stateDir?: string
}

/** Starts headless with the backend `emotion`, or with `config`. */
export async function startSwitchyard(
  config?: string,
  { panelPort = 0, stateDir }: StartOptions = {},
): Promise<Switchyard> {
  const port = await freePort()
  const { file, remove } = temporaryConfig(
    config ?? `model_backends:\n  emotion:\n    port: ${port}\n    health_interval: 1\n`,
  )
  const process = startNode(
    ['scripts/start.mjs', '--headless', '--no-open', '--port', `${panelPort}`, '--config', file],
    stateDir === undefined ? {} : { SWITCHYARD_STATE_DIR: stateDir },
  )
  const [, address = ''] = await process.waitFor(/Panel: (\S+)/)
  return {
    process,
    address,
    port,
    configFile: file,
    close: async () => {
      await endStarted()
      remove()
    },
  }
}

/** The three built-in backends on free ports. */
export async function startAllThree(): Promise<Switchyard> {
  const sections = []
  for (const name of ['fatigue', 'emotion', 'eeg']) {
    sections.push(`  ${name}:\n    port: ${await freePort()}\n    enabled: true\n`)
  }
  return startSwitchyard(`model_backends:\n${sections.join('')}`)
}

/** Errors and warnings in the browser's console from now on. */
export function consoleFaults(page: Page): string[] {
  const faults: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) faults.push(message.text())
  })
  page.on('pageerror', (error) => faults.push(error.message))
  return faults
}

export const rowOf = (page: Page, name: string) =>
  page.getByRole('row').filter({ has: page.getByText(name, { exact: true }) })

type View = 'Backends' | 'Playground' | 'Logs' | 'GPU & system' | 'Events' | 'Settings'

export async function openView(page: Page, view: View): Promise<void> {
  await page.getByRole('navigation', { name: 'Views' }).getByRole('button', { name: view }).click()
}

/** Drops a file with a DataTransfer, as a user would. */
export async function dropFile(
  page: Page,
  file: { name: string; type: string; bytes: Buffer },
): Promise<void> {
  const transfer = await page.evaluateHandle(
    ({ name, type, base64 }) => {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
      const data = new DataTransfer()
      data.items.add(new File([bytes], name, { type }))
      return data
    },
    { name: file.name, type: file.type, base64: file.bytes.toString('base64') },
  )
  for (const event of ['dragenter', 'dragover', 'drop']) {
    await page.dispatchEvent('body', event, { dataTransfer: transfer })
  }
}
