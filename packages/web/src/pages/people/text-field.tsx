import { useId } from 'react'
import { Icon } from '../../parts/icon.tsx'

/** A field of one line with its label, what belongs in it, and what is wrong with it. */
export function TextField({
  label,
  value,
  onValue,
  hint,
  problem,
  type = 'text',
  autoComplete,
  isFirst = false,
}: {
  label: string
  value: string
  onValue: (value: string) => void
  hint?: string
  problem?: string | undefined
  type?: 'text' | 'password' | 'email'
  autoComplete?: string
  isFirst?: boolean
}) {
  const id = useId()
  const told = [hint !== undefined && `${id}-hint`, problem !== undefined && `${id}-problem`].filter(Boolean).join(' ')
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <span className={problem === undefined ? 'input' : 'input invalid'}>
        <input
          id={id}
          type={type}
          value={value}
          spellCheck={false}
          autoComplete={autoComplete ?? 'off'}
          aria-invalid={problem !== undefined}
          aria-describedby={told || undefined}
          {...(isFirst && { 'data-first': '' })}
          onChange={(event) => onValue(event.target.value)}
        />
      </span>
      {problem !== undefined && (
        <span className="problem" id={`${id}-problem`}>
          <Icon name="g-failed" />
          {problem}
        </span>
      )}
      {hint !== undefined && (
        <span className="hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
    </div>
  )
}
