/** All three backends in the playground: recordings and pictures go to the matching backends, and results are drawn. */
import { expect, test, type Page } from '@playwright/test'
import { drawnPicture, facePicture } from '../testing/pictures.ts'
import { drawnRecording } from '../testing/recordings.ts'
import { expectAccessible } from './accessible.ts'
import { dropFile, openView, rowOf, startAllThree, type Switchyard } from './switchyard.ts'

let switchyard: Switchyard
test.afterEach(async () => {
  await switchyard.close()
})

async function openBench(page: Page): Promise<void> {
  switchyard = await startAllThree()
  await page.goto(switchyard.address)
  for (const name of ['fatigue', 'emotion', 'eeg']) {
    await expect(rowOf(page, name)).toContainText('Ready', { timeout: 30_000 })
  }
  await openView(page, 'Playground')
}

const sectionOf = (page: Page, name: string) => page.getByRole('region', { name, exact: true })
const boxOf = (page: Page, name: string) => page.getByRole('checkbox', { name })

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme })
    test('an EEG file and a picture are each answered by the backends that take them', async ({
      page,
    }) => {
      await openBench(page)
      await dropFile(page, { name: 'sines.csv', type: 'text/csv', bytes: drawnRecording(20) })
      const eeg = sectionOf(page, 'eeg')
      await expect(eeg).toContainText(/20 s, 2 channels, 250 Hz/, { timeout: 20_000 })
      await expect(eeg).toContainText(/\d+ ?of 100, load (low|high)/)
      await expect(eeg).toContainText('published index, not a trained model')
      await expect(eeg).toContainText(/Not judged.*14 channels/)
      // Nearly all power is in alpha for one channel and in beta for the other.
      await expect(eeg.getByRole('row', { name: /^O1/ }).getByRole('cell').nth(2)).toHaveText(
        /9\d %|100 %/,
      )
      await expect(eeg.getByRole('row', { name: /^O2/ }).getByRole('cell').nth(3)).toHaveText(
        /9\d %|100 %/,
      )
      await expect(page.getByRole('img', { name: /sines\.csv: traces of 20 s/ })).toBeVisible()
      await expect(page.locator('.eeg-trace')).toHaveCount(2)
      await expect(page.getByLabel('EEG sampling rate')).toBeVisible()
      await expect(sectionOf(page, 'emotion')).toBeHidden()
      await expectAccessible(page)

      await dropFile(page, { name: 'face.jpg', type: 'image/jpeg', bytes: facePicture(1) })
      await expect(sectionOf(page, 'emotion')).toContainText(
        /happy|neutral|sad|angry|fear|disgust|surprise/i,
        { timeout: 20_000 },
      )
      await expect(page.getByLabel('EEG sampling rate')).toBeHidden()
      await page.getByText('EEG options').click()
      await expect(page.getByLabel('EEG sampling rate')).toBeVisible()
      const fatigue = sectionOf(page, 'fatigue')
      await expect(fatigue).toContainText(/\d+ ?of 100, class [01]/)
      await expect(fatigue).toContainText('heuristic, not validated')
      await expect(fatigue.getByRole('img', { name: /Fatigue score \d+ of 100/ })).toBeVisible()
      await expect(fatigue).toContainText('Eye opening (EAR)')
      await expect(eeg).toBeHidden()
      const boxes = page.getByRole('group', { name: 'Boxes of' })
      await boxes.getByRole('button', { name: 'fatigue' }).click()
      await expect(page.locator('.finding-label').first()).toContainText('of 100')
      await boxes.getByRole('button', { name: 'emotion' }).click()
      await expect(page.locator('.finding-label').first()).not.toContainText('of 100')
      await expectAccessible(page)
    })
  })
}

test('rate and choice are remembered, and missing scores have a reason', async ({ page }) => {
  await openBench(page)
  const rate = page.getByLabel('EEG sampling rate')
  await rate.fill('7')
  await expect(page.getByText(/32 to 20,000 Hz, or empty/)).toBeVisible()
  await rate.fill('125')
  await dropFile(page, { name: 'short.csv', type: 'text/csv', bytes: drawnRecording(0.5) })
  const eeg = sectionOf(page, 'eeg')
  await expect(eeg).toContainText(/lasts 1\.?0? s; a score needs at least 2 s/, { timeout: 20_000 })
  await page.getByRole('tab', { name: 'JSON' }).click()
  await expect(page.getByRole('tabpanel', { name: 'JSON' })).toContainText(
    /"eeg_signal": "….* bytes of CSV as base64…",\s+"sampling_rate": 125/,
  )
  await page.getByRole('tab', { name: 'Result' }).click()

  const bytes = await drawnPicture(400, 300)
  await dropFile(page, { name: 'drawing.jpg', type: 'image/jpeg', bytes })
  await expect(sectionOf(page, 'fatigue')).toContainText('No face', { timeout: 20_000 })
  await expect(sectionOf(page, 'fatigue')).not.toContainText('of 100')
  await expect(boxOf(page, 'eeg')).not.toBeChecked()
  await boxOf(page, 'emotion').uncheck()

  await page.reload()
  await expect(page.getByLabel('EEG sampling rate')).toHaveValue('125')
  await expect(page.getByLabel('EEG sampling rate')).toBeVisible()
  await expect(boxOf(page, 'fatigue')).toBeChecked()
  await expect(boxOf(page, 'emotion')).not.toBeChecked()
})

test('an assumed rate is the first thing of an answer, and is set right there', async ({
  page,
}) => {
  await openBench(page)
  await expect(page.getByLabel('EEG sampling rate')).toHaveAttribute('placeholder', '250, assumed')
  await dropFile(page, { name: 'rest.csv', type: 'text/csv', bytes: drawnRecording(8) })
  const eeg = sectionOf(page, 'eeg')
  const warning = eeg.getByRole('listitem').first()
  await expect(warning).toContainText(
    'The recording states no sampling rate. 250 Hz was assumed; all times and bands depend on it.',
    { timeout: 20_000 },
  )
  await expect(warning.getByRole('button', { name: 'Run again' })).toBeDisabled()
  await expectAccessible(page)
  await warning.getByLabel('Sampling rate').fill('125')
  await warning.getByRole('button', { name: 'Run again' }).click()
  await expect(eeg).toContainText('125 Hz, from the request', { timeout: 20_000 })
  await expect(eeg).not.toContainText('states no sampling rate')
  await expect(page.getByLabel('EEG sampling rate')).toHaveValue('125')
})

test('unit and names that a warning asks for are set beside it', async ({ page }) => {
  await openBench(page)
  const bytes = Buffer.from(drawnRecording(8))
    .toString()
    .replace(/^[^\n]*/, 'Fp1,foo')
  await dropFile(page, { name: 'rest.csv', type: 'text/csv', bytes: Buffer.from(bytes) })
  const eeg = sectionOf(page, 'eeg')
  const warnings = eeg.getByRole('list', { name: 'Warnings' }).getByRole('listitem')
  const unit = warnings.filter({ hasText: 'states no unit' })
  await expect(unit.getByRole('button', { name: 'Run again' })).toBeDisabled({ timeout: 20_000 })
  await unit.getByLabel('Unit').selectOption('uV')
  await unit.getByRole('button', { name: 'Run again' }).click()
  await expect(unit).toHaveCount(0, { timeout: 20_000 })
  await expect(page.getByLabel('EEG unit')).toHaveValue('uV')

  const names = warnings.filter({ hasText: 'foo is not a known electrode' })
  const field = names.getByLabel('Channel names')
  await expect(field).toHaveValue('Fp1, foo')
  await field.fill('Fp1')
  await expect(names).toContainText('1 of 2 names.')
  await field.fill('Fp1, Fp2')
  await expectAccessible(page)
  await names.getByRole('button', { name: 'Run again' }).click()
  await expect(names).toHaveCount(0, { timeout: 20_000 })
  await expect(eeg).toContainText('2 channels')
  await expect(page.getByLabel('EEG channel names')).toHaveValue('Fp1, Fp2')
})
