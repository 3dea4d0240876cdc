import { useId } from 'react'
import { Icon } from '../../parts/icon.tsx'

/** A field for a key or a certificate: many lines, told as they are. */
export function SecretArea({
  label,
  value,
  onValue,
  hint,
  problem,
}: {
  label: string
  value: string
  onValue: (value: string) => void
  hint?: string
  problem?: string | undefined
}) {
  const id = useId()
  const told = [hint !== undefined && `${id}-hint`, problem !== undefined && `${id}-problem`].filter(Boolean).join(' ')
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <textarea
        id={id}
        className="input mono"
        rows={4}
        value={value}
        spellCheck={false}
        autoComplete="off"
        aria-invalid={problem !== undefined}
        aria-describedby={told || undefined}
        onChange={(event) => onValue(event.target.value)}
      />
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
