import { z } from 'zod'

/**
 * `Application`, argoproj.io/v1alpha1, with Argo CD's fields (source: argo-cd `pkg/apis/application/v1alpha1/types.go`).
 * Objects are loose: a field that this version does not know stays as it is and is never dropped.
 */

export const HealthStatusCode = z.enum(['Healthy', 'Progressing', 'Degraded', 'Suspended', 'Missing', 'Unknown'])
export type HealthStatusCode = z.infer<typeof HealthStatusCode>

export const HealthStatus = z.looseObject({
  status: HealthStatusCode.optional(),
  message: z.string().optional(),
  lastTransitionTime: z.string().optional(),
})
export type HealthStatus = z.infer<typeof HealthStatus>

export const SyncStatusCode = z.enum(['Synced', 'OutOfSync', 'Unknown'])
export type SyncStatusCode = z.infer<typeof SyncStatusCode>

export const DirectorySource = z.looseObject({
  recurse: z.boolean().optional(),
  include: z.string().optional(),
  exclude: z.string().optional(),
})
export type DirectorySource = z.infer<typeof DirectorySource>

export const ApplicationSource = z.looseObject({
  repoURL: z.string(),
  path: z.string().optional(),
  targetRevision: z.string().optional(),
  chart: z.string().optional(),
  ref: z.string().optional(),
  directory: DirectorySource.optional(),
  helm: z.looseObject({}).optional(),
  kustomize: z.looseObject({}).optional(),
  plugin: z.looseObject({}).optional(),
})
export type ApplicationSource = z.infer<typeof ApplicationSource>

export const ApplicationDestination = z.looseObject({
  server: z.string().optional(),
  name: z.string().optional(),
  namespace: z.string().optional(),
})
export type ApplicationDestination = z.infer<typeof ApplicationDestination>

export const Backoff = z.looseObject({
  duration: z.string().optional(),
  factor: z.number().int().optional(),
  maxDuration: z.string().optional(),
})

export const SyncPolicy = z.looseObject({
  automated: z
    .looseObject({
      enabled: z.boolean().optional(),
      prune: z.boolean().optional(),
      selfHeal: z.boolean().optional(),
      allowEmpty: z.boolean().optional(),
    })
    .nullish(),
  syncOptions: z.array(z.string()).nullish(),
  retry: z.looseObject({ limit: z.number().int().optional(), backoff: Backoff.optional(), refresh: z.boolean().optional() }).nullish(),
  managedNamespaceMetadata: z
    .looseObject({ labels: z.record(z.string(), z.string()).optional(), annotations: z.record(z.string(), z.string()).optional() })
    .nullish(),
})
export type SyncPolicy = z.infer<typeof SyncPolicy>

export const ApplicationSpec = z.looseObject({
  project: z.string().optional(),
  source: ApplicationSource.optional(),
  sources: z.array(ApplicationSource).optional(),
  destination: ApplicationDestination,
  syncPolicy: SyncPolicy.nullish(),
  ignoreDifferences: z.array(z.looseObject({})).nullish(),
  info: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
  revisionHistoryLimit: z.number().int().nullish(),
})
export type ApplicationSpec = z.infer<typeof ApplicationSpec>

export const SyncOperationResource = z.looseObject({
  group: z.string().optional(),
  kind: z.string(),
  name: z.string(),
  namespace: z.string().optional(),
  exclude: z.boolean().optional(),
})
export type SyncOperationResource = z.infer<typeof SyncOperationResource>

export const SyncOperation = z.looseObject({
  revision: z.string().optional(),
  prune: z.boolean().optional(),
  dryRun: z.boolean().optional(),
  syncStrategy: z
    .looseObject({
      apply: z.looseObject({ force: z.boolean().optional() }).nullish(),
      hook: z.looseObject({ force: z.boolean().optional() }).nullish(),
    })
    .nullish(),
  resources: z.array(SyncOperationResource).nullish(),
  source: ApplicationSource.optional(),
  syncOptions: z.array(z.string()).nullish(),
  /** The plan's id, set by a rollback: the history entry that is gone back to. */
  autoHealAttemptsCount: z.number().optional(),
})
export type SyncOperation = z.infer<typeof SyncOperation>

export const OperationInitiator = z.looseObject({ username: z.string().optional(), automated: z.boolean().optional() })

/** What somebody asked for. Set on the Application (by the API, or by `kubectl patch`); the controller takes it up and clears it. */
export const Operation = z.looseObject({
  sync: SyncOperation.optional(),
  initiatedBy: OperationInitiator.optional(),
  info: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
  retry: z.looseObject({ limit: z.number().int().optional(), backoff: Backoff.optional() }).nullish(),
})
export type Operation = z.infer<typeof Operation>

export const OperationPhase = z.enum(['Running', 'Terminating', 'Failed', 'Error', 'Succeeded'])
export type OperationPhase = z.infer<typeof OperationPhase>

/** How one resource fared in a sync. */
export const ResourceResult = z.looseObject({
  group: z.string(),
  version: z.string(),
  kind: z.string(),
  namespace: z.string(),
  name: z.string(),
  status: z.enum(['Synced', 'SyncFailed', 'Pruned', 'PruneSkipped']).optional(),
  message: z.string().optional(),
  hookType: z.string().optional(),
  hookPhase: z.string().optional(),
  syncPhase: z.string().optional(),
})
export type ResourceResult = z.infer<typeof ResourceResult>

export const SyncOperationResult = z.looseObject({
  resources: z.array(ResourceResult).optional(),
  revision: z.string().optional(),
  source: ApplicationSource.optional(),
})

export const OperationState = z.looseObject({
  operation: Operation,
  phase: OperationPhase,
  message: z.string().optional(),
  syncResult: SyncOperationResult.optional(),
  startedAt: z.string(),
  finishedAt: z.string().optional(),
  retryCount: z.number().int().optional(),
})
export type OperationState = z.infer<typeof OperationState>

export const RevisionHistory = z.looseObject({
  id: z.number().int(),
  revision: z.string().optional(),
  deployedAt: z.string(),
  deployStartedAt: z.string().optional(),
  source: ApplicationSource.optional(),
  initiatedBy: OperationInitiator.optional(),
})
export type RevisionHistory = z.infer<typeof RevisionHistory>

/** One object that the application manages, as its status lists it. */
export const ResourceStatus = z.looseObject({
  group: z.string().optional(),
  version: z.string().optional(),
  kind: z.string(),
  namespace: z.string().optional(),
  name: z.string(),
  status: SyncStatusCode.optional(),
  health: HealthStatus.optional(),
  requiresPruning: z.boolean().optional(),
  syncWave: z.number().int().optional(),
})
export type ResourceStatus = z.infer<typeof ResourceStatus>

/** Types as Argo CD names them: those that end in `Error` are errors, in `Warning` warnings, the rest is information. */
export const ConditionType = z.enum([
  'ComparisonError',
  'InvalidSpecError',
  'SyncError',
  'DeletionError',
  'UnknownError',
  'SharedResourceWarning',
  'RepeatedResourceWarning',
  'ExcludedResourceWarning',
  'OrphanedResourceWarning',
  /** Ours: a rollback holds automated sync until somebody resumes or reverts. */
  'AutomationHeldWarning',
])
export type ConditionType = z.infer<typeof ConditionType>

export const ApplicationCondition = z.looseObject({
  type: z.string(),
  message: z.string(),
  lastTransitionTime: z.string().optional(),
})
export type ApplicationCondition = z.infer<typeof ApplicationCondition>

export const ApplicationStatus = z.looseObject({
  sync: z
    .looseObject({
      status: SyncStatusCode,
      comparedTo: z.looseObject({ source: ApplicationSource.optional(), destination: ApplicationDestination.optional() }).optional(),
      revision: z.string().optional(),
    })
    .optional(),
  health: HealthStatus.optional(),
  operationState: OperationState.optional(),
  history: z.array(RevisionHistory).optional(),
  conditions: z.array(ApplicationCondition).optional(),
  resources: z.array(ResourceStatus).optional(),
  summary: z.looseObject({ images: z.array(z.string()).optional(), externalURLs: z.array(z.string()).optional() }).optional(),
  reconciledAt: z.string().optional(),
  sourceType: z.string().optional(),
  controllerNamespace: z.string().optional(),
})
export type ApplicationStatus = z.infer<typeof ApplicationStatus>

export const ApplicationMetadata = z.looseObject({
  name: z.string(),
  namespace: z.string().optional(),
  uid: z.string().optional(),
  resourceVersion: z.string().optional(),
  generation: z.number().optional(),
  creationTimestamp: z.string().optional(),
  deletionTimestamp: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
  finalizers: z.array(z.string()).optional(),
})

export const Application = z.looseObject({
  apiVersion: z.literal('argoproj.io/v1alpha1').optional(),
  kind: z.literal('Application').optional(),
  metadata: ApplicationMetadata,
  spec: ApplicationSpec,
  status: ApplicationStatus.optional(),
  operation: Operation.optional(),
})
export type Application = z.infer<typeof Application>

/** Annotations and finalizers, as Argo CD writes them; the last two are ours. */
export const annotations = {
  trackingId: 'argocd.argoproj.io/tracking-id',
  refresh: 'argocd.argoproj.io/refresh',
  syncOptions: 'argocd.argoproj.io/sync-options',
  compareOptions: 'argocd.argoproj.io/compare-options',
  syncWave: 'argocd.argoproj.io/sync-wave',
  hook: 'argocd.argoproj.io/hook',
  /** On an Application: automated sync waits. The value says why and since when, as JSON. */
  hold: 'plimsoll.dev/automation-hold',
  /** On a pod: no process stands behind it. The value says why. Gates and verification read it as inconclusive. */
  simulated: 'plimsoll.dev/simulated',
} as const

export const resourcesFinalizer = 'resources-finalizer.argocd.argoproj.io'
