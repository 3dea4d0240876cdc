/** What of an application is looked at, as the address holds it. */
export interface ApplicationSearch {
  /** `group/kind/namespace/name`, or `application` for the application itself, or `none`. */
  resource?: string
  tab?: InspectorTab
  container?: string
  as?: 'list'
}

export const inspectorTabs = ['summary', 'diff', 'manifest', 'events', 'logs'] as const
export type InspectorTab = (typeof inspectorTabs)[number]

export function readApplicationSearch(search: Record<string, unknown>): ApplicationSearch {
  const { resource, tab, container, as } = search
  return {
    ...(typeof resource === 'string' && resource !== '' && { resource }),
    ...(inspectorTabs.includes(tab as InspectorTab) && { tab: tab as InspectorTab }),
    ...(typeof container === 'string' && container !== '' && { container }),
    ...(as === 'list' && { as }),
  }
}
