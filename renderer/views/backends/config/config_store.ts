/** Unapplied edits and the last applied one. Outlives the tab, so that navigation loses nothing. */
import { create } from 'zustand'
import type { ControlResult } from '../../../../protocol/control.ts'
import type { ConfigEditMessage, EditEffect } from '../../../../protocol/config_edits.ts'
import type { DraftTexts } from './config_draft.ts'

export type ConfigFile = ControlResult<'config.read'>

export interface ConfigDraft {
  /** The file as read when the first key was changed. */
  base: ConfigFile
  texts: DraftTexts
}

export interface AppliedEdit {
  atMs: number
  effects: readonly EditEffect[]
  undo: readonly ConfigEditMessage[]
  isUndo: boolean
}

export interface ConfigState {
  drafts: Readonly<Record<string, ConfigDraft>>
  applied: Readonly<Record<string, AppliedEdit>>
}

export const EMPTY_CONFIG: ConfigState = { drafts: {}, applied: {} }

export const useConfig = create<ConfigState>()(() => EMPTY_CONFIG)

/** A draft without changes is dropped. */
export function keepDraft(section: string, base: ConfigFile, texts: DraftTexts): void {
  useConfig.setState(({ drafts }) => ({
    drafts:
      Object.keys(texts).length === 0
        ? without(drafts, section)
        : { ...drafts, [section]: { base, texts } },
  }))
}

export function dropDraft(section: string): void {
  useConfig.setState(({ drafts }) => ({ drafts: without(drafts, section) }))
}

export function noteApplied(section: string, edit: AppliedEdit): void {
  useConfig.setState(({ applied }) => ({ applied: { ...applied, [section]: edit } }))
}

export function forgetApplied(section: string): void {
  useConfig.setState(({ applied }) => ({ applied: without(applied, section) }))
}

function without<T>(all: Readonly<Record<string, T>>, key: string): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => name !== key))
}
