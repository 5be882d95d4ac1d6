/** The panel behind nginx, set up as in docs/reverse-proxy.md. */
import { expect, test } from '@playwright/test'
import { nginxFault, startNginx } from '../testing/nginx.ts'
import { consoleFaults, rowOf, startSwitchyard } from './switchyard.ts'

if (nginxFault !== null) console.warn(`reverse_proxy.spec.ts is skipped: ${nginxFault}`)
test.skip(nginxFault !== null, nginxFault ?? '')
test.use({ ignoreHTTPSErrors: true })

test('the panel loads, signs in and is live behind nginx', async ({ page }) => {
  const switchyard = await startSwitchyard()
  const direct = new URL(switchyard.address)
  const nginx = await startNginx(direct.port)
  const faults = consoleFaults(page)
  const opened = page.waitForEvent('websocket')
  await page.goto(`https://127.0.0.1:${nginx.ports.documented}/${direct.search}`)
  expect((await opened).url()).toBe(`wss://127.0.0.1:${nginx.ports.documented}/control`)
  await expect(rowOf(page, 'emotion')).toContainText('Disabled')
  // Events reach the page, and clicks reach Switchyard.
  await rowOf(page, 'emotion').getByRole('switch').click()
  await expect(rowOf(page, 'emotion')).toContainText('Ready', { timeout: 60_000 })
  expect(faults).toEqual([])
  await nginx.close()
  await switchyard.close()
})
