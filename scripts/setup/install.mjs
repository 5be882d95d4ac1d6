/** Installs the packages of package-lock.json, only if node_modules differs. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { readStamp, writeStamp } from './fingerprint.mjs'
import { runStep } from './step.mjs'

/** @param {string} rootDir */
const stampFile = (rootDir) => join(rootDir, 'node_modules/.switchyard-lock')

/** The operating system belongs to it: node_modules holds native files. @param {string} rootDir */
function wantedStamp(rootDir) {
  const lock = readFileSync(join(rootDir, 'package-lock.json'))
  return `${createHash('sha256').update(lock).digest('hex')} ${process.platform}-${process.arch}`
}

/** @param {string} rootDir @returns {boolean} */
export function arePackagesInstalled(rootDir) {
  return readStamp(stampFile(rootDir)) === wantedStamp(rootDir)
}

/** @param {import('./step.mjs').StepContext} context */
export async function installPackages(context) {
  const { rootDir } = context
  // After a developer's own `npm install`, `npm ci` would delete and repeat its work.
  if (!matchesLock(rootDir)) {
    const npm = npmCommand(process.env)
    await runStep({
      ...context,
      title: 'Installing packages (npm ci, about a minute the first time)',
      command: npm.command,
      // The build needs development packages, also with NODE_ENV=production.
      args: [...npm.args, 'ci', '--include=dev', '--no-audit', '--no-fund'],
      remedy:
        'Check the network (`npm ping`), the proxy settings and the free disk space (about 1 GB), then run the command again.',
    })
  }
  writeStamp(stampFile(rootDir), wantedStamp(rootDir))
}

/**
 * Whether npm's record of node_modules matches package-lock.json, version by version.
 * @param {string} rootDir
 */
function matchesLock(rootDir) {
  const record = join(rootDir, 'node_modules/.package-lock.json')
  if (!existsSync(record)) return false
  const wanted = packagesOf(join(rootDir, 'package-lock.json'))
  const present = packagesOf(record)
  return Object.entries(wanted).every(([path, locked]) => {
    if (path === '') return true
    const installed = present[path]
    if (installed === undefined) return locked.optional === true && !isNativeHere(locked)
    return installed.version === locked.version && installed.integrity === locked.integrity
  })
}

/**
 * Whether these native files are for this system; else the folder was installed on another one.
 * @param {LockedPackage} locked
 */
function isNativeHere({ os, cpu, libc }) {
  return (
    os?.includes(process.platform) === true &&
    cpu?.includes(process.arch) === true &&
    (libc === undefined || libc.includes('glibc'))
  )
}

/**
 * @typedef {{
 *   version?: string, integrity?: string, optional?: boolean, os?: string[], cpu?: string[], libc?: string[],
 * }} LockedPackage
 * @param {string} lockFile
 * @returns {Record<string, LockedPackage>}
 */
function packagesOf(lockFile) {
  return JSON.parse(readFileSync(lockFile, 'utf8')).packages
}

/**
 * npm as a script of this Node: Windows' npm.cmd cannot be spawned without a shell.
 * @param {NodeJS.ProcessEnv} env
 * @returns {{ command: string, args: string[] }}
 */
export function npmCommand(env) {
  const beside = dirname(process.execPath)
  const candidates = [
    env['npm_execpath'] ?? '',
    join(beside, 'node_modules/npm/bin/npm-cli.js'),
    join(beside, '../lib/node_modules/npm/bin/npm-cli.js'),
  ]
  const script = candidates.find((path) => basename(path) === 'npm-cli.js' && existsSync(path))
  return script === undefined
    ? { command: 'npm', args: [] }
    : { command: process.execPath, args: [script] }
}
