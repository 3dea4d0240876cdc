import { useNavigate } from '@tanstack/react-router'
import { calledOf } from '../../facts/application-name.ts'
import { whyNot } from '../../facts/allowed.ts'
import type { AppSummary } from '../../facts/summary.ts'
import { Icon } from '../../parts/icon.tsx'
import { Menu, MenuItem, MenuLabel, MenuLine } from '../../parts/menu.tsx'
import { useWords } from '../../words/index.tsx'
import { ask } from '../dialogs/ask.ts'
import { refreshApplication } from '../dialogs/actions.ts'

export function AppMenu({ app }: { app: AppSummary }) {
  const words = useWords()
  const navigate = useNavigate()
  const label = words.fleet.actionsFor(calledOf(app))
  const reasonFor = (action: Parameters<typeof whyNot>[0]) => {
    const key = whyNot(action, app)
    return key && words.reasons[key]
  }
  return (
    <Menu
      label={label}
      trigger={
        <button type="button" className="button ghost square small" aria-label={label} title={label}>
          <Icon name="i-dots" />
        </button>
      }
    >
      <MenuLabel>{calledOf(app)}</MenuLabel>
      <MenuItem icon="i-arrow-right" keyCap="↵" onSelect={() => void navigate({ to: '/applications/$namespace/$name', params: app })}>
        {words.fleet.open}
      </MenuItem>
      <MenuItem icon="i-sync" keyCap="S" reason={reasonFor('sync')} onSelect={() => ask({ name: 'sync', app })}>
        {words.app.sync}
      </MenuItem>
      <MenuItem icon="i-refresh" onSelect={() => void refreshApplication(app, 'normal', words)}>
        {words.app.refresh}
      </MenuItem>
      <MenuItem icon="i-rollback" reason={reasonFor('rollback')} onSelect={() => ask({ name: 'rollback', app })}>
        {words.app.rollback}
      </MenuItem>
      {app.hold && (
        <MenuItem icon="i-play" onSelect={() => ask({ name: 'resume', app })}>
          {words.app.resume}
        </MenuItem>
      )}
      <MenuLine />
      <MenuItem icon="i-trash" danger reason={reasonFor('delete')} onSelect={() => ask({ name: 'delete', app })}>
        {words.app.delete}
      </MenuItem>
    </Menu>
  )
}
