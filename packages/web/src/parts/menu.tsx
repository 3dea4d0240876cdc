import { Menu as Base } from '@base-ui/react/menu'
import type { ReactElement, ReactNode } from 'react'
import type { IconName } from './icon-sprite.tsx'
import { Icon } from './icon.tsx'

/** A menu under the button that opens it. `trigger` is that button. */
export function Menu({
  trigger,
  label,
  children,
  align = 'end',
}: {
  trigger: ReactElement
  label?: string
  children: ReactNode
  align?: 'start' | 'end'
}) {
  return (
    <Base.Root modal={false}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner className="menu-place" align={align} sideOffset={4} collisionPadding={8}>
          <Base.Popup className="menu" aria-label={label}>
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}

interface MenuItemProps {
  icon?: IconName
  children: ReactNode
  hint?: ReactNode
  keyCap?: string
  /** Why it cannot be used now. */
  reason?: string | undefined
  danger?: boolean
  onSelect: () => void
}

export function MenuItem({ icon, children, hint, keyCap, reason, danger, onSelect }: MenuItemProps) {
  const isOff = reason !== undefined
  return (
    <Base.Item
      className={`menu-item${danger ? ' danger' : ''}`}
      aria-disabled={isOff || undefined}
      closeOnClick={!isOff}
      onClick={() => {
        if (!isOff) onSelect()
      }}
    >
      {icon && <Icon name={icon} />}
      <span>
        {children}
        {(reason ?? hint) && <small>{reason ?? hint}</small>}
      </span>
      {keyCap && <kbd>{keyCap}</kbd>}
    </Base.Item>
  )
}

/** One of several that can be on at the same time. The menu stays open. */
export function MenuCheck({
  checked,
  onChange,
  children,
  count,
}: {
  checked: boolean
  onChange: (checked: boolean) => void
  children: ReactNode
  count?: ReactNode
}) {
  return (
    <Base.CheckboxItem className="menu-item" checked={checked} onCheckedChange={onChange}>
      <span className="menu-mark">{checked && <Icon name="i-check" />}</span>
      <span className="clip">{children}</span>
      {count !== undefined && <span className="muted num">{count}</span>}
    </Base.CheckboxItem>
  )
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <p className="menu-label">{children}</p>
}

export function MenuLine() {
  return <Base.Separator className="menu-line" />
}
