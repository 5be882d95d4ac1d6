/** Adds a backend: source, trial run with one real request, preview of the written lines. */
import { X } from 'lucide-react'
import { Dialog } from 'radix-ui'
import { useEffect, useState } from 'react'
import { t } from '../../i18n/i18n.ts'
import { useControlCall } from '../../state/control_context.tsx'
import { backendsOf, usePanel } from '../../state/panel_store.ts'
import { showDialog, useUi } from '../../state/ui_store.ts'
import { isTouched } from './draft.ts'
import { SourceStep } from './source_step.tsx'
import { TryStep } from './try_step.tsx'
import './wizard.css'
import { changeDraft, openWithDrop, startOver, suggestPort, useWizard } from './wizard_store.ts'
import { WriteStep } from './write_step.tsx'
import { Button, IconButton } from '../../components/button.tsx'

export function WizardDialog() {
  const isOpen = useUi((state) => state.wizardOpen)
  const drops = useWizard((state) => state.drops)
  return (
    <Dialog.Root open={isOpen}>
      <Dialog.Portal>
        <Dialog.Overlay className="scrim" />
        {isOpen && <Wizard key={drops} />}
      </Dialog.Portal>
    </Dialog.Root>
  )
}

type Step = 'source' | 'try' | 'write'

function Wizard() {
  const call = useControlCall()
  const [step, setStep] = useState<Step>('source')
  const [isAsking, setIsAsking] = useState(false)
  const dropNote = useWizard((state) => state.dropNote)
  useEffect(() => {
    suggestPort(backendsOf(usePanel.getState()))
  }, [])
  const endTrialRun = () => {
    // If this fails, the trial run expires soon.
    call('trials.end', {}).catch(() => undefined)
  }
  const close = () => {
    endTrialRun()
    useWizard.setState({ dropNote: null })
    showDialog('wizard', false)
  }
  const askToClose = () => {
    if (isTouched(useWizard.getState().draft)) setIsAsking(true)
    else close()
  }
  return (
    <Dialog.Content
      className="dialog wizard"
      aria-describedby={undefined}
      // A click outside must not discard the form.
      onPointerDownOutside={(event) => event.preventDefault()}
      onEscapeKeyDown={(event) => {
        event.preventDefault()
        if (isAsking) setIsAsking(false)
        else askToClose()
      }}
      onDragOver={(event) => {
        event.preventDefault()
        event.stopPropagation()
      }}
      onDrop={(event) => {
        event.preventDefault()
        event.stopPropagation()
        openWithDrop([...event.dataTransfer.files])
      }}
    >
      <div className="dialog-head">
        <Dialog.Title>{t('wizard:title')}</Dialog.Title>
        <span className="small ink-3 wizard-step ellipsis">{t(`wizard:step.${step}`)}</span>
        <span className="grow" />
        <IconButton icon={X} label={t('words:close')} isLarge onClick={askToClose} />
      </div>
      {isAsking && <CloseQuestion onClose={close} onStay={() => setIsAsking(false)} />}
      {dropNote !== null && (
        <p className="small warn wizard-drop-note" role="alert">
          {dropNote}
        </p>
      )}
      {step === 'source' && (
        <SourceStep
          onCancel={askToClose}
          onNext={() => {
            useWizard.setState({ dropNote: null })
            setStep('try')
          }}
        />
      )}
      {step === 'try' && (
        <TryStep
          onBack={() => {
            endTrialRun()
            setStep('source')
          }}
          onNext={(hasAnswered) => {
            // Enable it only if it answered a request.
            changeDraft({ isEnabled: hasAnswered })
            setStep('write')
          }}
        />
      )}
      {step === 'write' && <WriteStep onBack={() => setStep('try')} onDone={close} />}
    </Dialog.Content>
  )
}

function CloseQuestion({ onClose, onStay }: { onClose(): void; onStay(): void }) {
  return (
    <div className="wizard-question" role="alertdialog" aria-label={t('wizard:leave.title')}>
      <b className="grow">{t('wizard:leave.title')}</b>
      <Button look="primary" autoFocus onClick={onStay}>
        {t('wizard:leave.stay')}
      </Button>
      <Button onClick={onClose}>{t('wizard:leave.keep')}</Button>
      <Button
        onClick={() => {
          startOver()
          onClose()
        }}
      >
        {t('words:discard')}
      </Button>
    </div>
  )
}
