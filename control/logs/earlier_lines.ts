/** The first lines of an export, as lines again: what the panel shows of a moment that memory does not hold. */
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { logLineSchema, type LogLine } from '../../protocol/log_lines.ts'
import type { LogEarlier } from '../../protocol/logs.ts'

/** `jsonl` is ended once `limit` lines are read. Rejects as the stream fails. */
export async function earlierLines(jsonl: Readable, limit: number): Promise<LogEarlier> {
  const lines: LogLine[] = []
  try {
    for await (const text of createInterface({ input: jsonl })) {
      if (lines.length === limit) return { lines, is_cut: true }
      // Each run numbers its lines from 0, and those of several are in one list here.
      lines.push({ ...logLineSchema.parse(JSON.parse(text)), seq: lines.length })
    }
    return { lines, is_cut: false }
  } finally {
    jsonl.destroy()
  }
}
