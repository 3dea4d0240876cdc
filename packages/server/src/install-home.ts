import { type KubeClient, KubeApiError, type KubeObject } from '@plimsoll/kube'
import type { Log } from '@plimsoll/applications'
import { applicationDefinition, defaultProject, homeDefinitions, projectDefinition } from './home-definitions.ts'

/** Sees to it that the home cluster can hold Applications and what makes them. What is there is never overwritten: it may be Argo CD's own. */
export async function installHome(client: KubeClient, options: { namespace: string; log: Log; signal: AbortSignal }): Promise<void> {
  const definitions = await client.typeOf('apiextensions.k8s.io/v1', 'CustomResourceDefinition')
  if (!definitions) throw new Error('the cluster serves no CustomResourceDefinitions (apiextensions.k8s.io/v1)')
  const installed: KubeObject[] = []
  for (const definition of homeDefinitions) {
    const { name } = definition.metadata
    try {
      if (!(await client.get(definitions, { name }))) {
        await createUnlessThere(() => client.create(definitions, definition))
        options.log.info({ definition: name }, 'installed a custom resource definition')
      }
      installed.push(definition)
    } catch (error) {
      // Applications go on where somebody else installs the definitions, and has not installed these.
      if (definition === applicationDefinition || !(error instanceof KubeApiError && error.code === 403)) throw error
      options.log.warn(
        { definition: name, error: error.message },
        'a custom resource definition may not be installed: there are no objects of that kind',
      )
    }
  }
  for (const { metadata } of installed)
    await until(`its definition of ${metadata.name} is not taken up`, options.signal, async () =>
      isEstablished(await client.get(definitions, { name: metadata.name })),
    )
  const namespaces = await client.typeOf('v1', 'Namespace')
  if (namespaces && !(await client.get(namespaces, { name: options.namespace }))) {
    await createUnlessThere(() => client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: options.namespace } }))
  }
  // Discovery shows a new kind a moment after its definition says that it is established.
  const kinds = installed.map(({ spec }) => {
    const { group, names, versions } = spec as { group: string; names: { kind: string }; versions: { name: string }[] }
    return { apiVersion: `${group}/${versions[0]?.name ?? ''}`, kind: names.kind }
  })
  const serves = async (): Promise<boolean> => {
    for (const { apiVersion, kind } of kinds) if (!(await client.typeOf(apiVersion, kind))) return false
    return true
  }
  await until(`it does not serve ${kinds.map(({ kind }) => kind).join(', ')} yet`, options.signal, async () => {
    if (await serves()) return true
    await client.types({ refresh: true })
    return serves()
  })
  if (installed.includes(projectDefinition)) await installDefaultProject(client, options)
}

/** Every Application has a project, and most name none: `default` lets everything through until somebody changes it. */
async function installDefaultProject(client: KubeClient, { namespace, log }: { namespace: string; log: Log }): Promise<void> {
  try {
    const type = await client.typeOf('argoproj.io/v1alpha1', 'AppProject')
    if (!type || (await client.get(type, { name: 'default', namespace }))) return
    await createUnlessThere(() => client.create(type, defaultProject(namespace)))
  } catch (error) {
    if (!(error instanceof KubeApiError && error.code === 403)) throw error
    log.warn({ error: error.message }, 'the project default may not be made: what no project says is allowed')
  }
}

/** Asks again until it is so; gives up with `complaint` after a while, so that somebody reads it in the log. */
async function until(complaint: string, signal: AbortSignal, isSo: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; !(await isSo()); attempt++) {
    if (attempt === 100) throw new Error(complaint)
    await new Promise((resolve) => setTimeout(resolve, 20 + attempt * 2))
    signal.throwIfAborted()
  }
}

async function createUnlessThere(create: () => Promise<unknown>): Promise<void> {
  try {
    await create()
  } catch (error) {
    if (!(error instanceof KubeApiError && error.code === 409)) throw error
  }
}

function isEstablished(definition: KubeObject | undefined): boolean {
  const { conditions = [] } = (definition?.['status'] ?? {}) as { conditions?: { type: string; status: string }[] }
  return conditions.some((one) => one.type === 'Established' && one.status === 'True')
}
