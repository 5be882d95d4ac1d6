import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { ControlParams, ControlResult } from '../../../../protocol/control.ts'
import type { ConfigEditMessage, ConfigSection } from '../../../../protocol/config_edits.ts'
import { useSettled } from '../../../hooks/use_settled.ts'
import { useControlCall } from '../../../state/control_context.tsx'
import { isConnected, usePanel } from '../../../state/panel_store.ts'
import { errorText } from '../../../format/message.ts'
import { editsOf, undoOf, withText, type DraftTexts, type SectionValues } from './config_draft.ts'
import type { ConfigField } from './config_fields.ts'
import {
  dropDraft,
  forgetApplied,
  keepDraft,
  noteApplied,
  useConfig,
  type AppliedEdit,
  type ConfigFile,
} from './config_store.ts'

export interface ConfigEditing {
  /** The file as read when the first key was changed; null before it was read. */
  file: ConfigFile | null
  problem: string | null
  section: ConfigSection | null
  texts: DraftTexts
  /** Effect of the current or previous text; null while nothing is changed. */
  dryRun: DryRun | null
  /** The dry run matches the current text. */
  isTried: boolean
  /** The file was changed elsewhere meanwhile. */
  isStale: boolean
  isBusy: boolean
  applied: AppliedEdit | null
  type(field: ConfigField, text: string): void
  discard(): void
  /** Reads the file again and keeps the edits. */
  reload(): Promise<void>
  apply(): Promise<void>
  undo(): Promise<void>
}

export type DryRun = ControlResult<'config.edit'>

const QUIET_MS = 150
/** A reopened tab shows the file immediately. */
const FILE_KEPT_MS = 5 * 60_000
const NO_TEXTS: DraftTexts = {}

export function useConfigEdit(name: string): ConfigEditing {
  const call = useControlCall()
  const isLive = usePanel(isConnected)
  const stored = useConfig()
  const read = useConfigFile()
  const [isBusy, setIsBusy] = useState(false)
  const [failure, setFailure] = useState<string | null>(null)
  const draft = stored.drafts[name]
  const file = draft?.base ?? read.data ?? null
  const section = file?.sections.find(({ backend }) => backend === name) ?? null
  const texts = draft?.texts ?? NO_TEXTS
  const edits = editsOf(name, texts)
  const { dryRun, isTried, problem, note } = useDryRun(file, edits)

  const write = async (text: string, wanted: ConfigEditMessage[], applied: Written) => {
    setIsBusy(true)
    setFailure(null)
    try {
      const result = await call('config.edit', { text, edits: wanted })
      if (result.problems.length > 0) {
        note(result)
        if (applied.isUndo) setFailure(result.problems.map(({ message }) => message).join('; '))
        return
      }
      await read.refetch()
      noteApplied(name, { ...applied, atMs: Date.now(), effects: result.effects })
      dropDraft(name)
    } catch (error) {
      setFailure(errorText(error))
    } finally {
      setIsBusy(false)
    }
  }
  const valuesIn = ({ sections }: ConfigFile): SectionValues =>
    sections.find(({ backend }) => backend === name)?.values ?? {}

  return {
    file,
    problem:
      failure ?? problem ?? (file === null && isLive && read.error ? errorText(read.error) : null),
    section,
    texts,
    dryRun: edits.length === 0 ? null : dryRun,
    isTried,
    isStale:
      draft !== undefined &&
      ((isTried && dryRun?.is_stale === true) ||
        (read.data !== undefined && read.data.text !== draft.base.text)),
    isBusy,
    applied: stored.applied[name] ?? null,
    type(field, text) {
      if (file === null) return
      forgetApplied(name)
      keepDraft(name, file, withText(texts, field, valuesIn(file), text))
    },
    discard: () => dropDraft(name),
    async reload() {
      const { data: fresh } = await read.refetch()
      if (fresh !== undefined) keepDraft(name, fresh, texts)
    },
    async apply() {
      if (file === null || edits.length === 0) return
      await write(file.text, edits, { undo: undoOf(edits, valuesIn(file)), isUndo: false })
    },
    async undo() {
      const applied = stored.applied[name]
      if (read.data === undefined || !applied) return
      await write(read.data.text, [...applied.undo], { undo: [], isUndo: true })
    },
  }
}

type Written = Pick<AppliedEdit, 'undo' | 'isUndo'>

function useDryRun(file: ConfigFile | null, edits: ConfigEditMessage[]) {
  const call = useControlCall()
  const queries = useQueryClient()
  const isIdle = file === null || edits.length === 0
  const question = isIdle ? null : JSON.stringify({ text: file.text, edits, dry_run: true })
  const settled = useSettled(question, QUIET_MS)
  const { data, error, isPlaceholderData } = useQuery({
    queryKey: ['dry run', settled],
    queryFn: () => call('config.edit', JSON.parse(settled ?? '') as ControlParams<'config.edit'>),
    enabled: settled !== null,
    placeholderData: keepPreviousData,
  })
  const isSettled = settled === question
  return {
    dryRun: data ?? null,
    isTried: isSettled && data !== undefined && error === null && !isPlaceholderData,
    problem: isSettled && error ? errorText(error) : null,
    /** The reply to a real edit replaces the dry run. */
    note: (dryRun: DryRun) => queries.setQueryData(['dry run', settled], dryRun),
  }
}

function useConfigFile() {
  const call = useControlCall()
  const version = usePanel(({ snapshot }) => snapshot?.plane.config)
  return useQuery({
    queryKey: ['config file', version],
    queryFn: () => call('config.read', {}),
    placeholderData: keepPreviousData,
    gcTime: FILE_KEPT_MS,
  })
}
