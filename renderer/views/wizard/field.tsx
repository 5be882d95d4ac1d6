import clsx from 'clsx'
import type { InputHTMLAttributes, ReactNode } from 'react'
import { t } from '../../i18n/i18n.ts'
import type { Field as FieldName } from './draft.ts'
import type { ValueSource } from './onnx_draft.ts'

export type FaultText = Partial<Record<FieldName, string>>

interface FieldProps {
  field: FieldName
  label: string
  fault: string | undefined
  from?: ValueSource
  children: ReactNode
}

export function Field({ field, label, fault, from = 'person', children }: FieldProps) {
  return (
    <div className="wizard-field">
      <label htmlFor={idOf(field)}>{label}</label>
      <div className="wizard-control row">
        {children}
        {(from === 'file' || from === 'preset') && (
          <span className="small ok no-wrap">{t(`wizard:from.${from}`)}</span>
        )}
      </div>
      {fault !== undefined && (
        <p className="small stop wizard-fault" id={faultIdOf(field)} role="alert">
          {fault}
        </p>
      )}
    </div>
  )
}

export const idOf = (field: FieldName) => `wizard-${field}`
const faultIdOf = (field: FieldName) => `wizard-${field}-fault`

export function controlOf(field: FieldName, fault: string | undefined) {
  return {
    id: idOf(field),
    ...(fault !== undefined && { 'aria-invalid': true, 'aria-describedby': faultIdOf(field) }),
  }
}

interface TextFieldProps extends Omit<FieldProps, 'children'> {
  value: string
  placeholder?: string
  isShort?: boolean
  isDisabled?: boolean
  children?: ReactNode
  onChange(value: string): void
}

export function TextField({ value, isShort, isDisabled, children, ...props }: TextFieldProps) {
  const { field, label, fault, from, placeholder, onChange } = props
  return (
    <Field field={field} label={label} fault={fault} {...(from !== undefined && { from })}>
      <TextInput
        {...controlOf(field, fault)}
        className={clsx(isShort === true && 'wizard-short')}
        value={value}
        placeholder={placeholder}
        disabled={isDisabled}
        onText={onChange}
      />
      {children}
    </Field>
  )
}

interface TextInputProps extends InputHTMLAttributes<HTMLInputElement> {
  onText(value: string): void
}

export function TextInput({ className, onText, ...props }: TextInputProps) {
  return (
    <input
      {...props}
      className={clsx('field mono', className)}
      autoComplete="off"
      spellCheck={false}
      onChange={(event) => onText(event.target.value)}
    />
  )
}

interface SelectFieldProps<T extends string> extends Omit<FieldProps, 'children'> {
  value: T | ''
  options: readonly { value: T; words: string }[]
  isFixed?: boolean
  onChange(value: T | ''): void
}

/** An empty value shows "Choose…". */
export function SelectField<T extends string>({
  value,
  options,
  isFixed = false,
  onChange,
  ...props
}: SelectFieldProps<T>) {
  const { field, label, fault, from } = props
  return (
    <Field field={field} label={label} fault={fault} {...(from !== undefined && { from })}>
      <select
        {...controlOf(field, fault)}
        className="field"
        value={value}
        disabled={isFixed}
        onChange={(event) => onChange(event.target.value as T | '')}
      >
        {value === '' && <option value="">{t('wizard:choose_value')}</option>}
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.words}
          </option>
        ))}
      </select>
    </Field>
  )
}
