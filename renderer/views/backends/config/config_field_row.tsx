import { RotateCcw, TriangleAlert } from 'lucide-react'
import { useId, type ReactNode } from 'react'
import type { ConfigProblem } from '../../../../protocol/config.ts'
import type { ConfigField } from './config_fields.ts'
import { TextWithCode } from '../../../components/text_with_code.tsx'
import { fieldText } from '../../../format/message.ts'
import { t } from '../../../i18n/i18n.ts'
import { IconButton } from '../../../components/button.tsx'

interface ConfigFieldRowProps {
  field: ConfigField
  text: string
  isChanged: boolean
  isInert: boolean
  problems: readonly ConfigProblem[]
  note?: ReactNode
  onType: (text: string) => void
  onRevert: () => void
}

export function ConfigFieldRow(props: ConfigFieldRowProps) {
  const { field, text, isChanged, problems, onRevert } = props
  const id = useId()
  const isInvalid = problems.length > 0
  return (
    <div className="config-field" data-changed={isChanged || undefined}>
      <label htmlFor={id} className="mono">
        {field.key}
        {isChanged && <span className="sr-only"> {t('config:changed')}</span>}
      </label>
      <Control {...props} id={id} describedBy={`${id}-help`} isInvalid={isInvalid} />
      <span className="config-unit">
        {isChanged ? (
          <IconButton
            icon={RotateCcw}
            label={t('config:put_back_key', { key: field.key })}
            title={t(text === '' ? 'config:put_back' : 'config:put_back_file')}
            onClick={onRevert}
          />
        ) : (
          field.unit && t(`config:unit.${field.unit}`)
        )}
      </span>
      <div id={`${id}-help`} className="config-help">
        {isInvalid ? (
          problems.map((problem) => (
            <p key={problem.message}>
              <span className="config-problem">
                <TriangleAlert size={12} strokeWidth={1.75} aria-hidden />
                {problem.taken_back === undefined
                  ? fieldText(problem, 'message')
                  : notActive(problem)}
              </span>{' '}
              {problem.taken_back === undefined && (
                <TextWithCode text={fieldText(problem, 'remedy')} />
              )}
            </p>
          ))
        ) : (
          <p>
            <TextWithCode text={meaningOf(field)} />
          </p>
        )}
        {props.note}
      </div>
    </div>
  )
}

/** Text in backticks is code. */
function meaningOf({ key, runtimes }: ConfigField): string {
  const meaning = t(`config_keys:${key}`)
  if (runtimes === undefined) return meaning
  const names = runtimes.map((one) => `\`runtime: ${one}\``).join(t('words:list_separator'))
  return t('config:only_for', { meaning, names })
}

/** The banner explains it and has the buttons. */
function notActive({ ports }: ConfigProblem): string {
  return ports === undefined
    ? t('config:not_active')
    : t('config:not_active_port', { port: ports.kept })
}

interface ControlProps extends ConfigFieldRowProps {
  id: string
  describedBy: string
  isInvalid: boolean
}

function Control({ field, text, isInert, onType, id, describedBy, isInvalid }: ControlProps) {
  const shared = {
    id,
    className: 'field config-input',
    value: text,
    disabled: isInert,
    'aria-invalid': isInvalid || undefined,
    'aria-describedby': describedBy,
    onChange: (event: { target: { value: string } }) => onType(event.target.value),
  }
  const placeholder = field.fallback === '' ? t('config:not_set') : field.fallback
  switch (field.kind) {
    case 'choice':
      return (
        <select {...shared}>
          <option value="">
            {field.fallback === ''
              ? t('config:not_set')
              : t('config:default', { value: placeholder })}
          </option>
          {field.choices.map((choice) => (
            <option key={choice}>{choice}</option>
          ))}
          {/* The value of the file stays selectable even if the schema does not know it. */}
          {text !== '' && !field.choices.includes(text) && <option>{text}</option>}
        </select>
      )
    case 'json':
      return (
        <textarea {...shared} rows={rowsOf(text)} placeholder={placeholder} spellCheck={false} />
      )
    case 'number':
      return <input {...shared} inputMode="decimal" placeholder={placeholder} autoComplete="off" />
    case 'text':
    case 'list':
      return <input {...shared} placeholder={placeholder} autoComplete="off" spellCheck={false} />
  }
}

const ROWS_MAX = 6
const ROW_LETTERS = 20

function rowsOf(text: string): number {
  return Math.min(ROWS_MAX, Math.max(1, Math.ceil(text.length / ROW_LETTERS)))
}
