/** Configuration checks: the file, its models, and its ports. */
import { problemsBeforeStart } from '../config/before_start.ts'
import { instancesOf, type Instance } from '../config/instances.ts'
import type { ConfigProblem, ModelsConfig } from '../protocol/config.ts'
import { problemText } from '../protocol/config_problem.ts'
import { messageOf } from '../protocol/errors.ts'
import type { PortReport } from '../protocol/ports.ts'
import { startPlace } from '../control/launcher/start_place.ts'
import { examinePort } from '../control/ports/examine_port.ts'
import { createProcessReader } from '../control/processes/process_reader.ts'
import { treeOf } from '../control/processes/process_tree.ts'
import { isExpected } from './cli_error.ts'
import type { CommandContext } from './command.ts'
import { configSource, loadFrom, type ConfigSource } from './config_source.ts'
import { fail, ok, type Finding } from './doctor_finding.ts'
import type { Panel } from './panel.ts'

export async function checkConfig(context: CommandContext): Promise<Finding[]> {
  let source: ConfigSource
  try {
    source = await configSource(context)
  } catch (error) {
    if (!isExpected(error)) throw error
    return [fail('config', error.message, 'without it no port can be looked at')]
  }
  const loaded = await loadFrom(source)
  if (!loaded.ok) {
    return problemFindings(loaded.problems)
  }
  const found = problemsBeforeStart(loaded.config, source, startPlace(context.rootDir))
  return [
    ...(found.length === 0 ? [ok('config', `${source.file} is good`)] : problemFindings(found)),
    ...(await ports(loaded.config, await panelOf(context))),
  ]
}

const problemFindings = (problems: readonly ConfigProblem[]): Finding[] =>
  problems.map((problem) => fail('config', problemText({ ...problem, remedy: '' }), problem.remedy))

/** Even with --file, a panel may run with its backends on these ports. */
async function panelOf(context: CommandContext): Promise<Panel | null> {
  try {
    return await context.panelIfAny()
  } catch (error) {
    // The finding on panels reports it.
    if (isExpected(error)) return null
    throw error
  }
}

async function ports(
  { model_backends: sections }: ModelsConfig,
  panel: Panel | null,
): Promise<Finding[]> {
  const instances = Object.entries(sections)
    // External backends are expected to hold their port.
    .filter(([, { runtime }]) => runtime !== 'external')
    .flatMap(([name, section]) => instancesOf(name, section))
  const reserved = new Set(instances.map(({ config }) => config.port))
  const owners = await ownersByPid(panel)
  return Promise.all(
    instances.map(async (instance) => {
      const { host, port } = instance.config
      try {
        return portText(instance, await examinePort({ host, port, reserved }), owners)
      } catch (error) {
        const reason = messageOf(error)
        return fail(`port ${port}`, `could not be examined for ${instance.id}`, reason)
      }
    }),
  )
}

function portText(
  { id, config: { port } }: Instance,
  { verdict, holder, sentence, remedy }: PortReport,
  owners: ReadonlyMap<number, string>,
): Finding {
  const check = `port ${port}`
  if (verdict === 'free') return ok(check, `free for ${id}`)
  const pid = holder?.pid ?? null
  const owner = pid === null ? undefined : owners.get(pid)
  return owner === undefined
    ? fail(check, `wanted by ${id}. ${sentence}`, remedy)
    : ok(check, `${owner} runs there as pid ${pid}`)
}

/** Process trees of the panel's backends: a child process may hold the port. */
async function ownersByPid(panel: Panel | null): Promise<Map<number, string>> {
  const owners = new Map<number, string>()
  if (panel === null) return owners
  const { backends } = await panel.refresh()
  const table = await createProcessReader().table()
  for (const { name, pid } of backends) {
    if (pid === null) continue
    owners.set(pid, name)
    for (const row of treeOf(table, pid)) owners.set(row.pid, name)
  }
  return owners
}
