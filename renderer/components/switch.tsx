import './switch.css'

interface SwitchProps {
  label: string
  isOn: boolean
  isInert?: boolean
  /** An external backend: only watched. */
  isExternal?: boolean
  tabIndex?: number
  title?: string
  onChange: (isOn: boolean) => void
}

export function Switch({ label, isOn, tabIndex, title, onChange, ...about }: SwitchProps) {
  const { isInert = false, isExternal = false } = about
  return (
    <button
      type="button"
      role="switch"
      className="switch"
      aria-checked={isOn}
      aria-disabled={isInert || undefined}
      data-external={isExternal || undefined}
      aria-label={label}
      title={title}
      tabIndex={tabIndex}
      onClick={(event) => {
        event.stopPropagation()
        if (!isInert) onChange(!isOn)
      }}
    >
      <i />
    </button>
  )
}
