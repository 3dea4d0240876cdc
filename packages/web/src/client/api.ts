import type {
  Application,
  ApplicationTree,
  FleetChoices,
  FleetPage,
  ResourceAction,
  ResourceDiff,
  RevisionMetadata,
  SyncOperationResource,
} from '@plimsoll/api'
import type { SourceRendering } from './rendering.ts'
import { call, join, type Query } from './http.ts'

/** One function per request of the API. Shapes that `@plimsoll/api` does not hold yet stand here. */

export interface Identity {
  loggedIn: boolean
  username?: string
  iss?: string
  groups?: string[]
  /** `admin`, `maintainer`, `contributor`, `readonly`. */
  role?: string
  displayName?: string
  /** In the demo, who plays this account. */
  actor?: string
}

export interface Version {
  Version: string
  BuildDate?: string
  GitCommit?: string
  Platform?: string
}

/** `GET /api/v1/settings`. Each field is shown where it is there. */
export interface Settings {
  url?: string
  gitUrl?: string
  kubeconfig?: string
  kubeconfigPath?: string
  dataDir?: string
  gatewayUrl?: string
  demo?: boolean
  cluster?: { kind?: string; description?: string }
  [field: string]: unknown
}

export interface Deployment {
  id?: number
  revision?: string
  startedAt?: string
  finishedAt?: string
  phase?: string
  message?: string
  initiatedBy?: string | { username?: string; automated?: boolean }
  automated?: boolean
  rollbackTo?: number
  dryRun?: boolean
}

export interface AuditEntry {
  id: number | string
  at?: string
  time?: string
  actor?: string
  username?: string
  action?: string
  object?: string
  target?: string
  outcome?: string
  result?: string
  from?: string
  address?: string
  remoteAddress?: string
  message?: string
  detail?: unknown
  [field: string]: unknown
}

export interface KubeEvent {
  metadata?: { uid?: string; name?: string; creationTimestamp?: string }
  type?: string
  reason?: string
  message?: string
  count?: number
  firstTimestamp?: string | null
  lastTimestamp?: string | null
  eventTime?: string | null
  series?: { count?: number; lastObservedTime?: string }
  involvedObject?: { kind?: string; name?: string; namespace?: string }
  source?: { component?: string }
  reportingComponent?: string
}

export interface ApplicationKey {
  namespace: string
  name: string
}

export interface SyncRequest {
  revision?: string
  /** Of applications with several sources: of those that `sourcePositions` names, counted from 1. */
  revisions?: string[]
  sourcePositions?: number[]
  prune?: boolean
  dryRun?: boolean
  strategy?: { apply: { force: boolean } }
  resources?: SyncOperationResource[]
  syncOptions?: { items: string[] }
}

export const api = {
  signIn: (username: string, password: string) => call<{ token: string }>('POST', join('session'), { body: { username, password } }),
  signOut: () => call<unknown>('DELETE', join('session')),
  identity: (signal?: AbortSignal) => call<Identity>('GET', join('session', 'userinfo'), { ...(signal && { signal }) }),
  version: () => call<Version>('GET', '/api/version'),
  settings: () => call<Settings>('GET', join('settings')),

  /** A page of rows of a list. */
  fleet: (query: Query, signal?: AbortSignal) => call<FleetPage>('GET', join('fleet'), { query, ...(signal && { signal }) }),
  fleetChoices: () => call<FleetChoices>('GET', join('fleet', 'choices')),
  application: ({ namespace, name }: ApplicationKey, refresh?: 'normal' | 'hard') =>
    call<Application>('GET', join('applications', name), { query: { appNamespace: namespace, refresh } }),
  createApplication: (application: unknown, upsert = false) =>
    call<Application>('POST', join('applications'), { query: { upsert: upsert || undefined }, body: application }),
  deleteApplication: (
    { namespace, name }: ApplicationKey,
    options: { cascade: boolean; propagationPolicy?: 'foreground' | 'background' },
  ) =>
    call<unknown>('DELETE', join('applications', name), {
      query: {
        appNamespace: namespace,
        cascade: options.cascade,
        propagationPolicy: options.cascade ? options.propagationPolicy : undefined,
      },
    }),

  sync: ({ namespace, name }: ApplicationKey, request: SyncRequest) =>
    call<Application>('POST', join('applications', name, 'sync'), {
      query: { appNamespace: namespace },
      body: { name, appNamespace: namespace, ...request },
    }),
  rollback: ({ namespace, name }: ApplicationKey, request: { id: number; prune?: boolean; dryRun?: boolean }) =>
    call<Application>('POST', join('applications', name, 'rollback'), {
      query: { appNamespace: namespace },
      body: { name, appNamespace: namespace, ...request },
    }),
  resume: ({ namespace, name }: ApplicationKey) =>
    call<Application>('POST', join('applications', name, 'resume'), { query: { appNamespace: namespace }, body: {} }),
  terminate: ({ namespace, name }: ApplicationKey) =>
    call<unknown>('DELETE', join('applications', name, 'operation'), { query: { appNamespace: namespace } }),

  confirmDeletion: ({ namespace, name }: ApplicationKey) =>
    call<Application>('POST', join('applications', name, 'confirm-deletion'), { query: { appNamespace: namespace }, body: {} }),

  tree: ({ namespace, name }: ApplicationKey) =>
    call<ApplicationTree>('GET', join('applications', name, 'resource-tree'), { query: { appNamespace: namespace } }),
  managed: ({ namespace, name }: ApplicationKey) =>
    call<{ items?: ResourceDiff[] | null }>('GET', join('applications', name, 'managed-resources'), { query: { appNamespace: namespace } }),
  manifest: ({ namespace, name }: ApplicationKey, resource: ResourceKey) =>
    call<{ manifest?: string }>('GET', join('applications', name, 'resource'), {
      query: { appNamespace: namespace, ...objectOf(resource) },
    }),
  actions: ({ namespace, name }: ApplicationKey, resource: ResourceKey) =>
    call<{ actions?: ResourceAction[] | null }>('GET', join('applications', name, 'resource', 'actions'), {
      query: { appNamespace: namespace, ...objectOf(resource) },
    }),
  runAction: ({ namespace, name }: ApplicationKey, resource: ResourceKey, action: string, params: Readonly<Record<string, string>>) =>
    call<unknown>('POST', join('applications', name, 'resource', 'actions', 'v2'), {
      body: {
        appNamespace: namespace,
        ...objectOf(resource),
        action,
        resourceActionParameters: Object.entries(params).map(([key, value]) => ({ name: key, value })),
      },
    }),
  events: ({ namespace, name }: ApplicationKey, resource?: ResourceKey) =>
    call<{ items?: KubeEvent[] | null }>('GET', join('applications', name, 'events'), {
      query: { appNamespace: namespace, resourceUID: resource?.uid, resourceNamespace: resource?.namespace, resourceName: resource?.name },
    }),
  /** `sourceIndex` counts from 0. */
  revision: ({ namespace, name }: ApplicationKey, revision: string, sourceIndex: number) =>
    call<RevisionMetadata>('GET', join('applications', name, 'revisions', revision, 'metadata'), {
      query: { appNamespace: namespace, sourceIndex },
    }),
  rendering: ({ namespace, name }: ApplicationKey) =>
    call<{ items?: SourceRendering[] | null }>('GET', join('applications', name, 'rendering'), { query: { appNamespace: namespace } }),
  /** What would be applied, as JSON texts in the order of the sources. */
  manifests: ({ namespace, name }: ApplicationKey) =>
    call<{ manifests?: string[] | null }>('GET', join('applications', name, 'manifests'), { query: { appNamespace: namespace } }),
  rotate: ({ namespace, name }: ApplicationKey) =>
    call<Application>('POST', join('applications', name, 'rotate'), { query: { appNamespace: namespace }, body: {} }),
  deployments: ({ namespace, name }: ApplicationKey, limit: number) =>
    call<{ items?: Deployment[] | null }>('GET', join('applications', name, 'deployments'), { query: { appNamespace: namespace, limit } }),
  audit: (limit: number, before?: string | number) =>
    call<{ items?: AuditEntry[] | null }>('GET', join('audit'), { query: { limit, before } }),
}

export interface ResourceKey {
  group: string
  version: string
  kind: string
  namespace: string
  name: string
  uid?: string
}

/** One object, as the API names it in queries and bodies. */
function objectOf({ group, version, kind, namespace, name }: ResourceKey): Record<string, string> {
  return { namespace, resourceName: name, group, version, kind }
}
