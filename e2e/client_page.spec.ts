/** The example page of the client, from another port than the gateway's. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from '@playwright/test'
import sirv from 'sirv'
import { facePicture } from '../testing/pictures.ts'
import { freePort, ROOT_DIR } from '../testing/processes.ts'
import { consoleFaults, startSwitchyard, type Switchyard } from './switchyard.ts'

let switchyard: Switchyard
let server: Server
test.beforeAll(async () => {
  const port = await freePort()
  switchyard = await startSwitchyard(
    `model_backends:\n  emotion:\n    port: ${port}\n    enabled: true\n`,
  )
  await switchyard.process.waitFor(/emotion.*ready/i)
  server = createServer(sirv(ROOT_DIR, { dev: true }))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
test.afterAll(async () => {
  server.close()
  await switchyard.close()
})

test('sends the chosen picture through the gateway and shows the prediction', async ({ page }) => {
  const faults = consoleFaults(page)
  const gateway = `ws://${new URL(switchyard.address).host}/backends/emotion`
  const { port } = server.address() as AddressInfo
  await page.goto(`http://127.0.0.1:${port}/examples/client-page/?url=${gateway}`)
  await page
    .getByLabel('Picture')
    .setInputFiles({ name: 'face.jpg', mimeType: 'image/jpeg', buffer: facePicture(1) })
  await expect(page.getByRole('status')).toHaveText(/^[a-z]+ in \d+ ms$/, { timeout: 60_000 })
  expect(faults).toEqual([])
})
