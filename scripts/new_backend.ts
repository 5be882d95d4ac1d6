/** `npm run new-backend -- NAME [PORT]`: creates a backend from backends/template, registered and with a config section. */
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { editConfig } from '../config/edit.ts'
import { nextFreePort, portsIn } from '../config/free_port.ts'
import { parseConfig, readConfigText } from '../config/load.ts'
import { writeConfigFile } from '../config/write_file.ts'
import { BACKEND_PORTS, PANEL_PORT_DEFAULT, type ConfigProblem } from '../protocol/config.ts'
import { problemText } from '../protocol/config_problem.ts'
import { runEntry } from './setup/entry.mjs'
import { SetupError } from './setup/step.mjs'

const REGISTRY_ANCHOR = 'const BUILTIN: Record<BuiltinName, Builtin> = {\n'
const DESCRIPTORS_ANCHOR = 'export const BUILTIN_BACKENDS = {\n'

interface NewBackend {
  rootDir: string
  name: string
  /** Default: the first free port of the configuration. */
  port?: number
}

/** Returns the port. Rejects with SetupError, with nothing written, for an invalid name or port. */
export async function createBackend(options: NewBackend): Promise<number> {
  const { rootDir, name } = options
  const config = await withSection(options)
  const folder = path.join(rootDir, 'backends', name)
  if (existsSync(folder)) {
    throw new SetupError(`backends/${name} already exists. Choose another name.`)
  }
  const registryFile = path.join(rootDir, 'backends/registry.ts')
  const registry = readFileSync(registryFile, 'utf8')
  const descriptorsFile = path.join(rootDir, 'protocol/builtin_backends.ts')
  const descriptors = readFileSync(descriptorsFile, 'utf8')
  if (!registry.includes(REGISTRY_ANCHOR) || !descriptors.includes(DESCRIPTORS_ANCHOR)) {
    throw new SetupError(
      'backends/registry.ts or protocol/builtin_backends.ts has no list of backends to add to. Add the row by hand.',
    )
  }
  const className = classNameOf(name)
  cpSync(path.join(rootDir, 'backends/template'), folder, { recursive: true })
  for (const file of readdirSync(folder).map((entry) => path.join(folder, entry))) {
    const text = readFileSync(file, 'utf8')
      .replaceAll('TemplateBackend', className)
      .replaceAll('# template', `# ${name}`)
      .replaceAll("name: 'template'", `name: '${name}'`)
      .replace('What `npm run new-backend` copies: a backend', 'A backend')
    writeFileSync(file, text)
  }
  const row = REGISTRY_ANCHOR + rowOf(name, className)
  writeFileSync(registryFile, registry.replace(REGISTRY_ANCHOR, row))
  const descriptor = DESCRIPTORS_ANCHOR + descriptorOf(name)
  writeFileSync(descriptorsFile, descriptors.replace(DESCRIPTORS_ANCHOR, descriptor))
  const written = await writeConfigFile(config.file, config.text, config.before)
  if (!written.ok) throw refusal([written.problem])
  return config.port
}

/** Adds a disabled section to the text of models.yaml. */
async function withSection({ rootDir, name, port: wanted }: NewBackend) {
  const file = path.join(rootDir, 'config/models.yaml')
  const before = await readConfigText(file)
  const loaded = parseConfig(before, file)
  if (!loaded.ok) throw refusal(loaded.problems)
  const taken = new Set([...portsIn(loaded.config), PANEL_PORT_DEFAULT])
  const port = wanted ?? nextFreePort({ taken, near: null }) ?? BACKEND_PORTS.first
  const section = { port, enabled: false }
  const edited = editConfig(before, [{ edit: 'add', backend: name, section }], { file })
  if (!edited.ok) throw refusal(edited.problems)
  return { file, before, text: edited.text, port }
}

const refusal = (problems: readonly ConfigProblem[]) =>
  new SetupError(problems.map(problemText).join('\n'))

const keyOf = (name: string) => (name.includes('-') ? `'${name}'` : name)

const descriptorOf = (name: string) =>
  `  ${keyOf(name)}: { accepts: IMAGES, returns: [{ kind: 'json' }] },\n`

const rowOf = (name: string, className: string) => `  ${keyOf(name)}: {
    load: async () => {
      const { ${className} } = await import('./${name}/backend.ts')
      return (context) => new ${className}(context)
    },
  },
`

/** `left_hand-2` becomes `LeftHand2Backend`. */
const classNameOf = (name: string) =>
  `${name
    .split(/[_-]/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('')}Backend`

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runEntry(async () => {
    const [name = '', wanted] = process.argv.slice(2)
    const rootDir = path.join(import.meta.dirname, '..')
    const port = await createBackend({
      rootDir,
      name,
      ...(wanted === undefined ? {} : { port: Number(wanted) }),
    })
    console.log(`backends/${name} is ready, port ${port}. Try it: npm run backend -- ${name}`)
  })
}
