import { useEffect, useId, useRef, type ReactNode, type SyntheticEvent } from 'react'
import { useWords } from '../words/index.tsx'
import { IconButton } from './button.tsx'

interface DialogProps {
  title: ReactNode
  onClose: () => void
  /** Confirms; `undefined` while it cannot. Ctrl or ⌘ with Enter does the same from anywhere inside. */
  onSubmit?: (() => void) | undefined
  children: ReactNode
  foot?: ReactNode
  role?: 'dialog' | 'alertdialog'
  wide?: boolean
}

/** The browser's own dialog: it keeps the focus, closes on Escape and gives the focus back. It is open as long as it is drawn. */
export function Dialog({ title, onClose, onSubmit, children, foot, role = 'dialog', wide = false }: DialogProps) {
  const words = useWords()
  const id = useId()
  const ref = useRef<HTMLDialogElement>(null)
  const isPressedOutside = useRef(false)

  useEffect(() => {
    const dialog = ref.current
    if (!dialog) return
    const before = document.activeElement
    if (!dialog.open) dialog.showModal()
    // The browser would choose the button that closes it.
    dialog.querySelector<HTMLElement>('[data-first], .dialog-foot .button.primary')?.focus()
    return () => {
      dialog.close()
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])

  const submit = (event: SyntheticEvent) => {
    event.preventDefault()
    onSubmit?.()
  }

  return (
    <dialog
      ref={ref}
      role={role}
      className={`dialog${wide ? ' wide' : ''}`}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      // Text that is marked from inside to outside ends in a click out there, and closes nothing.
      onPointerDown={(event) => (isPressedOutside.current = event.target === ref.current)}
      onClick={(event) => {
        if (event.target === ref.current && isPressedOutside.current) onClose()
      }}
      onKeyDown={(event) => {
        event.stopPropagation()
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit(event)
      }}
    >
      <form method="dialog" noValidate onSubmit={submit}>
        <div className="dialog-head">
          <h2 id={id}>{title}</h2>
          <IconButton icon="i-x" label={words.common.close} look="ghost" small onClick={onClose} />
        </div>
        <div className="dialog-body">{children}</div>
        {foot && <div className="dialog-foot">{foot}</div>}
      </form>
    </dialog>
  )
}
