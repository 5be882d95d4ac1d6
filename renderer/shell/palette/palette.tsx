/** `>` filters commands, `@` backends, `#` takes a request id. */
import { Command } from 'cmdk'
import { FileSearch, Search, Waypoints } from 'lucide-react'
import { Dialog } from 'radix-ui'
import { useState } from 'react'
import { t } from '../../i18n/i18n.ts'
import { useActions } from '../../state/actions_context.ts'
import { focusLogs, showAside } from '../../state/log_store.ts'
import { backendsOf, isConnected, usePanel } from '../../state/panel_store.ts'
import { isWanted } from '../../state/pending_switches.ts'
import { RECENT_MAX } from '../../state/preferences.ts'
import { changePreferences, showDialog, showView, useUi } from '../../state/ui_store.ts'
import { useReply } from '../../hooks/use_reply.ts'
import './palette.css'
import { foundIn, grouped, questionOf } from './palette_search.ts'
import { paletteCommands, type PaletteCommand } from './palette_commands.ts'

export function Palette() {
  const isOpen = useUi((state) => state.paletteOpen)
  return (
    <Dialog.Root open={isOpen} onOpenChange={(open) => showDialog('palette', open)}>
      <Dialog.Portal>
        <Dialog.Overlay className="scrim" />
        <Dialog.Content className="dialog palette" aria-describedby={undefined}>
          <Dialog.Title className="sr-only">{t('palette:name')}</Dialog.Title>
          <PaletteBody />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function PaletteBody() {
  const [typed, setTyped] = useState('')
  const commands = useCommands()
  const recentIds = useUi((state) => state.recentCommands)
  const question = questionOf(typed)
  const found = foundIn(commands, question)
  const recent = typed === '' ? recentOf(commands, recentIds) : []
  const rest = found.filter((command) => !recent.includes(command))
  return (
    <Command shouldFilter={false} label={t('palette:name')} loop>
      <div className="palette-head row">
        <Search size={16} strokeWidth={1.75} aria-hidden />
        <Command.Input
          className="palette-input"
          value={typed}
          onValueChange={setTyped}
          placeholder={t('palette:placeholder')}
          aria-label={t('palette:name')}
        />
        <span className="small ink-3" role="status">
          {question.text !== '' &&
            found.length > 0 &&
            t('palette:matches', { count: found.length })}
        </span>
      </div>
      <Command.List className="palette-list" tabIndex={-1}>
        {recent.length > 0 && (
          <Group title={t('palette:group.recent')}>
            {recent.map((command) => (
              <Row key={command.id} command={command} text="" />
            ))}
          </Group>
        )}
        {grouped(rest).map(([group, members]) => (
          <Group key={group} title={group}>
            {members.map((command) => (
              <Row key={command.id} command={command} text={question.text} />
            ))}
          </Group>
        ))}
        <Elsewhere question={question} />
        {question.kind !== 'request' && found.length === 0 && (
          <p className="palette-none">{t('palette:nothing', { typed: question.text })}</p>
        )}
      </Command.List>
      <footer className="palette-foot">
        <kbd>↑</kbd>
        <kbd>↓</kbd> {t('palette:choose')} <kbd>Enter</kbd> {t('palette:run')} <kbd>Esc</kbd>{' '}
        {t('palette:close')}
        <span className="grow" />
        <kbd>&gt;</kbd> {t('palette:commands')} <kbd>@</kbd> {t('palette:backends')} <kbd>#</kbd>{' '}
        {t('palette:requests')}
      </footer>
    </Command>
  )
}

function Group({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <Command.Group heading={title} value={`group ${title}`}>
      {children}
    </Command.Group>
  )
}

function Row({ command, text }: { command: PaletteCommand; text: string }) {
  const { id, icon: Icon, label, consequence, keys } = command
  return (
    <Command.Item
      className="palette-row"
      value={id}
      onSelect={() => {
        close()
        remember(id)
        command.run()
      }}
    >
      <Icon size={15} strokeWidth={1.5} aria-hidden />
      <span className="palette-label">
        <Marked label={label} text={text} />
      </span>
      {consequence !== undefined && <span className="small ink-3">{consequence}</span>}
      <span className="grow" />
      {keys !== undefined && <kbd>{keys}</kbd>}
    </Command.Item>
  )
}

function Elsewhere({ question }: { question: ReturnType<typeof questionOf> }) {
  const { kind, text } = question
  if (text === '' || kind === 'backend' || kind === 'command') {
    return kind === 'request' ? <p className="palette-none">{t('palette:type_id')}</p> : null
  }
  return (
    <Group title={t('palette:group.elsewhere')}>
      {kind === 'request' && <RequestRows text={text} />}
      {kind === 'request' && (
        <Command.Item
          className="palette-row"
          value="show request"
          onSelect={() => showRequest(text)}
        >
          <FileSearch size={15} strokeWidth={1.5} aria-hidden />
          <span>{t('palette:show_request', { typed: text })}</span>
        </Command.Item>
      )}
      <Command.Item
        className="palette-row"
        value="search logs"
        onSelect={() => {
          close()
          showView('logs')
          focusLogs({ search: text })
        }}
      >
        <FileSearch size={15} strokeWidth={1.5} aria-hidden />
        <span>{t('palette:search_logs', { typed: text })}</span>
      </Command.Item>
    </Group>
  )
}

const LINES_SEARCHED = 500
const REQUESTS_SHOWN_MAX = 8

function RequestRows({ text }: { text: string }) {
  const query = { pattern: text }
  const { value } = useReply('logs.search', { query, limit: LINES_SEARCHED })
  const ids = (value?.lines ?? []).toReversed().flatMap(({ request_id: id }) => id ?? [])
  const found = [...new Set(ids)].filter((id) => id.includes(text)).slice(0, REQUESTS_SHOWN_MAX)
  return found.map((id) => (
    <Command.Item
      key={id}
      className="palette-row"
      value={`request ${id}`}
      onSelect={() => showRequest(id)}
    >
      <Waypoints size={15} strokeWidth={1.5} aria-hidden />
      <span className="palette-label mono">
        <Marked label={id} text={text} />
      </span>
    </Command.Item>
  ))
}

function showRequest(id: string): void {
  close()
  showView('logs')
  focusLogs({ search: id })
  showAside({ kind: 'request', id })
}

function Marked({ label, text }: { label: string; text: string }) {
  const at = text === '' ? -1 : label.toLowerCase().indexOf(text.toLowerCase())
  if (at === -1) return label
  const end = at + text.length
  return (
    <>
      {label.slice(0, at)}
      <b>{label.slice(at, end)}</b>
      {label.slice(end)}
    </>
  )
}

function useCommands(): PaletteCommand[] {
  const { panel } = useActions()
  const backends = usePanel(backendsOf)
  const switches = usePanel((state) => state.switches)
  const isLive = usePanel(isConnected)
  const singleKeys = useUi((state) => state.singleKeys)
  return paletteCommands(
    { backends, isLive, singleKeys, isWanted: (backend) => isWanted(backend, switches) },
    panel,
  )
}

/** Without disruptive commands: Enter in an empty field must not run one. */
function recentOf(commands: readonly PaletteCommand[], ids: readonly string[]): PaletteCommand[] {
  return ids.flatMap((id) =>
    commands.filter((command) => command.id === id && command.isDisruptive !== true),
  )
}

function close(): void {
  showDialog('palette', false)
}

function remember(id: string): void {
  const others = useUi.getState().recentCommands.filter((one) => one !== id)
  changePreferences({ recentCommands: [id, ...others].slice(0, RECENT_MAX) })
}
