import { useQuery } from '@tanstack/react-query'
import { iconOfAction } from '../../../facts/resource-action.ts'
import type { AppSummary } from '../../../facts/summary.ts'
import type { GraphNode } from '../../../graph/resource-graph.ts'
import { actionsQuery } from '../../../loaders/queries.ts'
import { Button } from '../../../parts/button.tsx'
import { Menu, MenuItem } from '../../../parts/menu.tsx'
import { useWords } from '../../../words/index.tsx'
import { ask } from '../../dialogs/ask.ts'
import { keyOf } from './key-of.ts'

/** What can be done with one object. Of most kinds it is nothing, and then there is no menu. */
export function ActionMenu({ app, node }: { app: AppSummary; node: GraphNode }) {
  const w = useWords().inspector
  const resource = keyOf(node)
  const { data } = useQuery(actionsQuery(app, resource, node.resourceVersion))
  const actions = data?.actions ?? []
  if (actions.length === 0) return null
  return (
    <Menu
      label={w.actionsOf(`${node.kind} ${node.name}`)}
      trigger={
        <Button small icon="i-dots">
          {w.actions}
        </Button>
      }
    >
      {actions.map((action) => (
        <MenuItem
          key={action.name}
          icon={iconOfAction(action)}
          reason={action.disabled ? w.notNow : undefined}
          onSelect={() => ask({ name: 'action', app, resource, action })}
        >
          {action.displayName || action.name}
        </MenuItem>
      ))}
    </Menu>
  )
}
