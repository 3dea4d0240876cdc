import { useId, type ComponentProps, type ReactNode } from 'react'
import type { IconName } from './icon-sprite.tsx'
import { Icon } from './icon.tsx'

interface ButtonProps extends Omit<ComponentProps<'button'>, 'children'> {
  icon?: IconName
  look?: 'primary' | 'danger' | 'ghost'
  small?: boolean
  /** Key that does the same. */
  keyCap?: string
  /** Why it cannot be used now: it stays, can be focused, and says so. */
  reason?: string | undefined
  busy?: boolean
  children?: ReactNode
}

export function Button({ icon, look, small, keyCap, reason, busy, children, className = '', onClick, title, ...rest }: ButtonProps) {
  const id = useId()
  const isOff = reason !== undefined || busy === true
  return (
    <>
      <button
        type="button"
        {...rest}
        className={`button${look === 'danger' ? ' danger' : look ? ` ${look}` : ''}${small ? ' small' : ''} ${className}`}
        aria-disabled={isOff || undefined}
        aria-busy={busy || undefined}
        aria-describedby={reason === undefined ? rest['aria-describedby'] : id}
        title={reason ?? title}
        onClick={isOff ? (event) => event.preventDefault() : onClick}
      >
        {busy ? <Icon name="g-progress" className="turning" /> : icon && <Icon name={icon} />}
        {children}
        {keyCap && <kbd>{keyCap}</kbd>}
      </button>
      {reason !== undefined && (
        <span id={id} className="visually-hidden">
          {reason}
        </span>
      )}
    </>
  )
}

export function IconButton({
  icon,
  label,
  small,
  className = '',
  ...rest
}: Omit<ButtonProps, 'children'> & { icon: IconName; label: string }) {
  return (
    <Button
      {...rest}
      icon={icon}
      small={small ?? false}
      className={`square ${className}`}
      aria-label={label}
      title={rest.reason ?? label}
    />
  )
}

/** The reason in words, next to what it is about. */
export function Reason({ children }: { children: ReactNode }) {
  return (
    <p className="reason">
      <Icon name="g-held" />
      <span>{children}</span>
    </p>
  )
}
