/** What was typed into the wizard: kept while the page is open, so that a closed wizard can be continued. */
import { create } from 'zustand'
import { freePortFor, NEW_DRAFT, type Configured, type Draft, type Field } from './draft.ts'
import type { ModelFacts } from './model_facts.ts'
import type { OnnxDraft } from './onnx_draft.ts'

interface WizardState {
  draft: Draft
  /** What the last trial reported about one field. */
  trialFault: { field: Field; message: string } | null
}

const FRESH: WizardState = { draft: NEW_DRAFT, trialFault: null }

export const useWizard = create<WizardState>()(() => FRESH)

/** What a trial reported about a field may no longer hold once something was changed. */
export function changeDraft(patch: Partial<Draft>): void {
  useWizard.setState(({ draft }) => ({ draft: { ...draft, ...patch }, trialFault: null }))
}

export function changeOnnx(patch: Partial<OnnxDraft>): void {
  useWizard.setState(({ draft }) => ({
    draft: { ...draft, onnx: { ...draft.onnx, ...patch } },
    trialFault: null,
  }))
}

/** The file is read again whenever the form is shown; that changes nothing. */
export function noteFacts(facts: ModelFacts): void {
  useWizard.setState(({ draft }) => ({ draft: { ...draft, onnx: { ...draft.onnx, facts } } }))
}

export function startOver(): void {
  useWizard.setState(FRESH)
}

/** Another backend may have taken the port since, or have it already. */
export function suggestPort(configured: readonly Pick<Configured, 'port'>[]): void {
  useWizard.setState(({ draft }) => {
    const isTaken = configured.some(({ port }) => String(port) === draft.port)
    return isTaken ? { draft: { ...draft, port: String(freePortFor(configured)) } } : {}
  })
}
