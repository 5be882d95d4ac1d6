/**
 * Whether sharp works in a utility process on this system: Electron's GLib and its own may collide, which shows only when pictures
 * are decoded. Checked once per version of Electron and sharp; the verdict counts from the next start on.
 */
import path from 'node:path'
import { z } from 'zod'
import type { LaunchEvents, Launcher } from '../control/launcher/launcher.ts'
import { describeExit } from '../protocol/exit_codes.ts'
import { stored, type Stored } from './stored.ts'

/** See backends/base/deep_binding.ts. */
export const DEEP_BINDING = { SWITCHYARD_DEEP_BINDING: 'on' }

const schema = z.object({
  electron: z.string(),
  sharp: z.string(),
  passes: z.boolean(),
  reason: z.string(),
})
type Verdict = z.infer<typeof schema>

/** Fifty decodes take a second. */
const CHECK_MS_MAX = 60_000

export class PictureCheck {
  private readonly versions: Pick<Verdict, 'electron' | 'sharp'>
  private readonly file: Stored<Verdict | null>

  constructor(
    userDir: string,
    versions: Pick<Verdict, 'electron' | 'sharp'>,
    onFault: (reason: string) => void,
  ) {
    this.versions = versions
    this.file = stored(path.join(userDir, 'pictures.json'), schema.nullable(), {
      fallback: null,
      onFault,
    })
  }

  /** null: not checked with these versions. */
  get verdict(): Verdict | null {
    const { electron, sharp } = this.versions
    const found = this.file.read()
    return found?.electron === electron && found.sharp === sharp ? found : null
  }

  /** `launcher` starts backends/picture_probe.ts. Never rejects. */
  async run(launcher: Launcher, end: AbortSignal): Promise<void> {
    const { exit, output } = await runToEnd(launcher, end)
    if (end.aborted) return
    const warning = /^.*\bGLib\b.*$/m.exec(output)?.[0]
    const passes = warning === undefined && exit.code === 0
    const reason = warning ?? exit.failure?.message ?? describeExit(exit.code, exit.signal).message
    this.file.write({ ...this.versions, passes, reason })
  }
}

/** Output kept of a library that warns about every picture. */
const OUTPUT_LENGTH_MAX = 64 * 1024

type Exit = Parameters<LaunchEvents['onExit']>[0]

function runToEnd(launcher: Launcher, end: AbortSignal): Promise<{ exit: Exit; output: string }> {
  return new Promise((resolve) => {
    let output = ''
    const child = launcher.launch(
      { name: 'picture-check', args: [], env: DEEP_BINDING },
      {
        onOutput: (_stream, chunk) => {
          if (output.length < OUTPUT_LENGTH_MAX) output += chunk.toString()
        },
        onExit: (exit) => {
          clearTimeout(timer)
          end.removeEventListener('abort', kill)
          resolve({ exit, output })
        },
      },
    )
    const kill = () => {
      child.kill()
    }
    const timer = setTimeout(kill, CHECK_MS_MAX)
    end.addEventListener('abort', kill, { once: true })
  })
}
