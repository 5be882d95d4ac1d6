import { shell } from './shell.ts'
import { warnings } from './warnings.ts'
import { words } from './words.ts'
import { charts } from './charts.ts'
import { backends } from './backends.ts'
import { overview } from './overview.ts'
import { config } from './config.ts'
import { crash } from './crash.ts'
import { model } from './model.ts'
import { test } from './test.ts'
import { load_test } from './load_test.ts'
import { logs } from './logs.ts'
import { ports } from './ports.ts'
import { system } from './system.ts'
import { events } from './events.ts'
import { settings } from './settings.ts'
import { wizard } from './wizard.ts'
import { palette } from './palette.ts'

export const zh = {
  shell,
  words,
  warnings,
  charts,
  backends,
  overview,
  config,
  crash,
  model,
  test,
  load_test,
  logs,
  ports,
  system,
  events,
  settings,
  wizard,
  palette,
}
