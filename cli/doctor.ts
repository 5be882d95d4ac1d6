/** `doctor`: checks everything a start needs. Works without a panel. */
import { runningPanels, type RunningPanel } from '../control/running_file.ts'
import { stateLayout } from '../control/state_dir.ts'
import { isExpected } from './cli_error.ts'
import type { AddCommand, CommandContext } from './command.ts'
import { checkConfig } from './doctor_config.ts'
import { fail, ok, warn, type Finding } from './doctor_finding.ts'
import {
  checkGpus,
  checkModels,
  checkNative,
  checkNode,
  checkStateFolder,
} from './doctor_machine.ts'
import { CLI_EXIT_CODES } from './exit_codes.ts'
import { columns, json } from './table.ts'

export const addDoctor: AddCommand = (program, action) =>
  program
    .command('doctor')
    .description('Check Node, packages, models, configuration, ports, GPUs and folders.')
    .action(action((context) => doctor(context)))

async function doctor(context: CommandContext): Promise<number> {
  const looked = await Promise.all([
    checkModels(context.rootDir),
    checkNative(context.rootDir, 'onnxruntime-node'),
    checkNative(context.rootDir, 'sharp'),
    checkNative(context.rootDir, '@julusian/jpeg-turbo'),
    checkConfig(context),
    checkGpus(),
    checkStateFolder(context.stateDir),
    checkPanels(context),
  ])
  const findings = [checkNode(process.versions.node), ...looked.flat()]
  if (context.isJson) context.print(json({ findings }))
  else context.print(columns(findings.map(rowOf)))
  const isSound = findings.every(({ level }) => level !== 'fail')
  return isSound ? CLI_EXIT_CODES.ok : CLI_EXIT_CODES.failed
}

const rowOf = ({ level, check, message, remedy }: Finding) => [
  level,
  check,
  remedy === '' ? message : `${message}; ${remedy}`,
]

async function checkPanels(context: CommandContext): Promise<Finding[]> {
  const panels = await runningPanels(stateLayout(context.stateDir).running)
  const running = panels.map((panel) => ok('panel', panelText(panel)))
  try {
    const link = await context.panelIfAny()
    if (link === null) return [warn('panel', 'none runs', 'start one with `npm start`')]
    return running.length > 0 ? running : [ok('panel', link.address.http)]
  } catch (error) {
    if (!isExpected(error)) throw error
    return [...running, fail('panel', error.message, 'name one with --port or --url')]
  }
}

const panelText = ({ host, port, pid, version }: RunningPanel) =>
  `http://${host}:${port} (pid ${pid}, version ${version})`
