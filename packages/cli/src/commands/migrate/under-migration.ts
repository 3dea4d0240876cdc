import { annotations, type Application } from '@plimsoll/api'
import type { ApiClient } from '../../client/api-client.ts'
import { CommandFailure } from '../../exit-code.ts'
import { applicationPath } from '../arguments.ts'

/** Applications that come from Argo CD and are not handed over; with names those, whatever they are. */
export async function underMigration(client: ApiClient, names: readonly string[]): Promise<Application[]> {
  const { items } = await client.get<{ items: Application[] | null }>('/api/v1/applications')
  const all = items ?? []
  if (names.length === 0) return all.filter((one) => one.metadata.annotations?.[annotations.argocdState] !== undefined)
  return names.map((name) => {
    const found = all.find(({ metadata }) => metadata.name === name)
    if (!found)
      throw new CommandFailure(`There is no application '${name}'.`, { remedy: '`plimsoll app list` shows those that are there.' })
    return found
  })
}

/** As Plimsoll sees it now. What stands in the status may be Argo CD's own word, where both use one object. */
export async function lookAgain(client: ApiClient, { metadata }: Application): Promise<Application> {
  const query = { appNamespace: metadata.namespace, refresh: 'normal' }
  return client.get<Application>(applicationPath({ name: metadata.name, appNamespace: metadata.namespace }), query)
}

/** Changes annotations of an Application at once, all or none. */
export async function annotate(client: ApiClient, { metadata }: Application, notes: Record<string, string | null>): Promise<void> {
  await client.send('PATCH', applicationPath({ name: metadata.name, appNamespace: metadata.namespace }), {
    query: { appNamespace: metadata.namespace },
    body: { patch: JSON.stringify({ metadata: { annotations: notes } }), patchType: 'merge' },
  })
}
