/** Exports log lines as a file that Switchyard writes: matching ones, or all kept ones. */
import { Download } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import type { ExportFormat, ExportScope, LogQuery } from '../../../protocol/logs.ts'
import { t } from '../../i18n/i18n.ts'
import { isConnected, usePanel } from '../../state/panel_store.ts'
import { isFiltered, queryOf, useLogs } from '../../state/log_store.ts'
import { saveDownload } from '../../state/save_download.ts'
import './export_menu.css'

export function ExportMenu() {
  const isLive = usePanel(isConnected)
  const filtered = useLogs(isFiltered)
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="btn btn-small" disabled={!isLive}>
        <Download size={13} strokeWidth={1.5} aria-hidden />
        {t('logs:export.button')}
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="popover menu" align="end" sideOffset={4}>
          <Choice
            title={filtered ? t('logs:export.matching') : t('logs:export.run')}
            scope="run"
            queryOfNow={() => queryOf(useLogs.getState())}
          />
          <DropdownMenu.Separator className="menu-line" />
          <Choice title={t('logs:export.all')} scope="all" queryOfNow={() => ({})} />
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}

const FORMATS: readonly ExportFormat[] = ['text', 'jsonl']

interface ChoiceProps {
  title: string
  scope: ExportScope
  queryOfNow: () => LogQuery
}

function Choice({ title, scope, queryOfNow }: ChoiceProps) {
  return (
    <DropdownMenu.Group>
      <DropdownMenu.Label className="menu-label caption ink-3">{title}</DropdownMenu.Label>
      {FORMATS.map((format) => (
        <DropdownMenu.Item
          key={format}
          className="menu-row"
          aria-label={`${title}, ${t(`logs:export.${format}`)}`}
          onSelect={() => void saveDownload(exportAddress({ query: queryOfNow(), format, scope }))}
        >
          {t(`logs:export.${format}`)}
        </DropdownMenu.Item>
      ))}
    </DropdownMenu.Group>
  )
}

export interface LogExport {
  query: LogQuery
  format: ExportFormat
  scope: ExportScope
}

export function exportAddress({ query, format, scope }: LogExport): string {
  const params = new URLSearchParams({ format, scope, query: JSON.stringify(query) })
  return `/download/logs?${params.toString()}`
}
