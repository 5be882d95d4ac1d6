/** Form state of the wizard: kept while the page is open, so that a closed wizard can be continued. */
import { create } from 'zustand'
import { desktopBridge } from '../../api/shell.ts'
import { t } from '../../i18n/i18n.ts'
import { showDialog } from '../../state/ui_store.ts'
import { freePortFor, NEW_DRAFT, type Configured, type Draft, type Field } from './draft.ts'
import type { ModelFacts } from './model_facts.ts'
import type { OnnxDraft } from './onnx_draft.ts'

interface WizardState {
  draft: Draft
  trialRunFault: { field: Field; message: string } | null
  dropNote: string | null
  /** Number of dropped models; each restarts the form. */
  drops: number
}

const FRESH: WizardState = { draft: NEW_DRAFT, trialRunFault: null, dropNote: null, drops: 0 }

export const useWizard = create<WizardState>()(() => FRESH)

/** Any change invalidates the fault of the last trial run. */
export function changeDraft(patch: Partial<Draft>): void {
  useWizard.setState(({ draft }) => ({ draft: { ...draft, ...patch }, trialRunFault: null }))
}

export function changeOnnx(patch: Partial<OnnxDraft>): void {
  useWizard.setState(({ draft }) => ({
    draft: { ...draft, onnx: { ...draft.onnx, ...patch } },
    trialRunFault: null,
  }))
}

/** The form reads the file on each mount; the same facts change nothing. */
export function noteFacts(facts: ModelFacts): void {
  useWizard.setState(({ draft }) => ({ draft: { ...draft, onnx: { ...draft.onnx, facts } } }))
}

export const isModel = ({ name }: File) => /\.onnx$/i.test(name)
export const isModelWeights = ({ name }: File) => /\.onnx[._]data$/i.test(name)

/** Opens the wizard with a dropped file; of several models, the first. */
export function openWithDrop(files: readonly File[]): void {
  const dropNote = takeDrop(files)
  useWizard.setState(({ drops }) => ({ dropNote, drops: drops + 1 }))
  showDialog('wizard')
}

function takeDrop(files: readonly File[]): string | null {
  const [model, ...others] = files.filter(isModel)
  if (model === undefined) {
    return files[0] === undefined ? null : t('wizard:dropped_wrong', { name: files[0].name })
  }
  changeDraft({ source: 'onnx' })
  const path = desktopBridge()?.pathOf(model) ?? ''
  if (path === '') return t('wizard:dropped_pathless', { name: model.name })
  changeOnnx({ model: path })
  return others.length === 0 ? null : t('wizard:dropped_many', { name: model.name })
}

export function startOver(): void {
  useWizard.setState(FRESH)
}

/** Another backend may have taken the port since. */
export function suggestPort(configured: readonly Pick<Configured, 'port'>[]): void {
  useWizard.setState(({ draft }) => {
    const isTaken = configured.some(({ port }) => String(port) === draft.port)
    return isTaken ? { draft: { ...draft, port: String(freePortFor(configured)) } } : {}
  })
}
