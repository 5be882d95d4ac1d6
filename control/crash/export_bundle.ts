/** Exports a redacted crash card as a ZIP, which Windows, macOS and Linux all open by double click, unlike gzip. */
import { strToU8, zipSync } from 'fflate'
import type { CrashCard, CrashLogLine } from '../../protocol/crash.ts'
import { indentLines, printableJson, printableLines } from '../../protocol/printable.ts'
import { currentIdentity, redactValue, type Identity } from './redact.ts'

export interface CrashBundle {
  fileName: string
  bytes: Uint8Array
}

/** Deterministic for the same card and identity. */
export function exportBundle(card: CrashCard, identity: Identity = currentIdentity()): CrashBundle {
  const redacted = redactValue(card, identity) as CrashCard
  // The log is built from redacted lines, never from the card itself.
  const files = {
    'README.txt': README,
    'crash.json': JSON.stringify(redacted, null, 2),
    'log.txt': redacted.log.map(lineText).join(''),
  }
  const entries = Object.entries(files).map(([name, text]) => [name, strToU8(text)] as const)
  return {
    fileName: `crash-${redacted.id.replaceAll(/[^\w-]/g, '_')}.zip`,
    bytes: zipSync(Object.fromEntries(entries), { mtime: zipTime(card.time) }),
  }
}

function lineText({ seq, time, level, source, message, request_id, fields }: CrashLogLine): string {
  const more = fields === undefined ? '' : ` ${printableJson(JSON.stringify(fields))}`
  const request = request_id === undefined ? '' : ` [${request_id}]`
  const text = `${level} ${source}${request} ${message}${more}`
  return `${seq} ${isoTime(time)} ${indentLines(printableLines(text))}\n`
}

/** An external program sets the time of a line. */
const isoTime = (time: number) =>
  Math.abs(time) <= DATE_MS_MAX ? new Date(time).toISOString() : String(time)
/** https://tc39.es/ecma262/#sec-time-values-and-time-range */
const DATE_MS_MAX = 8.64e15

/** A ZIP stores years from 1980 to 2099; a machine without a clock battery may start in 1970. */
const zipTime = (time: number) =>
  new Date(Math.min(Math.max(time, Date.UTC(1980, 0, 2)), Date.UTC(2099, 0, 1)))

const README = `What Switchyard knows of one crash of a backend.

crash.json  the crash card: how the process ended, what it probably died of, memory, requests in flight
            (their ids, hashes and sizes, never their content), configuration, versions, log
log.txt     the same log lines as text

Removed before this file was written:
- values of \`env\`, and of the environment variables of Switchyard except common ones such as PATH and LANG
- passwords, tokens and keys that can be recognised by their name, their issuer's prefix or their form
- e-mail addresses, and base64 of more than 200 characters
- the home folder (~), the names of the user, of the computer and of mounted drives
- the folders of paths outside of the home and system folders; [path]/model.onnx keeps the file name

Read log.txt before you share it: a program can log a secret in an unexpected form. IP addresses, ports,
file names and the names of backends are kept.
`
