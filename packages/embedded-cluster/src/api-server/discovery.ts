import { joinApiVersion } from '@plimsoll/kube'
import { subresourceKinds } from '../kinds/built-in-types.ts'
import type { KindDefinition } from './kind-registry.ts'

/** Discovery documents over what is served now: the legacy lists and the aggregated form (KEP-3352). */

interface GroupVersions {
  group: string
  versions: { version: string; definitions: KindDefinition[] }[]
}

/** Groups in the order of the table, versions preferred first. */
export function groupsOf(served: readonly KindDefinition[]): GroupVersions[] {
  const groups = new Map<string, Map<string, KindDefinition[]>>()
  for (const definition of served) {
    const { group, version } = definition.type
    let versions = groups.get(group)
    if (versions === undefined) groups.set(group, (versions = new Map()))
    const definitions = versions.get(version)
    if (definitions === undefined) versions.set(version, [definition])
    else definitions.push(definition)
  }
  return [...groups].map(([group, versions]) => {
    const list = [...versions].map(([version, definitions]) => ({ version, definitions }))
    if (list.every(({ definitions }) => definitions.every((definition) => definition.isCustom)))
      list.sort((a, b) => compareVersions(a.version, b.version))
    return { group, versions: list }
  })
}

/** Highest stability first: v2, v1, v1beta1, v1alpha1, then others by name (apimachinery `pkg/version`). */
export function compareVersions(left: string, right: string): number {
  const rank = (version: string): [number, number, number] | undefined => {
    const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version)
    if (match === null) return undefined
    const [, major, stage, minor] = match
    return [stage === undefined ? 2 : stage === 'beta' ? 1 : 0, Number(major), Number(minor ?? 0)]
  }
  const a = rank(left)
  const b = rank(right)
  if (a === undefined || b === undefined) return a === b ? (left < right ? -1 : 1) : a === undefined ? 1 : -1
  return b[0] - a[0] || b[1] - a[1] || b[2] - a[2]
}

interface SubresourceKind {
  group: string
  version: string
  kind: string
  verbs: readonly string[]
}

function subresourceOf(definition: KindDefinition, name: string): SubresourceKind {
  const { plural, group, version, kind } = definition.type
  const known = subresourceKinds.get(`${plural}/${name}`) ?? subresourceKinds.get(`*/${name}`)
  if (known !== undefined) return known
  return { group, version, kind, verbs: name === 'log' ? ['get'] : name === 'finalize' ? ['update'] : ['get', 'patch', 'update'] }
}

export function apiResourceList(group: string, version: string, definitions: readonly KindDefinition[]): unknown {
  const resources: unknown[] = []
  for (const definition of definitions) {
    const { plural, singular, kind, namespaced, verbs, shortNames, categories, subresources } = definition.type
    resources.push({
      name: plural,
      singularName: singular ?? kind.toLowerCase(),
      namespaced,
      kind,
      verbs,
      ...(shortNames === undefined || shortNames.length === 0 ? {} : { shortNames }),
      ...(categories === undefined || categories.length === 0 ? {} : { categories }),
    })
    for (const name of subresources) {
      const sub = subresourceOf(definition, name)
      resources.push({
        name: `${plural}/${name}`,
        singularName: '',
        namespaced,
        kind: sub.kind,
        verbs: sub.verbs,
        ...(sub.group === group && sub.version === version ? {} : { group: sub.group, version: sub.version }),
      })
    }
  }
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: joinApiVersion(group, version), resources }
}

export function apiGroup({ group, versions }: GroupVersions): Record<string, unknown> {
  const entries = versions.map(({ version }) => ({ groupVersion: joinApiVersion(group, version), version }))
  return { name: group, versions: entries, preferredVersion: entries[0] }
}

export function apiGroupList(groups: readonly GroupVersions[]): unknown {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.filter(({ group }) => group !== '').map(apiGroup) }
}

export function apiVersions(address: string): unknown {
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }] }
}

/** `isCore`: what `/api` answers; else what `/apis` does. */
export function aggregatedDiscovery(groups: readonly GroupVersions[], isCore: boolean, version: 'v2' | 'v2beta1'): unknown {
  const kindOf = (kind: SubresourceKind | KindDefinition['type']): unknown => ({
    group: kind.group,
    version: kind.version,
    kind: kind.kind,
  })
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups
      .filter(({ group }) => (group === '') === isCore)
      .map(({ group, versions }) => ({
        metadata: { ...(group === '' ? {} : { name: group }), creationTimestamp: null },
        versions: versions.map((entry) => ({
          version: entry.version,
          freshness: 'Current',
          resources: entry.definitions.map((definition) => {
            const { plural, singular, kind, namespaced, verbs, shortNames, categories, subresources } = definition.type
            return {
              resource: plural,
              responseKind: kindOf(definition.type),
              scope: namespaced ? 'Namespaced' : 'Cluster',
              singularResource: singular ?? kind.toLowerCase(),
              verbs,
              ...(shortNames === undefined || shortNames.length === 0 ? {} : { shortNames }),
              ...(categories === undefined || categories.length === 0 ? {} : { categories }),
              ...(subresources.length === 0
                ? {}
                : {
                    subresources: subresources.map((name) => {
                      const sub = subresourceOf(definition, name)
                      return { subresource: name, responseKind: kindOf(sub), verbs: sub.verbs }
                    }),
                  }),
            }
          }),
        })),
      })),
  }
}
