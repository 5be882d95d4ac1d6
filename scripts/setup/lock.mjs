/** Serializes set-ups of a checkout. The lock is a folder with its owner's pid. */
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SetupError } from './step.mjs'

const POLL_INTERVAL_MS = 250
const HEARTBEAT_INTERVAL_MS = 2_000
/** After a reboot another process may have the pid; an owner without a heartbeat for this long has exited. */
const HEARTBEAT_TIMEOUT_MS = 20_000
/** No step takes this long; an older pid was reused. */
const ORPHAN_AGE_MS_MAX = 15 * 60_000
const WAITING_NOTICE_INTERVAL_MS = 15_000

/**
 * @typedef {{
 *   lockDir: string, say: (line: string) => void, signal: AbortSignal, heartbeatTimeoutMs?: number,
 * }} LockOptions
 */

/**
 * Runs `work` while holding the lock. Waits for another owner and takes over the lock of a dead one. `work` reports
 * each process that it starts: if the owner is killed, the lock holds until that process exits.
 * @template T
 * @param {LockOptions} options
 * @param {(holdFor: (pid: number) => void) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(options, work) {
  const { lockDir } = options
  mkdirSync(dirname(lockDir), { recursive: true })
  await acquire(options)
  const release = () => {
    if (readOwner(lockDir).pid === process.pid) discard(lockDir, process.pid)
  }
  const heartbeat = setInterval(() => {
    touch(join(lockDir, 'pid'))
  }, HEARTBEAT_INTERVAL_MS)
  process.on('exit', release)
  try {
    return await work((pid) => {
      writeFileSync(join(lockDir, 'child'), String(pid))
    })
  } finally {
    clearInterval(heartbeat)
    process.off('exit', release)
    release()
  }
}

/** @param {LockOptions} options */
async function acquire({ lockDir, say, signal, heartbeatTimeoutMs = HEARTBEAT_TIMEOUT_MS }) {
  let seen = { beat: '', at: performance.now() }
  let noticeAt = performance.now()
  while (!tryCreate(lockDir)) {
    const owner = readOwner(lockDir)
    const now = performance.now()
    if (owner.beat !== seen.beat) seen = { beat: owner.beat, at: now }
    const isGone = !isAlive(owner.pid) || now - seen.at > heartbeatTimeoutMs
    if (isGone && !hasOrphan(lockDir)) {
      if (owner.pid !== NOBODY.pid) {
        say(`Taking over the lock of a set-up that has exited (process ${owner.pid}).`)
      }
      discard(lockDir, owner.pid)
      continue
    }
    if (now >= noticeAt) {
      say(`Another set-up (process ${owner.pid}) is at work in this folder; waiting for it …`)
      noticeAt = now + WAITING_NOTICE_INTERVAL_MS
    }
    await sleep(POLL_INTERVAL_MS)
    if (signal.aborted) throw new SetupError('Waiting for another set-up: interrupted.')
  }
}

/**
 * Atomic: a rename with the pid inside, which fails while another non-empty folder exists.
 * @param {string} lockDir
 */
function tryCreate(lockDir) {
  const candidate = mkdtempSync(`${lockDir}-`)
  writeFileSync(join(candidate, 'pid'), String(process.pid))
  try {
    renameSync(candidate, lockDir)
    return true
  } catch (error) {
    rmSync(candidate, { recursive: true, force: true })
    const code = /** @type {NodeJS.ErrnoException} */ (error).code ?? ''
    if (['ENOTEMPTY', 'EEXIST', 'EPERM', 'EACCES'].includes(code)) return false
    throw error
  }
}

/**
 * Moves the lock away before removing it: a waiter may replace a folder that is briefly empty. If another owner has
 * taken its place, it is moved back.
 * @param {string} lockDir
 * @param {number} ownerPid
 */
function discard(lockDir, ownerPid) {
  const grave = `${lockDir}-gone-${process.pid}-${Date.now()}`
  try {
    renameSync(lockDir, grave)
    if (readOwner(grave).pid !== ownerPid) renameSync(grave, lockDir)
  } catch {
    // Another waiter was faster.
  }
  rmSync(grave, { recursive: true, force: true })
}

const NOBODY = { pid: 0, beat: '' }

/**
 * `beat` changes with every heartbeat.
 * @param {string} lockDir
 */
function readOwner(lockDir) {
  const file = join(lockDir, 'pid')
  try {
    const pid = readPid(file)
    return { pid, beat: `${pid} ${statSync(file).mtimeMs}` }
  } catch {
    return NOBODY
  }
}

/**
 * Whether a process of a killed owner is still running.
 * @param {string} lockDir
 */
function hasOrphan(lockDir) {
  const file = join(lockDir, 'child')
  if (!isAlive(readPid(file))) return false
  const mtimeMs = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
  return Date.now() - mtimeMs < ORPHAN_AGE_MS_MAX
}

/**
 * 0 when the file is missing or holds no number.
 * @param {string} file
 */
function readPid(file) {
  try {
    return Number.parseInt(readFileSync(file, 'utf8'), 10) || 0
  } catch {
    return 0
  }
}

/** @param {string} file */
function touch(file) {
  const now = new Date()
  try {
    utimesSync(file, now, now)
  } catch {
    // The lock was taken over; the work continues, since stopping half-way would be worse.
  }
}

/** @param {number} pid */
function isAlive(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM'
  }
}
