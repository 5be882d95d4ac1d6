/** Draws the icons of the desktop app from the panel's logo. */
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Of freedesktop's icon theme; electron-builder derives the Windows and macOS formats from the largest. */
const APP_SIZES = [16, 32, 48, 64, 128, 256, 512, 1024]
/**
 * Sides of tray icons, also drawn at twice that for high-density screens. Not template images of macOS: those have no colours, and
 * the colour is the state.
 */
const TRAY_SIZES = { tray: 22, 'tray-mac': 16 }
/** State colors of the panel's dark theme: most trays are dark, and the dot has a rim. */
const MOODS = { off: '#8C9891', ready: '#45B577', busy: '#D39A3A', failed: '#F0665B' }

/**
 * Writes dist/icons/: app.png, app/<size>x<size>.png, tray-<mood>.png, tray-mac-<mood>.png, and both twice as large.
 * @param {string} rootDir
 */
export async function drawIcons(rootDir) {
  // Imported lazily: it may have just been installed.
  const { default: sharp } = await import('sharp')
  const mark = readFileSync(join(rootDir, 'renderer', 'public', 'favicon.svg'), 'utf8')
  const folder = join(rootDir, 'dist', 'icons')
  mkdirSync(join(folder, 'app'), { recursive: true })
  /** @param {string} svg @param {number} size @param {string} name */
  const draw = (svg, size, name) =>
    sharp(Buffer.from(svg.replace('<svg ', `<svg width="${size}" height="${size}" `)))
      .png()
      .toFile(join(folder, name))
  await Promise.all([
    draw(mark, 512, 'app.png'),
    ...APP_SIZES.map((size) => draw(mark, size, `app/${size}x${size}.png`)),
    ...Object.entries(MOODS).flatMap(([mood, colour]) => {
      const dot = `<circle cx="17" cy="5" r="4.2" fill="${colour}" stroke="#131715" stroke-width="1"/>`
      const svg = mark.replace('</svg>', `${dot}</svg>`)
      return Object.entries(TRAY_SIZES).flatMap(([name, side]) => [
        draw(svg, side, `${name}-${mood}.png`),
        draw(svg, 2 * side, `${name}-${mood}@2x.png`),
      ])
    }),
  ])
}
