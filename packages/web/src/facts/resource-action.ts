import type { ResourceAction } from '@plimsoll/api'
import type { IconName } from '../parts/icon-sprite.tsx'

/** Argo CD's icons are of a font that is not here: the nearest of ours. */
const icons: [RegExp, IconName][] = [
  [/redo|sync|refresh|rotate/, 'i-refresh'],
  [/pause/, 'i-pause'],
  [/play/, 'i-play'],
  [/stop|ban|times/, 'i-stop'],
  [/undo|backward/, 'i-rollback'],
  [/plus/, 'i-plus'],
  [/trash/, 'i-trash'],
]
const names: [RegExp, IconName][] = [
  [/^(restart|refresh|retry|reconcile|reload)/, 'i-refresh'],
  [/^(pause|suspend)/, 'i-pause'],
  [/^(resume|promote|push)/, 'i-play'],
  [/^(abort|stop|terminate)/, 'i-stop'],
  [/^skip/, 'i-arrow-right'],
  [/^(create|scale)/, 'i-plus'],
]

export function iconOfAction({ name, iconClass = '' }: ResourceAction): IconName {
  return icons.find(([pattern]) => pattern.test(iconClass))?.[1] ?? names.find(([pattern]) => pattern.test(name))?.[1] ?? 'i-arrow-right'
}

/** What ends or replaces something that runs. */
export function isHarsh({ name }: ResourceAction): boolean {
  return /^(abort|delete|promote-full|restart|rolling-update|scale|stop|suspend|terminate)/.test(name)
}
