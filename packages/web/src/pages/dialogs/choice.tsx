import type { ReactNode } from 'react'

/** A box to tick, or one of several, with what it does. */
export function Choice({
  type = 'checkbox',
  name,
  checked,
  onChange,
  hint,
  disabled = false,
  children,
}: {
  type?: 'checkbox' | 'radio'
  name?: string
  checked: boolean
  onChange: (checked: boolean) => void
  hint?: ReactNode
  disabled?: boolean
  children: ReactNode
}) {
  return (
    <label className={disabled ? 'choice off' : 'choice'}>
      <input type={type} name={name} checked={checked} disabled={disabled} onChange={(event) => onChange(event.target.checked)} />
      <span>{children}</span>
      {hint && <span className="hint">{hint}</span>}
    </label>
  )
}
