/** The buttons of the panel: with a text, with an icon alone, and a chip that is pressed or not. */
import clsx from 'clsx'
import type { LucideIcon } from 'lucide-react'
import type { ComponentProps } from 'react'

type NativeProps = ComponentProps<'button'>

interface ButtonProps extends NativeProps {
  icon?: LucideIcon
  look?: 'primary' | 'ghost' | 'danger' | undefined
  size?: 'small' | 'medium' | 'large'
}

export function Button({ icon: Icon, look, size = 'small', ...rest }: ButtonProps) {
  const { className, children, ...native } = rest
  return (
    <button
      type="button"
      {...native}
      className={clsx('btn', size !== 'medium' && `btn-${size}`, look && `btn-${look}`, className)}
    >
      {Icon && <Icon size={size === 'large' ? 16 : 13} strokeWidth={1.5} aria-hidden />}
      {children}
    </button>
  )
}

interface IconButtonProps extends NativeProps {
  icon: LucideIcon
  label: string
  isLarge?: boolean
}

export function IconButton({ icon: Icon, label, isLarge = false, ...rest }: IconButtonProps) {
  const { className, ...native } = rest
  return (
    <button
      type="button"
      {...native}
      className={clsx('icon-btn', !isLarge && 'icon-btn-small', className)}
      aria-label={label}
    >
      <Icon size={isLarge ? 16 : 13} strokeWidth={1.5} aria-hidden />
    </button>
  )
}

export function Chip({ isPressed, ...native }: NativeProps & { isPressed: boolean }) {
  return <button type="button" className="chip" {...native} aria-pressed={isPressed} />
}
