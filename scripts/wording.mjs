/** `node scripts/wording.mjs [PATH]..`: finds banned words in UI text, errors, logs, comments and documents. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Words that readers of Docker Desktop, VS Code or Grafana do not see there, and what to write instead.
 * @type {readonly { pattern: RegExp, write: string, only?: RegExp }[]}
 */
export const WORDS = [
  { pattern: /\bmend(s|ed|ing)?\b|\bput(s|ting)? right\b/i, write: 'fix' },
  { pattern: /\banew\b/i, write: 'again, re- (reload, rebuild)' },
  {
    pattern: /(?<!\bthere )\b(?:is|are|was|were) no (?!longer\b|such\b|more\b)(?=[a-z])/i,
    write: 'is not a … (“not a valid image”)',
  },
  { pattern: /\b(?:is|are|was|were|be|been) (?:told|said)\b/i, write: 'is reported, shows, logs' },
  { pattern: /\b(?:tells|says)\b/i, write: 'reports, shows, logs, returns' },
  {
    pattern: /\bof (?:ours|theirs|elsewhere|its own|their own|his own|your own|our own)\b/i,
    write: 'our, built-in; external; its own …',
  },
  {
    pattern: /\bwhoever\b|\bfrom elsewhere\b/i,
    write: 'clients on other machines, remote clients, the caller',
  },
  {
    pattern: /\bstay(?:s|ed)? away\b|\b(?:is|are|was|were) gone\b|\bc[ao]me to nothing\b/i,
    write: 'did not respond; exited; failed; was removed',
  },
  { pattern: /\bwas asked for\b/i, write: 'the requested …' },
  { pattern: /\bat once\b/i, write: 'immediately; at the same time' },
  { pattern: /\bfigures?\b|\bstand(?:s)? still\b/i, write: 'value, metric; stale' },
  {
    pattern: /\b(?:household|ledger|leftovers|StopWatch|cautious|semaphore)\b/i,
    write: 'process tracker, pid file, orphans, StopAudit, fallback, status icon',
  },
  {
    pattern: /\b(?:test bench|surroundings|census|rig)\b/i,
    write: 'playground; environment, process snapshot, harness',
  },
  { pattern: /\bcontrol plane\b/i, write: 'Switchyard', only: /^renderer\/i18n\/(en|zh)\// },
]

/** 1-based line, the word, and what to write. */
export function oddWords(/** @type {string} */ text, /** @type {string} */ file) {
  return text.split('\n').flatMap((line, index) =>
    WORDS.flatMap(({ pattern, write, only }) => {
      const found = only === undefined || only.test(file) ? pattern.exec(line) : null
      return found === null ? [] : [{ line: index + 1, word: found[0], write }]
    }),
  )
}

const CHECKED = /\.(tsx?|mjs|css|html|md|py|yaml)$/
/** The table itself. */
const EXEMPT = /^scripts\/wording\./

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const rootDir = dirname(dirname(fileURLToPath(import.meta.url)))
  const files = execFileSync('git', ['ls-files', '--', ...process.argv.slice(2)], {
    cwd: rootDir,
    encoding: 'utf8',
  })
    .split('\n')
    .filter((file) => CHECKED.test(file) && !EXEMPT.test(file))
  const lines = files.flatMap((file) =>
    oddWords(readFileSync(join(rootDir, file), 'utf8'), file).map(
      ({ line, word, write }) => `${file}:${line}: "${word}" → ${write}`,
    ),
  )
  console.log(
    lines.length === 0 ? `${files.length} files use the words of the field.` : lines.join('\n'),
  )
  if (lines.length > 0) process.exitCode = 1
}
