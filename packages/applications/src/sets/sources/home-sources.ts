import { PlimsollError } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import type { TargetCluster } from '../../contract.ts'
import { dataOf, isClusterSecret, lastAppliedAnnotation } from '../../clusters/cluster-secret.ts'
import { stringsAt } from '../../json.ts'
import type { ClusterEntry, SecretEntry, Sources } from '../generate/generator.ts'

const homeServer = 'https://kubernetes.default.svc'

type HomeSources = Pick<Sources, 'clusters' | 'objects' | 'configMap' | 'secret'>

/** What generators read from the home cluster, in the namespace of the control plane. While a kind cannot be read nothing is said about it. */
export function createHomeSources(home: TargetCluster, namespace: string): HomeSources {
  function known(kind: string): void {
    requireKnown(home, { group: '', kind })
  }

  function find(kind: string, name: string): KubeObject | undefined {
    known(kind)
    return home.cache.get({ group: '', kind, namespace, name })
  }

  return {
    async clusters() {
      known('Secret')
      const entries = home.cache
        .ofKind({ group: '', kind: 'Secret' }, namespace)
        .filter((secret) => isClusterSecret(secret) && secret.metadata.deletionTimestamp === undefined)
        .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
        .map(clusterOf)
      return entries.some(({ server }) => server === homeServer) ? entries : [...entries, implicitHome(home)]
    },
    async objects({ apiVersion, kindOrPlural }) {
      const wanted = kindOrPlural.toLowerCase()
      const isWanted = (one: { group: string; version: string; kind: string; plural: string }): boolean =>
        `${one.group === '' ? '' : `${one.group}/`}${one.version}` === apiVersion && [one.plural, one.kind.toLowerCase()].includes(wanted)
      const type = (await home.client.types()).find(isWanted) ?? (await home.client.types({ refresh: true })).find(isWanted)
      if (!type) throw new PlimsollError('generator-failed', `Cluster ${home.name} serves no ${kindOrPlural} of ${apiVersion}.`)
      return (await home.client.list(type, type.namespaced ? { namespace } : {})).items
    },
    async configMap(name) {
      const object = find('ConfigMap', name)
      return object && new Map(Object.entries(stringsAt(object, 'data')))
    },
    async secret(name): Promise<SecretEntry | undefined> {
      const object = find('Secret', name)
      return object && { labels: new Map(Object.entries(object.metadata.labels ?? {})), data: dataOf(object) }
    },
  }
}

/** Rejects while what is cached of a kind may be old, or not all of it. */
export function requireKnown(home: TargetCluster, { group, kind }: { group: string; kind: string }): void {
  const { cache } = home
  const problem =
    cache.connectionProblem()?.message ?? cache.problems().find(({ type }) => type.kind === kind && type.group === group)?.message
  if (cache.isSynced && problem === undefined && cache.follows({ group, kind })) return
  throw new PlimsollError(
    'cluster-unreachable',
    `${kind}s of cluster ${home.name} are not known now${problem === undefined ? '' : `: ${problem}`}.`,
    {
      remedy: 'Nothing is changed until they are.',
    },
  )
}

function clusterOf(secret: KubeObject): ClusterEntry {
  const data = dataOf(secret)
  return {
    name: data.get('name') ?? '',
    server: data.get('server') ?? '',
    project: data.get('project'),
    labels: new Map(Object.entries(secret.metadata.labels ?? {})),
    annotations: new Map(Object.entries(secret.metadata.annotations ?? {}).filter(([name]) => name !== lastAppliedAnnotation)),
  }
}

function implicitHome(home: TargetCluster): ClusterEntry {
  return { name: home.name, server: homeServer, project: undefined, labels: new Map(), annotations: new Map(), isImplicit: true }
}
