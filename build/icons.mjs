/** Draws the icons of the desktop app from the mark of the panel: nothing is kept as a picture in the repository. */
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Of freedesktop's icon theme; electron-builder makes Windows' and macOS' own formats of the largest. */
const APP_SIZES = [16, 32, 48, 64, 128, 256, 512, 1024]
/** Twice the size of a tray's place, for screens of high density. */
const TRAY_SIZE = 44
/** The state colours of the panel's dark theme: a tray is dark more often than not, and the dot has a rim. */
const MOODS = { off: '#8C9891', ready: '#45B577', busy: '#D39A3A', failed: '#F0665B' }

/**
 * Into dist/icons/: app.png, app/<size>x<size>.png, tray-<mood>.png.
 * @param {string} rootDir
 */
export async function drawIcons(rootDir) {
  // Loaded late: it may have been installed only now.
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
    ...Object.entries(MOODS).map(([mood, colour]) =>
      draw(
        mark.replace(
          '</svg>',
          `<circle cx="17" cy="5" r="4.2" fill="${colour}" stroke="#131715" stroke-width="1"/></svg>`,
        ),
        TRAY_SIZE,
        `tray-${mood}.png`,
      ),
    ),
  ])
}
