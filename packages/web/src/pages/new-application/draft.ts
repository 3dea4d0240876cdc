import { parse, parseAllDocuments } from 'yaml'
import { controlPlane, keyOfCalled } from '../../facts/application-name.ts'
import type { Words } from '../../words/en.ts'

/** What the form asks for. */
export interface Draft {
  name: string
  project: string
  repoURL: string
  /** A folder in Git, or a chart of a repository of charts. */
  from: 'folder' | 'chart'
  path: string
  revision: string
  recurse: boolean
  chart: string
  version: string
  /** `auto`: whatever the folder holds. A chart of a repository is rendered by Helm in any case. */
  tool: 'auto' | 'helm' | 'kustomize'
  helmVersion: 'v3' | 'v4'
  /** Of these four, several lines as they are typed. */
  valueFiles: string
  values: string
  parameters: string
  images: string
  server: string
  namespace: string
  automated: boolean
  prune: boolean
  selfHeal: boolean
  createNamespace: boolean
}

export const emptyDraft: Draft = {
  name: '',
  project: 'default',
  repoURL: '',
  from: 'folder',
  path: '.',
  revision: 'HEAD',
  recurse: false,
  chart: '',
  version: '',
  tool: 'auto',
  helmVersion: 'v3',
  valueFiles: '',
  values: '',
  parameters: '',
  images: '',
  server: 'https://kubernetes.default.svc',
  namespace: '',
  automated: true,
  prune: true,
  selfHeal: true,
  createNamespace: true,
}

/** A DNS subdomain: what Kubernetes takes for the name of an Application. */
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/

export type Problems = Partial<Record<keyof Draft, string>>

/** What the server would refuse, said before it is sent. */
export function checkDraft(draft: Draft, words: Words): Problems {
  const w = words.create
  const tool = toolOf(draft)
  const isFolder = draft.from === 'folder'
  const badParameter = linesOf(draft.parameters).find((line) => !/^[^=]*[^=\s][^=]*=/.test(line))
  const badImage = linesOf(draft.images).find((line) => !/^[^\s=]+(?:=[^\s=]+)?$/.test(line))
  const badValues = tool === 'helm' ? valuesProblem(draft.values, words) : undefined
  return {
    ...(!isNameGood(draft.name) && { name: w.nameBad }),
    ...(draft.repoURL.trim() === '' && { repoURL: w.repoNeed }),
    ...(!isFolder && draft.chart.trim() === '' && { chart: w.chartNeed }),
    ...(isFolder && (draft.path.startsWith('/') || draft.path.split('/').includes('..')) && { path: w.pathBad }),
    ...((!label.test(draft.namespace) || draft.namespace.length > 63) && { namespace: w.namespaceBad }),
    ...(badValues !== undefined && { values: badValues }),
    ...(tool === 'helm' && badParameter !== undefined && { parameters: w.parametersBad(badParameter) }),
    ...(tool === 'kustomize' && badImage !== undefined && { images: w.imagesBad(badImage) }),
  }
}

/** As the command line has it, also with the namespace before it. */
function isNameGood(called: string): boolean {
  const { namespace, name } = keyOfCalled(called)
  return subdomain.test(name) && name.length <= 253 && label.test(namespace) && namespace.length <= 63
}

function valuesProblem(text: string, words: Words): string | undefined {
  const w = words.create
  if (text.trim() === '') return undefined
  try {
    const value: unknown = parse(text, { maxAliasCount: 50 })
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? undefined : w.valuesBad(w.valuesNotMap)
  } catch (cause) {
    return w.valuesBad(cause instanceof Error ? (cause.message.split('\n', 1)[0] ?? '') : String(cause))
  }
}

export function toolOf({ from, tool }: Draft): Draft['tool'] {
  return from === 'chart' ? 'helm' : tool
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
}

function toSource(draft: Draft): Record<string, unknown> {
  const tool = toolOf(draft)
  const helm = {
    ...(draft.helmVersion === 'v4' && { version: 'v4' }),
    ...(linesOf(draft.valueFiles).length > 0 && { valueFiles: linesOf(draft.valueFiles) }),
    ...(draft.values.trim() !== '' && { values: draft.values.trimEnd() }),
    ...(linesOf(draft.parameters).length > 0 && {
      parameters: linesOf(draft.parameters).map((line) => ({
        name: line.slice(0, line.indexOf('=')).trim(),
        value: line.slice(line.indexOf('=') + 1),
      })),
    }),
  }
  const images = linesOf(draft.images)
  return {
    repoURL: draft.repoURL.trim(),
    ...(draft.from === 'chart'
      ? { chart: draft.chart.trim(), targetRevision: draft.version.trim() || '*' }
      : { path: draft.path.trim() || '.', targetRevision: draft.revision.trim() || 'HEAD' }),
    ...(draft.from === 'folder' && tool === 'auto' && draft.recurse && { directory: { recurse: true } }),
    ...(tool === 'helm' && Object.keys(helm).length > 0 && { helm }),
    ...(tool === 'kustomize' && images.length > 0 && { kustomize: { images } }),
  }
}

export function toApplication(draft: Draft): Record<string, unknown> {
  const { namespace, name } = keyOfCalled(draft.name)
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, ...(namespace !== controlPlane && { namespace }) },
    spec: {
      project: draft.project.trim() || 'default',
      source: toSource(draft),
      destination: { server: draft.server, namespace: draft.namespace.trim() },
      syncPolicy: {
        ...(draft.automated && { automated: { prune: draft.prune, selfHeal: draft.selfHeal } }),
        ...(draft.createNamespace && { syncOptions: ['CreateNamespace=true'] }),
      },
    },
  }
}

/** Larger than any Application that somebody wrote. */
const longestYaml = 256 * 1024

/** One Application out of a YAML text; a text that is none says why. */
export function readApplication(text: string, words: Words): { application: Record<string, unknown> } | { problem: string } {
  const w = words.create
  if (text.length > longestYaml) return { problem: w.yamlBad(`${text.length} > ${longestYaml}`) }
  const documents = parseAllDocuments(text, { strict: true })
  const list = Array.isArray(documents) ? documents : []
  const filled = list.filter((one) => one.contents !== null || one.errors.length > 0)
  const [first] = filled
  if (!first) return { problem: w.yamlKind }
  const [error] = first.errors
  if (error) return { problem: w.yamlBad(error.message) }
  if (filled.length > 1) return { problem: w.yamlMany }
  let value: unknown
  try {
    value = first.toJS({ maxAliasCount: 50 })
  } catch (cause) {
    return { problem: w.yamlBad(cause instanceof Error ? cause.message : String(cause)) }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { problem: w.yamlKind }
  const application = value as { apiVersion?: unknown; kind?: unknown; metadata?: { name?: unknown } | null }
  if (application.kind !== 'Application' || application.apiVersion !== 'argoproj.io/v1alpha1') return { problem: w.yamlKind }
  if (typeof application.metadata?.name !== 'string' || application.metadata.name === '') return { problem: w.yamlName }
  return { application: value as Record<string, unknown> }
}
