import { ApplicationSet, PlimsollError } from '@plimsoll/api'
import type { Templates } from '@plimsoll/render'
import { load } from 'js-yaml'
import type { PullRequestEntry, RepositoryEntry } from '../forges/contract.ts'
import { generate, type Generation } from '../generate/generate.ts'
import type { ClusterEntry, PluginCall, SecretEntry, Sources } from '../generate/generator.ts'
import { foldersOf } from '../sources/git-source.ts'

/** What generators find, in memory. A failure in its place is what asking for it ends with. */
export interface Memory {
  /** Files by repository, by path. */
  repositories?: Record<string, Record<string, string> | Error>
  clusters?: Cluster[] | Error
  configMaps?: Record<string, Record<string, string>>
  secrets?: Record<string, { labels?: Record<string, string>; data: Record<string, string> }>
  objects?: Record<string, unknown>[] | Error
  pullRequests?: PullRequestEntry[] | Error
  scmRepositories?: (RepositoryEntry & { files?: readonly string[]; branches?: readonly string[] })[] | Error
  plugin?: (call: PluginCall) => { status: number; text: string }
}

interface Cluster {
  name: string
  server: string
  project?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
}

const inCluster: ClusterEntry = {
  name: 'in-cluster',
  server: 'https://kubernetes.default.svc',
  project: undefined,
  labels: new Map(),
  annotations: new Map(),
  isImplicit: true,
}

export function memorySources(templates: Templates, memory: Memory): Sources {
  const repository = (repoURL: string): Record<string, string> => {
    const found = memory.repositories?.[repoURL]
    if (found instanceof Error) throw found
    if (found === undefined) throw new PlimsollError('repository-unreachable', `Repository '${repoURL}' does not answer.`)
    return found
  }
  return {
    templates,
    git: {
      directories: async (repoURL) => foldersOf(Object.keys(repository(repoURL)).map((path) => ({ path, kind: 'file' as const }))),
      files: async (repoURL) => {
        const files = repository(repoURL)
        return { paths: Object.keys(files), read: async (path) => files[path] ?? '' }
      },
    },
    async clusters() {
      const given = orThrow(memory.clusters ?? [])
      const entries = given.map((cluster): ClusterEntry => ({
        name: cluster.name,
        server: cluster.server,
        project: cluster.project,
        labels: new Map(Object.entries(cluster.labels ?? {})),
        annotations: new Map(Object.entries(cluster.annotations ?? {})),
      }))
      return entries.some(({ server }) => server === inCluster.server) ? entries : [...entries, inCluster]
    },
    objects: async () => orThrow(memory.objects ?? []),
    configMap: async (name) => entriesOf(memory.configMaps, name, (data) => new Map(Object.entries(data))),
    secret: async (name): Promise<SecretEntry | undefined> =>
      entriesOf(memory.secrets, name, ({ labels, data }) => ({
        labels: new Map(Object.entries(labels ?? {})),
        data: new Map(Object.entries(data)),
      })),
    forges: {
      pullRequests: async () => orThrow(memory.pullRequests ?? []),
      repositories: async () => {
        const given = orThrow(memory.scmRepositories ?? [])
        const named = ({ repository: wanted }: RepositoryEntry) => given.find((one) => one.repository === wanted)
        return {
          list: async () => given,
          branches: async (entry) => (named(entry)?.branches ?? [entry.branch]).map((branch) => ({ ...entry, branch })),
          hasPath: async (entry, path) => (named(entry)?.files ?? []).some((file) => file === path || file.startsWith(`${path}/`)),
        }
      },
    },
    post: async (call) => memory.plugin?.(call) ?? { status: 404, text: '{}' },
  }
}

function orThrow<T>(given: T | Error): T {
  if (given instanceof Error) throw given
  return given
}

function entriesOf<Given, Entry>(all: Record<string, Given> | undefined, name: string, read: (given: Given) => Entry): Entry | undefined {
  const given = all !== undefined && Object.hasOwn(all, name) ? all[name] : undefined
  return given === undefined ? undefined : read(given)
}

/** An ApplicationSet from YAML: its spec, or the whole of it. */
export function setOf(yaml: string): ApplicationSet {
  const document = load(yaml) as Record<string, unknown>
  const whole = 'spec' in document ? document : { metadata: { name: 'set' }, spec: document }
  const parsed = ApplicationSet.parse(whole)
  return { ...parsed, metadata: { namespace: 'argocd', ...parsed.metadata } }
}

const template = (goTemplate: boolean, text: string) => ({
  metadata: { name: text },
  spec: {
    project: 'default',
    source: { repoURL: 'https://git.example.org/apps.git', path: '.' },
    destination: { server: 'https://kubernetes.default.svc' },
  },
  goTemplate,
})

/** The names of the Applications that generators make with a template for the name; or what it fails with. */
export async function namesOf(
  templates: Templates,
  generators: string,
  text: string,
  memory: Memory = {},
  go = true,
): Promise<string[] | string> {
  const { goTemplate, ...body } = template(go, text)
  const spec = { goTemplate, goTemplateOptions: go ? ['missingkey=error'] : [], generators: load(generators), template: body }
  const set = ApplicationSet.parse({ metadata: { name: 'set', namespace: 'argocd' }, spec })
  const made = await generate(set, memorySources(templates, memory))
  return made.ok ? made.applications.map(({ metadata }) => metadata.name) : made.error.message
}

/** The Applications of a whole set, or its failure. */
export async function generated(templates: Templates, yaml: string, memory: Memory = {}): Promise<Generation> {
  return generate(setOf(yaml), memorySources(templates, memory))
}
