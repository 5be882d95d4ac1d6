/** Collects the licences of all packed npm packages, bundled or not. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** @typedef {{ dependencies?: Record<string, string>, optionalDependencies?: Record<string, string> }} Needs */

/** Bundled into the panel by vite, hence development packages. */
const PANEL_PACKAGES = [
  ...['react', 'react-dom', 'zustand', 'uplot', 'radix-ui', 'cmdk', 'lucide-react', 'clsx'],
  ...['i18next', 'idb', '@fontsource-variable/inter', '@fontsource-variable/jetbrains-mono'],
]

/**
 * All packages reachable from the dependencies and from the panel's packages.
 * @param {string} rootDir
 * @returns {{ name: string, version: string, licence: string, text: string }[]}
 */
export function licencesOf(rootDir) {
  const manifest = /** @type {Needs} */ (readJson(join(rootDir, 'package.json')))
  const open = [...Object.keys(manifest.dependencies ?? {}), ...PANEL_PACKAGES]
  const found = new Map()
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const folder = join(rootDir, 'node_modules', name)
    // Optional packages of other platforms are missing.
    if (found.has(name) || !existsSync(folder)) continue
    const { version, license, dependencies, optionalDependencies } =
      /** @type {Needs & { version: string, license?: string }} */ (
        readJson(join(folder, 'package.json'))
      )
    found.set(name, { name, version, licence: license ?? 'not stated', text: textIn(folder) })
    open.push(...Object.keys(dependencies ?? {}), ...Object.keys(optionalDependencies ?? {}))
  }
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name, 'en'))
}

/** @param {string} rootDir */
export function licencesText(rootDir) {
  return licencesOf(rootDir)
    .map(({ name, version, licence, text }) => `${name} ${version}\n${licence}\n\n${text}`)
    .join(`\n${'-'.repeat(80)}\n`)
}

/** @param {string} folder */
function textIn(folder) {
  const files = readdirSync(folder).filter((name) => /^(licen[cs]e|copying|notice)/i.test(name))
  return files.map((name) => readFileSync(join(folder, name), 'utf8').trim()).join('\n\n')
}

/** @param {string} file @returns {unknown} */
function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'))
}
