/** `npm run new-backend -- NAME [PORT]`: a working backend from backends/template, registered and with a config section. */
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseDocument } from 'yaml'
import { runEntry } from './setup/entry.mjs'
import { SetupError } from './setup/step.mjs'

/** As in protocol/config.ts. */
/** That of protocol/config.ts, which plain Node cannot load; a test compares them. */
export const NAME_PATTERN = /^[a-z][a-z0-9_-]{0,39}$/
const REGISTRY_ANCHOR = 'const BUILTIN: Record<BuiltinName, Builtin> = {\n'
const NAMES_ANCHOR = 'export const BUILTIN_NAMES = ['
/** The range that is kept for backends. */
const PORTS = { first: 8766, last: 8999 }

/**
 * Throws SetupError, with nothing written, when the name cannot be used.
 * @param {{ rootDir: string, name: string, port?: number }} options
 * @returns {{ folder: string, port: number }}
 */
export function createBackend({ rootDir, name, port }) {
  const folder = join(rootDir, 'backends', name)
  if (!NAME_PATTERN.test(name)) {
    throw new SetupError(
      `"${name}" is no name for a backend; use 1-40 lower-case letters, digits, "_" or "-", beginning with a letter.`,
    )
  }
  if (existsSync(folder))
    throw new SetupError(`backends/${name} exists already; choose another name.`)
  const registryFile = join(rootDir, 'backends/registry.ts')
  const registry = readFileSync(registryFile, 'utf8')
  const namesFile = join(rootDir, 'protocol/builtin_names.ts')
  const names = readFileSync(namesFile, 'utf8')
  if (!registry.includes(REGISTRY_ANCHOR) || !names.includes(NAMES_ANCHOR)) {
    throw new SetupError(
      'backends/registry.ts or protocol/builtin_names.ts has no list of backends to add to; add the row by hand.',
    )
  }
  const configFile = join(rootDir, 'config/models.yaml')
  const config = parseDocument(readFileSync(configFile, 'utf8'))
  if (config.errors.length > 0 || config.hasIn(['model_backends', name])) {
    throw new SetupError(
      config.errors.length > 0
        ? `config/models.yaml: ${config.errors[0]?.message}`
        : `config/models.yaml has a section "${name}" already.`,
    )
  }
  const chosen = port ?? freePort(config.toJS())
  const className = classNameOf(name)

  cpSync(join(rootDir, 'backends/template'), folder, { recursive: true })
  for (const file of readdirSync(folder)) {
    const path = join(folder, file)
    const text = readFileSync(path, 'utf8')
    writeFileSync(
      path,
      text
        .replaceAll('TemplateBackend', className)
        .replaceAll('# template', `# ${name}`)
        .replaceAll("name: 'template'", `name: '${name}'`)
        .replace('What `npm run new-backend` copies: a backend', 'A backend'),
    )
  }
  writeFileSync(
    registryFile,
    registry.replace(REGISTRY_ANCHOR, REGISTRY_ANCHOR + rowOf(name, className)),
  )
  writeFileSync(namesFile, names.replace(NAMES_ANCHOR, `${NAMES_ANCHOR}'${name}', `))
  config.setIn(['model_backends', name], config.createNode({ port: chosen, enabled: false }))
  writeFileSync(configFile, String(config))
  return { folder, port: chosen }
}

/** @param {string} name @param {string} className */
const rowOf = (name, className) => `  ${/-/.test(name) ? `'${name}'` : name}: {
    loadReader: () => Promise.resolve(readImages),
    load: async () => {
      const { ${className} } = await import('../build/${name}/backend.ts')
      return (context) => new ${className}(context)
    },
  },
`

/** @param {string} name `left_hand-2` becomes `LeftHand2Backend`. */
const classNameOf = (name) =>
  `${name
    .split(/[_-]/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('')}Backend`

/** @param {{ model_backends?: Record<string, { port?: number }> }} config */
function freePort({ model_backends: sections = {} }) {
  const taken = new Set(Object.values(sections).map(({ port }) => port))
  for (let port = PORTS.first; port <= PORTS.last; port++) if (!taken.has(port)) return port
  throw new SetupError(
    `no port of ${PORTS.first}-${PORTS.last} is free; name one: npm run new-backend -- NAME PORT`,
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runEntry(() => {
    const [name = '', port] = process.argv.slice(2)
    const rootDir = join(import.meta.dirname, '..')
    const made = createBackend({
      rootDir,
      name,
      ...(port === undefined ? {} : { port: Number(port) }),
    })
    console.log(`backends/${name} is ready, port ${made.port}. Try it: npm run backend -- ${name}`)
    return Promise.resolve()
  })
}
