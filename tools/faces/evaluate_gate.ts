/** Counts transformed copies that pass the face gate: `node --import tsx tools/faces/evaluate_gate.ts FOLDER`. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { FacePipeline } from '../../backends/faces/pipeline.ts'
import { quietContext } from '../../backends/base/quiet_context.ts'

const GATES = [0.1, 0.2, 0.3, 0.5, 0.7]
/** Widths in pixels; 9 x 5 x 2 = 90 copies of a picture. */
const WIDTHS = [200, 260, 330, 420, 540, 700, 900, 1100, 1280]
const ANGLES_DEG = [-20, -8, 0, 8, 20]
const BACKGROUND = '#888'

async function printTable(folder: string): Promise<void> {
  const context = quietContext('faces', { providers: 'auto', threads: 2 })
  // No gate: returns every candidate with its presence.
  const pipeline = await FacePipeline.open(context, {
    min_detection_score: 0.5,
    face_gate: 0,
    max_faces: 64,
    small_faces: false,
  })
  console.log(
    `| picture | copies | candidates | ${GATES.map((gate) => `>= ${gate}`).join(' | ')} |`,
  )
  console.log(`|${' --- |'.repeat(3 + GATES.length)}`)
  for (const name of readdirSync(folder)
    .filter((file) => file.endsWith('.jpg'))
    .sort()) {
    const presences: number[] = []
    const copies = await copiesOf(join(folder, name))
    for (const copy of copies) {
      const [found] = await pipeline.find([await pipeline.prepare(copy)])
      presences.push(...(found?.faces ?? []).map(({ mesh }) => mesh.presence))
    }
    const passed = GATES.map((gate) => presences.filter((presence) => presence >= gate).length)
    console.log(`| ${[name, copies.length, presences.length, ...passed].join(' | ')} |`)
  }
  await pipeline.release()
}

async function copiesOf(path: string): Promise<Buffer[]> {
  const variants = WIDTHS.flatMap((width) =>
    ANGLES_DEG.flatMap((angle) => [false, true].map((mirrored) => ({ width, angle, mirrored }))),
  )
  return Promise.all(
    variants.map(async ({ width, angle, mirrored }) => {
      // Two steps: within one pipeline sharp mirrors and rotates before it scales.
      const scaled = await sharp(path).resize(width).png().toBuffer()
      const turned = sharp(scaled).rotate(angle, { background: BACKGROUND })
      return (mirrored ? turned.flop() : turned).png().toBuffer()
    }),
  )
}

const [folder] = process.argv.slice(2)
if (folder === undefined) {
  console.error('usage: node --import tsx tools/faces/evaluate_gate.ts FOLDER')
  process.exitCode = 2
} else {
  await printTable(folder)
}
