/** Editing one section: reads the file, tries out what is typed without writing, applies it and takes it back. */
import { useEffect, useState } from 'react'
import type { ControlResult } from '../../../../protocol/control.ts'
import type { ConfigEditMessage, ConfigSection } from '../../../../protocol/config_edits.ts'
import { useControlCall } from '../../../state/control_context.ts'
import { isConnected, usePanel } from '../../../state/panel_store.ts'
import { messageOf } from '../../../../protocol/errors.ts'
import { editsOf, undoOf, withText, type DraftTexts, type SectionValues } from './config_draft.ts'
import type { ConfigField } from './config_fields.ts'
import {
  dropDraft,
  forgetApplied,
  keepDraft,
  noteApplied,
  readConfig,
  useConfig,
  type AppliedEdit,
  type ConfigFile,
} from './config_store.ts'

export interface ConfigEditing {
  /** What is edited: the file that was seen when the first key was changed. null before it was read. */
  file: ConfigFile | null
  /** Why the file could not be read, or an edit not be tried or written. */
  problem: string | null
  section: ConfigSection | null
  texts: DraftTexts
  /** What applying would do, of what is typed now or a moment ago; null while nothing is changed. */
  trial: Trial | null
  /** The trial is of exactly what is typed now. */
  isTried: boolean
  /** Somebody else has changed the file meanwhile. */
  isStale: boolean
  isBusy: boolean
  applied: AppliedEdit | null
  type(field: ConfigField, text: string): void
  discard(): void
  /** Reads the file anew and keeps what was typed. */
  reload(): Promise<void>
  apply(): Promise<void>
  undo(): Promise<void>
}

export type Trial = ControlResult<'config.edit'>

/** Typing is over when nothing was typed for this long. */
const QUIET_MS = 150
const NO_TEXTS: DraftTexts = {}

export function useConfigEdit(name: string): ConfigEditing {
  const call = useControlCall()
  const isLive = usePanel(isConnected)
  const stored = useConfig()
  const [isBusy, setIsBusy] = useState(false)
  const [failure, setFailure] = useState<string | null>(null)
  const draft = stored.drafts[name]
  const file = draft?.base ?? stored.file
  const section = file?.sections.find(({ backend }) => backend === name) ?? null
  const texts = draft?.texts ?? NO_TEXTS
  const edits = editsOf(name, texts)
  const { trial, isTried, problem, note } = useTrial(file, edits)
  useFreshFile()

  /** Writes edits over `text`; answers whether that was done. */
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
      await readConfig(call)
      noteApplied(name, { ...applied, atMs: Date.now(), effects: result.effects })
      dropDraft(name)
    } catch (error) {
      setFailure(messageOf(error))
    } finally {
      setIsBusy(false)
    }
  }
  const valuesIn = ({ sections }: ConfigFile): SectionValues =>
    sections.find(({ backend }) => backend === name)?.values ?? {}

  return {
    file,
    problem: failure ?? problem ?? (file === null && isLive ? stored.problem : null),
    section,
    texts,
    trial: edits.length === 0 ? null : trial,
    isTried,
    isStale:
      draft !== undefined &&
      ((isTried && trial?.is_stale === true) ||
        (stored.file !== null && stored.file.text !== draft.base.text)),
    isBusy,
    applied: stored.applied[name] ?? null,
    type(field, text) {
      if (file === null) return
      forgetApplied(name)
      keepDraft(name, file, withText(texts, field, valuesIn(file), text))
    },
    discard() {
      dropDraft(name)
      note(null)
    },
    async reload() {
      await readConfig(call)
      const fresh = useConfig.getState().file
      if (fresh !== null) keepDraft(name, fresh, texts)
      note(null)
    },
    async apply() {
      if (file === null || edits.length === 0) return
      await write(file.text, edits, { undo: undoOf(edits, valuesIn(file)), isUndo: false })
    },
    async undo() {
      const applied = stored.applied[name]
      if (stored.file === null || !applied) return
      await write(stored.file.text, [...applied.undo], { undo: [], isUndo: true })
    },
  }
}

type Written = Pick<AppliedEdit, 'undo' | 'isUndo'>

interface TrialAnswer {
  question: string
  trial: Trial | null
  /** Why it could not be tried. */
  problem: string | null
}

/** Tries the edits, a moment after they have changed. */
function useTrial(file: ConfigFile | null, edits: ConfigEditMessage[]) {
  const call = useControlCall()
  const isLive = usePanel(isConnected)
  const [answer, setAnswer] = useState<TrialAnswer | null>(null)
  const isIdle = file === null || edits.length === 0
  const question = isIdle ? null : JSON.stringify({ text: file.text, edits, dry_run: true })
  useEffect(() => {
    if (question === null || !isLive) return
    let isOver = false
    const timer = setTimeout(() => {
      const params = JSON.parse(question) as { text: string; edits: ConfigEditMessage[] }
      call('config.edit', params).then(
        (trial) => {
          if (!isOver) setAnswer({ question, trial, problem: null })
        },
        (error: unknown) => {
          if (!isOver) setAnswer({ question, trial: null, problem: messageOf(error) })
        },
      )
    }, QUIET_MS)
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [call, question, isLive])
  return {
    trial: answer?.trial ?? null,
    isTried: answer !== null && answer.trial !== null && answer.question === question,
    problem: answer !== null && answer.question === question ? answer.problem : null,
    /** What a real edit answered is the newest word. */
    note(trial: Trial | null) {
      setAnswer(trial === null || question === null ? null : { question, trial, problem: null })
    },
  }
}

/** Reads the file when the tab is opened, and whenever the control plane has read another one. */
function useFreshFile(): void {
  const call = useControlCall()
  const isLive = usePanel(isConnected)
  const version = usePanel(({ snapshot }) => JSON.stringify(snapshot?.plane.config ?? null))
  useEffect(() => {
    if (isLive) void readConfig(call)
  }, [call, isLive, version])
}
