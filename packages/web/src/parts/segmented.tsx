import { useRef } from 'react'
import type { IconName } from './icon-sprite.tsx'
import { Icon } from './icon.tsx'

interface Choice<T extends string> {
  value: T
  label: string
  icon?: IconName
}

/** One of a few, all in sight. Arrows move, as in any group of radio buttons. */
export function Segmented<T extends string>({
  label,
  value,
  choices,
  onChange,
  small = false,
}: {
  label: string
  value: T
  choices: readonly Choice<T>[]
  onChange: (value: T) => void
  small?: boolean
}) {
  const ref = useRef<HTMLSpanElement>(null)
  return (
    <span
      ref={ref}
      className={`segmented${small ? ' small' : ''}`}
      role="radiogroup"
      aria-label={label}
      onKeyDown={(event) => {
        const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key]
        if (step === undefined) return
        event.preventDefault()
        const at = choices.findIndex((one) => one.value === value)
        const next = choices[(at + step + choices.length) % choices.length]
        if (!next) return
        onChange(next.value)
        ref.current?.querySelector<HTMLElement>(`[data-value="${CSS.escape(next.value)}"]`)?.focus()
      }}
    >
      {choices.map((one) => (
        <button
          key={one.value}
          type="button"
          role="radio"
          data-value={one.value}
          aria-checked={one.value === value}
          tabIndex={one.value === value ? 0 : -1}
          onClick={() => onChange(one.value)}
        >
          {one.icon && <Icon name={one.icon} />}
          {one.label}
        </button>
      ))}
    </span>
  )
}
