import { annotations, type Application } from '@plimsoll/api'
import type { ApiClient } from '../../client/api-client.ts'
import { CommandFailure } from '../../exit-code.ts'
import { homeNamespace } from '../../migrate/clusters.ts'
import { applicationPath } from '../arguments.ts'

/** Applications that come from Argo CD and are not handed over; with names those, whatever they are. */
export async function underMigration(client: ApiClient, names: readonly string[]): Promise<Application[]> {
  const { items } = await client.get<{ items: Application[] | null }>('/api/v1/applications')
  const all = items ?? []
  if (names.length === 0) return all.filter((one) => one.metadata.annotations?.[annotations.argocdState] !== undefined)
  return names.map((name) => {
    const found = all.find(
      (one) => movingName(one) === name || (one.metadata.namespace === homeNamespace && name === `${homeNamespace}/${one.metadata.name}`),
    )
    if (!found)
      throw new CommandFailure(`There is no application '${name}'.`, { remedy: '`plimsoll app list` shows those that are there.' })
    return found
  })
}

/** `NAME`, or `NAMESPACE/NAME` outside of Plimsoll's own namespace. */
export function movingName({ metadata }: Application): string {
  return metadata.namespace === undefined || metadata.namespace === homeNamespace ? metadata.name : `${metadata.namespace}/${metadata.name}`
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
