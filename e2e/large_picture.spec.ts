/** Large pictures are scaled down before sending, and drawn as if sent whole. */
import { expect, test, type Page } from '@playwright/test'
import sharp from 'sharp'
import { facePicture } from '../testing/pictures.ts'
import { openView, rowOf, startSwitchyard, type Switchyard } from './switchyard.ts'

let switchyard: Switchyard
test.afterEach(async () => {
  await switchyard.close()
})

const LARGE = { width: 2880, height: 1920 } as const
const BYTES_MIN = 4 * 1024 ** 2
/** Screen pixels; another JPEG size moves the mesh a little. */
const TOLERANCE = 3

/** A smooth JPEG is small; cameras add grain. */
const grain = () =>
  sharp({
    create: {
      ...LARGE,
      channels: 3,
      background: 'grey',
      noise: { type: 'gaussian', mean: 128, sigma: 12 },
    },
  })
    .png()
    .toBuffer()

const choose = (page: Page, name: string, mimeType: string, buffer: Buffer) =>
  page.locator('input[type=file]').first().setInputFiles({ name, mimeType, buffer })

async function boxesOf(page: Page): Promise<number[][]> {
  const lines = await page.locator('.finding-box-line').all()
  return Promise.all(
    lines.map((line) =>
      Promise.all(
        ['x', 'y', 'width', 'height'].map(async (side) => Number(await line.getAttribute(side))),
      ),
    ),
  )
}

async function expectSamePlaces(page: Page, expected: number[][]): Promise<void> {
  const boxes = await boxesOf(page)
  expect(boxes).toHaveLength(expected.length)
  for (const [index, box] of boxes.entries()) {
    for (const [side, value] of box.entries()) {
      expect(Math.abs(value - (expected[index]?.[side] ?? NaN))).toBeLessThanOrEqual(TOLERANCE)
    }
  }
}

test('a PNG above 4 MiB is sent smaller, and its boxes stay where they belong', async ({
  page,
}) => {
  const png = await sharp(facePicture(1))
    .resize(LARGE.width, LARGE.height)
    .png({ compressionLevel: 1 })
    .toBuffer()
  expect(png.length).toBeGreaterThan(BYTES_MIN)
  // Stored rotated: only its EXIF orientation turns it upright.
  const grainy = await sharp(png)
    .composite([{ input: await grain(), blend: 'soft-light' }])
    .png({ compressionLevel: 1 })
    .toBuffer()
  const turned = await sharp(grainy)
    .rotate(-90)
    .withMetadata({ orientation: 6 })
    .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
    .toBuffer()
  expect(turned.length).toBeGreaterThan(BYTES_MIN)

  switchyard = await startSwitchyard()
  await page.goto(switchyard.address)
  await rowOf(page, 'emotion').getByRole('switch').click()
  await expect(rowOf(page, 'emotion')).toContainText('Ready', { timeout: 60_000 })
  await openView(page, 'Playground')
  const result = page.getByRole('region', { name: 'emotion', exact: true })
  const facts = page.getByRole('region', { name: 'This request', exact: true })

  await page.getByRole('checkbox', { name: 'Shrink pictures over 4 MiB' }).uncheck()
  await choose(page, 'whole.png', 'image/png', png)
  await expect(facts).toContainText('2,880 × 1,920', { timeout: 60_000 })
  await expect(result).not.toContainText('Sent as')
  const expected = await boxesOf(page)
  expect(expected.length).toBeGreaterThan(0)

  await page.getByRole('checkbox', { name: 'Shrink pictures over 4 MiB' }).check()
  await choose(page, 'smaller.png', 'image/png', png)
  await expect(page.getByText('smaller.png').first()).toBeVisible()
  await expect(result).toContainText(
    /Sent as 1,920 × 1,280 JPEG, [\d.]+ KiB instead of \d+\.\d MiB PNG\./,
    { timeout: 60_000 },
  )
  await expect(facts).toContainText('2,880 × 1,920')
  await expectSamePlaces(page, expected)

  await choose(page, 'turned.jpg', 'image/jpeg', turned)
  await expect(result).toContainText(/Sent as 1,920 × 1,280 JPEG, .* MiB JPEG\./, {
    timeout: 60_000,
  })
  await expect(facts).toContainText('2,880 × 1,920')
  await expectSamePlaces(page, expected)

  await page.getByRole('tab', { name: 'JSON' }).click()
  await expect(page.getByRole('tabpanel', { name: 'JSON' })).toContainText(
    'pixels of the picture that was sent, 1,920 × 1,280',
  )
  await page.getByRole('tab', { name: 'Load' }).click()
  await expect(page.getByRole('tabpanel', { name: 'Load' })).toContainText(
    'sends the file as it is',
  )
  // Stored runs show what was sent.
  await page.reload()
  await page.getByRole('list', { name: 'Runs, newest first' }).getByText('turned.jpg').click()
  await page.getByRole('tab', { name: 'Result' }).click()
  await expect(result).toContainText('Sent as 1,920 × 1,280 JPEG')
})
