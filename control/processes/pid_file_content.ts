import { createHash } from 'node:crypto'
import { readlink } from 'node:fs/promises'
import os from 'node:os'
import { z } from 'zod'

const processSchema = z.object({ pid: z.int().min(2), start_time: z.string().min(1) })

const childSchema = processSchema.extend({
  backend: z.string(),
  /** Without secrets, for display. */
  command: z.string(),
})
export type TrackedChild = z.infer<typeof childSchema>

export const pidFileSchema = z.object({
  format: z.literal(1),
  /** A pid is only meaningful on its machine and in its container. */
  machine: z.string(),
  plane: processSchema,
  mark: z.string().min(1).optional(),
  children: z.array(childSchema),
})
export type PidFileContent = z.infer<typeof pidFileSchema>

/** `plane-1234-0a1b2c3d.json`: unique even when a pid is reused. */
export function pidFileName(plane: { pid: number; startTime: string }): string {
  const hash = createHash('sha256').update(plane.startTime).digest('hex').slice(0, 8)
  return `plane-${plane.pid}-${hash}.json`
}

/** null when the file is not a pid file. */
export function pidOfFileName(name: string): number | null {
  const match = /^plane-(\d{1,10})-[0-9a-f]{8}\.json$/.exec(name)
  return match === null ? null : Number(match[1])
}

/** Host and, on Linux, pid namespace: https://man7.org/linux/man-pages/man7/pid_namespaces.7.html */
export async function currentMachine(): Promise<string> {
  const namespace = await readlink('/proc/self/ns/pid').catch(() => '')
  return `${os.hostname()} ${namespace}`.trim()
}
