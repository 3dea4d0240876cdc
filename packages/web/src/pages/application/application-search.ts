/** What of an application is looked at, as the address holds it. */
export interface ApplicationSearch {
  /** `group/kind/namespace/name`, or `application` for the application itself, or `none`. */
  resource?: string
  tab?: InspectorTab
  container?: string
  as?: 'list'
  /** How it is rendered, instead of what runs. */
  view?: 'source'
  /** Which of several sources, counted from 1 as Argo CD's positions are. */
  source?: number
}

export const inspectorTabs = ['summary', 'diff', 'manifest', 'events', 'logs'] as const
export type InspectorTab = (typeof inspectorTabs)[number]

export function readApplicationSearch(search: Record<string, unknown>): ApplicationSearch {
  const { resource, tab, container, as, view, source } = search
  return {
    ...(typeof resource === 'string' && resource !== '' && { resource }),
    ...(inspectorTabs.includes(tab as InspectorTab) && { tab: tab as InspectorTab }),
    ...(typeof container === 'string' && container !== '' && { container }),
    ...(as === 'list' && { as }),
    ...(view === 'source' && { view }),
    ...(typeof source === 'number' && Number.isInteger(source) && source > 0 && { source }),
  }
}
