import { useRef, type ReactNode } from 'react'

interface Tab<T extends string> {
  value: T
  label: string
  count?: number | undefined
}

/** Tabs and the panel of the one that is chosen. Arrows move and choose. */
export function Tabs<T extends string>({
  label,
  idBase,
  value,
  tabs,
  onChange,
  children,
}: {
  label: string
  idBase: string
  value: T
  tabs: readonly Tab<T>[]
  onChange: (value: T) => void
  children: ReactNode
}) {
  const ref = useRef<HTMLDivElement>(null)
  return (
    <>
      <div
        ref={ref}
        className="tabs"
        role="tablist"
        aria-label={label}
        onKeyDown={(event) => {
          const at = tabs.findIndex((one) => one.value === value)
          const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key]
          if (to === undefined) return
          event.preventDefault()
          const next = tabs[(to + tabs.length) % tabs.length]
          if (!next) return
          onChange(next.value)
          ref.current?.querySelector<HTMLElement>(`#${CSS.escape(`${idBase}-tab-${next.value}`)}`)?.focus()
        }}
      >
        {tabs.map((one) => (
          <button
            key={one.value}
            type="button"
            role="tab"
            id={`${idBase}-tab-${one.value}`}
            aria-controls={`${idBase}-panel`}
            aria-selected={one.value === value}
            tabIndex={one.value === value ? 0 : -1}
            onClick={() => onChange(one.value)}
          >
            {one.label}
            {one.count !== undefined && one.count > 0 && <span className="count">{one.count}</span>}
          </button>
        ))}
      </div>
      <div className="inspector-body" role="tabpanel" id={`${idBase}-panel`} aria-labelledby={`${idBase}-tab-${value}`}>
        {children}
      </div>
    </>
  )
}
