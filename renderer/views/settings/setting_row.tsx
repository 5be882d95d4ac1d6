import { useId, type ReactNode } from 'react'

interface SettingRowProps {
  title: string
  text: string
  children: ReactNode
}

export function SettingRow({ title, text, children }: SettingRowProps) {
  return (
    <div className="setting">
      <div className="grow">
        <h3>{title}</h3>
        <p className="small ink-2">{text}</p>
      </div>
      <div className="setting-control row">{children}</div>
    </div>
  )
}

interface ChoiceProps<T extends string> {
  label: string
  value: T
  options: readonly { value: T; words: string; lang?: string }[]
  onChoose(value: T): void
}

/** Radio buttons styled as a segmented control. */
export function Choice<T extends string>({ label, value, options, onChoose }: ChoiceProps<T>) {
  const name = useId()
  return (
    <fieldset className="segment choice">
      <legend className="sr-only">{label}</legend>
      {options.map((option) => (
        <label
          key={option.value}
          lang={option.lang}
          data-chosen={option.value === value || undefined}
        >
          <input
            type="radio"
            className="sr-only"
            name={name}
            checked={option.value === value}
            onChange={() => onChoose(option.value)}
          />
          {option.words}
        </label>
      ))}
    </fieldset>
  )
}
