import { copyText } from '../../api/shell.ts'
import {
  Activity,
  Box,
  Copy,
  FileCog,
  Keyboard,
  Languages,
  LayoutDashboard,
  type LucideIcon,
  Palette as PaletteIcon,
  Play,
  Plus,
  RefreshCw,
  RotateCw,
  ScanFace,
  ScrollText,
  Square,
  Stethoscope,
  TriangleAlert,
} from 'lucide-react'
import type { BackendView } from '../../../protocol/control.ts'
import { backendAddress, isServing } from '../../format/backend_text.ts'
import { memory } from '../../format/number.ts'
import { LANGUAGES, t } from '../../i18n/i18n.ts'
import type { PaneTab } from '../../state/preferences.ts'
import type { PanelActions } from '../../state/session.ts'
import { VIEWS } from '../../../protocol/views.ts'
import {
  changePreferences,
  selectBackend,
  showDialog,
  showPane,
  showView,
} from '../../state/ui_store.ts'
import { showLogsOf, testBackend } from '../../hooks/row_keys.ts'
import { viewTitle } from '../view_titles.ts'

export interface PaletteCommand {
  id: string
  group: string
  backend: string | null
  label: string
  consequence?: string
  keys?: string
  icon: LucideIcon
  /** Interrupts requests, so it is never ranked first. */
  isDisruptive?: true
  run(): void
}

/** In their own language, so that its readers find it. */
export const LANGUAGE_NAMES = { en: 'English', zh: '简体中文' } as const

interface PaletteState {
  backends: readonly BackendView[]
  isLive: boolean
  singleKeys: boolean
  isWanted(backend: BackendView): boolean
}

/** Backends first, in table order; views before starts and stops. Switches are left out while disconnected. */
export function paletteCommands(state: PaletteState, panel: PanelActions): PaletteCommand[] {
  const ofBackends = state.backends.flatMap((backend) => backendCommands(backend, state, panel))
  return [...ofBackends, ...fleetCommands(state, panel), ...panelCommands(state)]
}

function backendCommands(
  backend: BackendView,
  { isLive, isWanted }: PaletteState,
  panel: PanelActions,
): PaletteCommand[] {
  const { name, runtime } = backend
  const command = (id: string, rest: Omit<PaletteCommand, 'id' | 'group' | 'backend'>) => ({
    id: `${id} ${name}`,
    group: name,
    backend: name,
    ...rest,
  })
  const isOurs = runtime !== 'external'
  const isOn = isWanted(backend)
  const tab = (paneTab: PaneTab, icon: LucideIcon, label: string, keys?: string) =>
    command(paneTab, {
      label,
      icon,
      ...(keys !== undefined && { keys }),
      run: () => {
        selectBackend(name, paneTab)
        showPane()
        showView('backends')
      },
    })
  return [
    tab('overview', Activity, t('palette:overview', { name })),
    ...(isServing(backend)
      ? [
          command('test', {
            label: t('palette:test', { name }),
            keys: 'T',
            icon: ScanFace,
            run: () => testBackend(name),
          }),
        ]
      : []),
    command('logs', {
      label: t('palette:logs', { name }),
      keys: 'L',
      icon: ScrollText,
      run: () => showLogsOf(name),
    }),
    tab('config', FileCog, t('palette:config', { name }), 'E'),
    tab('model', Box, t('palette:model', { name })),
    tab('crash', TriangleAlert, t('palette:crash', { name })),
    command('copy', {
      label: t('palette:copy', { address: backendAddress(backend) }),
      keys: 'C',
      icon: Copy,
      run: () => void copyText(backendAddress(backend)).catch(() => undefined),
    }),
    ...(isLive && isOurs && !isOn
      ? [
          command('start', {
            label: t('words:start_name', { name }),
            keys: 'Space',
            icon: Play,
            run: () => void panel.setWanted(name, true),
          }),
        ]
      : []),
    ...(isLive && isOurs && isOn
      ? [
          command('restart', {
            label: t('palette:restart', { name }),
            ...inFlight(backend),
            isDisruptive: true,
            keys: 'R',
            icon: RotateCw,
            run: () => void panel.restart(name),
          }),
          command('stop', {
            label: t('words:stop_name', { name }),
            ...whatStops(backend),
            isDisruptive: true,
            keys: 'Space',
            icon: Square,
            run: () => void panel.setWanted(name, false),
          }),
        ]
      : []),
  ]
}

function fleetCommands(
  { backends, isLive, isWanted }: PaletteState,
  panel: PanelActions,
): PaletteCommand[] {
  const ours = backends.filter(({ runtime }) => runtime !== 'external')
  const on = ours.filter(isWanted).length
  const off = ours.length - on
  if (!isLive) return []
  const group = t('palette:group.panel')
  const start: PaletteCommand = {
    id: 'start all',
    group,
    backend: null,
    label: t('palette:start_all'),
    consequence: t('palette:off', { count: off }),
    icon: Play,
    run: () => void panel.startAll(),
  }
  const stop: PaletteCommand = {
    id: 'stop all',
    group,
    backend: null,
    label: t('palette:stop_all'),
    consequence: t('palette:on', { count: on }),
    isDisruptive: true,
    icon: Square,
    run: () => void panel.stopAll(),
  }
  const reload: PaletteCommand = {
    id: 'reload config',
    group,
    backend: null,
    label: t('palette:reload_config'),
    icon: RefreshCw,
    run: () => void panel.reloadConfig(),
  }
  return [...(off > 0 ? [start] : []), ...(on > 0 ? [stop] : []), reload]
}

function panelCommands({ singleKeys }: PaletteState): PaletteCommand[] {
  const group = t('palette:group.panel')
  const command = (
    id: string,
    icon: LucideIcon,
    label: string,
    run: () => void,
    keys?: string,
  ): PaletteCommand => ({
    id,
    group,
    backend: null,
    label,
    icon,
    run,
    ...(keys !== undefined && { keys }),
  })
  return [
    ...VIEWS.map((view, index) =>
      command(
        `view ${view}`,
        LayoutDashboard,
        t('palette:view', { view: viewTitle(view) }),
        () => showView(view),
        `${index + 1}`,
      ),
    ),
    ...(['light', 'dark', 'system'] as const).map((theme) =>
      command(
        `theme ${theme}`,
        PaletteIcon,
        t('words:theme_now', { theme: t(`shell:theme.${theme}`) }),
        () => changePreferences({ theme }),
      ),
    ),
    ...LANGUAGES.map((one) =>
      command(
        `language ${one}`,
        Languages,
        t('palette:language', { language: LANGUAGE_NAMES[one] }),
        () => changePreferences({ language: one }),
      ),
    ),
    command(
      'shortcuts',
      Keyboard,
      t('words:keyboard_shortcuts'),
      () => showDialog('shortcuts'),
      '?',
    ),
    command('add backend', Plus, t('wizard:title'), () => showDialog('wizard')),
    command('ports', Stethoscope, t('ports:title'), () => showDialog('ports')),
    command(
      'single keys',
      Keyboard,
      t(singleKeys ? 'palette:single_off' : 'palette:single_on'),
      () => changePreferences({ singleKeys: !singleKeys }),
    ),
  ]
}

function inFlight({ in_flight: requests }: BackendView): { consequence?: string } {
  return requests === null || requests === 0
    ? {}
    : { consequence: t('palette:in_flight', { count: requests }) }
}

function whatStops(backend: BackendView): { consequence?: string } {
  const requests = inFlight(backend)
  if (requests.consequence !== undefined || backend.rss_bytes === null) return requests
  return { consequence: t('palette:uses', { memory: memory(backend.rss_bytes) }) }
}
