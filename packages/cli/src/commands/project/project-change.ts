import type { AppProject, AppProjectSpec } from '@plimsoll/api'
import type { ApiClient } from '../../client/api-client.ts'

export function projectPath(name: string, rest = ''): string {
  return `/api/v1/projects/${encodeURIComponent(name)}${rest}`
}

export function readProject(client: ApiClient, name: string): Promise<AppProject> {
  return client.get<AppProject>(projectPath(name))
}

/** Over what was read: a change that somebody else made meanwhile is not lost, but told. */
export async function changeProject(
  client: ApiClient,
  name: string,
  make: (spec: AppProjectSpec) => AppProjectSpec | Promise<AppProjectSpec>,
): Promise<void> {
  const project = await readProject(client, name)
  await client.send('PUT', projectPath(name), { body: { project: { ...project, spec: await make(project.spec) } } })
}
