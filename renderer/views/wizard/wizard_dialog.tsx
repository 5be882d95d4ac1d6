/** Adds a backend: where it comes from, a trial with one real request, and the lines that are written. */
import { X } from 'lucide-react'
import { Dialog } from 'radix-ui'
import { useState } from 'react'
import { t } from '../../i18n/i18n.ts'
import { useControlCall } from '../../state/control_context.ts'
import { useUi } from '../../state/ui_store.ts'
import { NEW_DRAFT, type Draft } from './draft.ts'
import { SourceStep } from './source_step.tsx'
import { TryStep } from './try_step.tsx'
import './wizard.css'
import { WriteStep } from './write_step.tsx'

export function WizardDialog() {
  const isOpen = useUi((state) => state.wizardOpen)
  return (
    <Dialog.Root open={isOpen} onOpenChange={(open) => useUi.setState({ wizardOpen: open })}>
      <Dialog.Portal>
        <Dialog.Overlay className="scrim" />
        <Dialog.Content
          className="dialog wizard"
          aria-describedby={undefined}
          // A click beside it must not throw away what was typed.
          onPointerDownOutside={(event) => event.preventDefault()}
        >
          <Wizard />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

type Step = 'source' | 'try' | 'write'

function Wizard() {
  const call = useControlCall()
  const [step, setStep] = useState<Step>('source')
  const [draft, setDraft] = useState<Draft>(NEW_DRAFT)
  const change = (patch: Partial<Draft>) => setDraft((before) => ({ ...before, ...patch }))
  const endTrial = () => {
    // It ends by itself soon when this does not get through.
    call('trials.end', {}).catch(() => undefined)
  }
  const close = () => {
    endTrial()
    useUi.setState({ wizardOpen: false })
  }
  return (
    <>
      <div className="dialog-head">
        <Dialog.Title>{t('wizard:title')}</Dialog.Title>
        <span className="small ink-3 wizard-step">{t(`wizard:step.${step}`)}</span>
        <span className="grow" />
        <button type="button" className="icon-btn" aria-label={t('wizard:close')} onClick={close}>
          <X size={16} strokeWidth={1.5} aria-hidden />
        </button>
      </div>
      {step === 'source' && (
        <SourceStep
          draft={draft}
          onChange={change}
          onCancel={close}
          onNext={() => setStep('try')}
        />
      )}
      {step === 'try' && (
        <TryStep
          draft={draft}
          onBack={() => {
            endTrial()
            setStep('source')
          }}
          onNext={() => setStep('write')}
        />
      )}
      {step === 'write' && (
        <WriteStep draft={draft} onChange={change} onBack={() => setStep('try')} onDone={close} />
      )}
    </>
  )
}
