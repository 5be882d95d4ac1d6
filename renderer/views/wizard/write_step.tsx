import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { errorText, problemText } from '../../format/message.ts'
import { t } from '../../i18n/i18n.ts'
import { useControlCall, type CallControl } from '../../state/control_context.tsx'
import { editConfig } from '../../state/edit_config.ts'
import { noteDone, noteFailure } from '../../state/panel_store.ts'
import { selectBackend, showView } from '../../state/ui_store.ts'
import { DiffView } from '../../components/diff_view.tsx'
import { nameOf, sectionOf, type Draft } from './draft.ts'
import { changeDraft, startOver, useWizard } from './wizard_store.ts'
import { Button } from '../../components/button.tsx'

interface WriteStepProps {
  onBack(): void
  onDone(): void
}

export function WriteStep({ onBack, onDone }: WriteStepProps) {
  const draft = useWizard((state) => state.draft)
  const call = useControlCall()
  const { plan, problem } = usePlan(draft)
  const [isBusy, setIsBusy] = useState(false)
  const name = nameOf(draft)
  const faults = plan?.result.problems ?? []
  const write = async () => {
    setIsBusy(true)
    try {
      await writeSection(call, name, sectionOf(draft))
      selectBackend(name)
      showView('backends')
      startOver()
      onDone()
    } catch (error) {
      noteFailure(t('wizard:not_written', { name }), errorText(error))
      setIsBusy(false)
    }
  }
  return (
    <>
      <div className="wizard-body">
        {draft.source !== 'external' && (
          <label className="row wizard-enabled">
            <input
              type="checkbox"
              checked={draft.isEnabled}
              onChange={(event) => changeDraft({ isEnabled: event.target.checked })}
            />
            {t('wizard:enabled')}
          </label>
        )}
        {problem !== null && (
          <p className="stop" role="alert">
            {problem}
          </p>
        )}
        {faults.map((fault) => (
          <p key={`${fault.key} ${fault.message}`} className="stop" role="alert">
            {problemText(fault)}
          </p>
        ))}
        {plan !== null && faults.length === 0 && (
          <>
            <h3 className="wizard-head">{t('wizard:diff')}</h3>
            <DiffView
              before={plan.text}
              after={plan.result.text}
              section={{ first_line: 1, last_line: 1 }}
            />
          </>
        )}
      </div>
      <div className="dialog-foot">
        <span className="grow small ink-2 wizard-file">
          {plan !== null &&
            faults.length === 0 &&
            t('wizard:lines', {
              lines: plan.result.text.split('\n').length - plan.text.split('\n').length,
              file: plan.file,
            })}
        </span>
        <Button size="medium" onClick={onBack}>
          {t('wizard:back')}
        </Button>
        <Button
          size="medium"
          look="primary"
          disabled={isBusy || plan === null || faults.length > 0}
          onClick={() => void write()}
        >
          {t('wizard:write')}
        </Button>
      </div>
    </>
  )
}

function usePlan(draft: Draft) {
  const call = useControlCall()
  const edit = { edit: 'add' as const, backend: nameOf(draft), section: sectionOf(draft) }
  const { data, error } = useQuery({
    queryKey: ['plan', edit],
    queryFn: async () => {
      const { text, file } = await call('config.read', {})
      return {
        text,
        file,
        result: await call('config.edit', { text, edits: [edit], dry_run: true }),
      }
    },
  })
  return { plan: data ?? null, problem: error && errorText(error) }
}

/** Rejects with the reason. Undo removes the section. */
async function writeSection(
  call: CallControl,
  backend: string,
  section: Record<string, unknown>,
): Promise<void> {
  await call('trials.end', {})
  await editConfig(call, { edits: [{ edit: 'add', backend, section }] })
  noteDone(t('wizard:written', { name: backend }), () => {
    editConfig(call, { edits: [{ edit: 'remove', backend }] }).catch((error: unknown) =>
      noteFailure(t('wizard:not_removed', { name: backend }), errorText(error)),
    )
  })
}
