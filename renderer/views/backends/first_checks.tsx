/** Checks before the first start: port, model, execution provider. */
import clsx from 'clsx'
import { Check, TriangleAlert } from 'lucide-react'
import type { BackendView } from '../../../protocol/control.ts'
import { providerName } from '../../format/backend_text.ts'
import { messageText } from '../../format/message.ts'
import { fileSize } from '../../format/number.ts'
import { punctuated } from '../../format/punctuated.ts'
import { t } from '../../i18n/i18n.ts'
import { UsePort } from '../ports/use_port.tsx'
import { useHasGpu } from '../../state/has_gpu.ts'
import { useReply } from '../../hooks/use_reply.ts'

/** Without defaults. */
export type SectionValues = Readonly<Record<string, unknown>>

interface FirstChecksProps {
  backend: BackendView
  values: SectionValues | undefined
}

export function FirstChecks({ backend, values }: FirstChecksProps) {
  return (
    <>
      <td>
        {backend.runtime === 'external' ? (
          <span className="ink-3">{t('backends:check.port_external')}</span>
        ) : (
          <Port backend={backend} />
        )}
      </td>
      <td>{values !== undefined && <Model backend={backend} values={values} />}</td>
      <td className="roomy-only">
        {values !== undefined && <Provider backend={backend} values={values} />}
      </td>
    </>
  )
}

function Checked({ isGood, text, title }: { isGood: boolean; text: string; title?: string }) {
  const Icon = isGood ? Check : TriangleAlert
  return (
    <span className={clsx('line-1 first-check', !isGood && 'stop')} title={title ?? text}>
      <Icon size={13} strokeWidth={1.75} className={isGood ? 'ok' : 'stop'} aria-hidden />
      <span className="ellipsis">{text}</span>
    </span>
  )
}

function Port({ backend }: { backend: BackendView }) {
  const { name, backend: section, port } = backend
  const { value, problem } = useReply('ports.examine', { name }, { after: port })
  if (problem !== null) return <Checked isGood={false} text={punctuated(problem)} />
  if (value === null) return <span className="ink-3">{t('words:checking')}</span>
  const { verdict, sentence: words, suggestion } = value.report
  const text = t(`backends:check.port.${verdict}`, { port })
  if (verdict === 'free') return <Checked isGood text={text} />
  return (
    <>
      <Checked isGood={false} text={text} title={punctuated(words)} />
      {suggestion !== null && <UsePort section={section} port={suggestion} />}
    </>
  )
}

interface ModelProps {
  backend: BackendView
  values: SectionValues
}

function Model({ backend: { name, runtime }, values }: ModelProps) {
  const { model, command } = values
  if (runtime === 'onnx' && typeof model === 'string') return <ModelFile path={model} />
  if (runtime === 'command') {
    const line = Array.isArray(command) ? command.join(' ') : String(command)
    return (
      <span className="line-1 mono" title={line}>
        {line}
      </span>
    )
  }
  if (runtime === 'builtin') return <BuiltinModels name={name} />
  return <span className="line-1">{t('words:runs_elsewhere')}</span>
}

/** The same check as at the start finds a missing or changed file early. */
function BuiltinModels({ name }: { name: string }) {
  const { value, problem } = useReply('models.check', { name })
  if (problem !== null) return <Checked isGood={false} text={punctuated(problem)} />
  if (value === null) return <span className="ink-3">{t('words:checking')}</span>
  const { files: count, bytes, fault } = value
  if (fault === null) {
    return <Checked isGood text={t('backends:check.builtin', { count, size: fileSize(bytes) })} />
  }
  const { file, is_missing: isMissing, remedy } = fault
  const title = punctuated(messageText(fault))
  const text = t(isMissing ? 'backends:check.model_missing' : 'backends:check.model_changed', {
    file,
  })
  return (
    <>
      <Checked isGood={false} text={text} title={title} />
      <span className="line-2 stop" title={title}>
        {t(`backends:check.model_remedy.${remedy}`)}
      </span>
    </>
  )
}

/** Reads the header of the file, so that a wrong path or a damaged file is found before the start. */
function ModelFile({ path }: { path: string }) {
  const { value, problem } = useReply('models.look', { path })
  const name = path.split(/[\\/]/).at(-1) ?? path
  if (problem !== null) return <Checked isGood={false} text={punctuated(problem)} />
  if (value === null) return <span className="ink-3">{t('words:checking')}</span>
  const { weight_bytes: bytes } = value.header
  return <Checked isGood text={bytes === 0 ? name : `${name} · ${fileSize(bytes)}`} title={path} />
}

function Provider({
  backend: { runtime },
  values,
}: {
  backend: BackendView
  values: SectionValues
}) {
  const hasGpu = useHasGpu()
  const { providers } = values
  if (runtime === 'external') return <span className="ink-3">{t('words:runs_elsewhere')}</span>
  if (runtime === 'command') return <span className="ink-3">{t('backends:check.program')}</span>
  const named = [providers].flat().filter((one) => typeof one === 'string' && one !== 'auto')
  if (named.length > 0) return named.map((one) => providerName(String(one))).join(', ')
  return hasGpu ? t('backends:check.best') : providerName('cpu')
}
