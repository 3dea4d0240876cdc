import { parseAllDocuments } from 'yaml'
import type { Words } from '../../words/en.ts'

/** What the form asks for. */
export interface Draft {
  name: string
  project: string
  repoURL: string
  path: string
  revision: string
  recurse: boolean
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
  path: '.',
  revision: 'HEAD',
  recurse: false,
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
  return {
    ...((!subdomain.test(draft.name) || draft.name.length > 253) && { name: w.nameBad }),
    ...(draft.repoURL.trim() === '' && { repoURL: w.repoNeed }),
    ...((draft.path.startsWith('/') || draft.path.split('/').includes('..')) && { path: w.pathBad }),
    ...((!label.test(draft.namespace) || draft.namespace.length > 63) && { namespace: w.namespaceBad }),
  }
}

export function toApplication(draft: Draft): Record<string, unknown> {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: draft.name },
    spec: {
      project: draft.project.trim() || 'default',
      source: {
        repoURL: draft.repoURL.trim(),
        path: draft.path.trim() || '.',
        targetRevision: draft.revision.trim() || 'HEAD',
        ...(draft.recurse && { directory: { recurse: true } }),
      },
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
