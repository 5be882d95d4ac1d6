/** Inputs: files, folders, the webcam; with progress. */
import { Camera, FileUp, FolderOpen, Square } from 'lucide-react'
import { useRef } from 'react'
import { t } from '../../../i18n/i18n.ts'
import { useActions } from '../../../state/actions_context.ts'
import { usePlayground, type PlaygroundState } from '../../../state/playground_store.ts'
import { runWebcam, stopFrames, useFrames } from './frame_source.ts'
import './source_buttons.css'
import { takeFiles } from './take_files.ts'
import { Button } from '../../../components/button.tsx'

export function SourceButtons() {
  const { sender } = useActions()
  const isWebcam = useFrames(({ source }) => source?.kind === 'webcam')
  return (
    <>
      <div className="drop-field">
        <b>{t('test:source.drop')}</b>
        <br />
        {t('test:source.kinds')}
      </div>
      <div className="source-buttons">
        {/* No `accept`: recordings have any extension. */}
        <Chooser label={t('words:file')}>
          <FileUp size={14} strokeWidth={1.5} aria-hidden />
        </Chooser>
        <Chooser label={t('test:source.folder')} isFolder>
          <FolderOpen size={14} strokeWidth={1.5} aria-hidden />
        </Chooser>
        <Button
          icon={Camera}
          size="medium"
          className="source-button"
          aria-pressed={isWebcam}
          onClick={() => (isWebcam ? stopFrames() : void runWebcam(sender))}
        >
          {t('test:source.webcam')}
        </Button>
      </div>
      <Progress />
      <Problem />
    </>
  )
}

function Problem() {
  const problem = usePlayground((state) => state.problem)
  if (problem === null) return null
  return (
    <p className="small warn source-problem" role="alert">
      {problem}
    </p>
  )
}

interface ChooserProps {
  label: string
  isFolder?: boolean
  children: React.ReactNode
}

function Chooser({ label, isFolder = false, children }: ChooserProps) {
  const { sender } = useActions()
  const chooser = useRef<HTMLInputElement>(null)
  return (
    <>
      <Button size="medium" className="source-button" onClick={() => chooser.current?.click()}>
        {children}
        {label}
      </Button>
      <input
        ref={chooser}
        type="file"
        multiple
        hidden
        aria-label={label}
        // Missing in React's types: https://developer.mozilla.org/en-US/docs/Web/API/HTMLInputElement/webkitdirectory
        {...(isFolder && { webkitdirectory: '' })}
        onChange={(event) => {
          const files = [...(event.target.files ?? [])]
          event.target.value = ''
          if (files.length > 0) void takeFiles(sender, files)
        }}
      />
    </>
  )
}

function Progress() {
  const { sender } = useActions()
  const source = useFrames((state) => state.source)
  const queue = usePlayground((state) => state.queue)
  if (source === null && queue === null) return null
  return (
    <div className="row source-progress" role="status">
      <span className="small num ellipsis">{source ? framesText(source) : queueText(queue)}</span>
      <span className="grow" />
      <Button icon={Square} onClick={() => (source ? stopFrames() : sender.cancel())}>
        {t('test:source.stop')}
      </Button>
    </div>
  )
}

function framesText({
  name,
  done,
  total,
}: NonNullable<ReturnType<typeof useFrames.getState>['source']>) {
  return total === null
    ? t('test:source.frames', { name, done })
    : t('test:source.frames_of', { name, done, total })
}

function queueText(queue: PlaygroundState['queue']): string {
  if (queue === null) return ''
  return t(`test:source.${queue.of}`, { done: queue.done + 1, total: queue.total })
}
