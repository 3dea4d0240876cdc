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

const JsonnetVariable = z.looseObject({ name: z.string(), value: z.string(), code: z.boolean().optional() })

export const DirectorySource = z.looseObject({
  recurse: z.boolean().optional(),
  include: z.string().optional(),
  exclude: z.string().optional(),
  jsonnet: z
    .looseObject({
      extVars: z.array(JsonnetVariable).nullish(),
      tlas: z.array(JsonnetVariable).nullish(),
      libs: z.array(z.string()).nullish(),
    })
    .nullish(),
})
export type DirectorySource = z.infer<typeof DirectorySource>

export const HelmSource = z.looseObject({
  /** Ours takes `v3` and `v4`; `v2` and nothing mean `v3`. */
  version: z.string().optional(),
  releaseName: z.string().optional(),
  namespace: z.string().optional(),
  valueFiles: z.array(z.string()).nullish(),
  ignoreMissingValueFiles: z.boolean().optional(),
  values: z.string().optional(),
  valuesObject: z.record(z.string(), z.unknown()).nullish(),
  parameters: z
    .array(z.looseObject({ name: z.string().optional(), value: z.string().optional(), forceString: z.boolean().optional() }))
    .nullish(),
  fileParameters: z.array(z.looseObject({ name: z.string().optional(), path: z.string().optional() })).nullish(),
  passCredentials: z.boolean().optional(),
  skipCrds: z.boolean().optional(),
  skipTests: z.boolean().optional(),
  skipSchemaValidation: z.boolean().optional(),
  kubeVersion: z.string().optional(),
  apiVersions: z.array(z.string()).nullish(),
})
export type HelmSource = z.infer<typeof HelmSource>

const stringMap = z.record(z.string(), z.string())

export const KustomizeSource = z.looseObject({
  version: z.string().optional(),
  namePrefix: z.string().optional(),
  nameSuffix: z.string().optional(),
  namespace: z.string().optional(),
  images: z.array(z.string()).nullish(),
  replicas: z.array(z.looseObject({ name: z.string(), count: z.union([z.number().int(), z.string()]) })).nullish(),
  commonLabels: stringMap.nullish(),
  commonAnnotations: stringMap.nullish(),
  forceCommonLabels: z.boolean().optional(),
  forceCommonAnnotations: z.boolean().optional(),
  commonAnnotationsEnvsubst: z.boolean().optional(),
  labelWithoutSelector: z.boolean().optional(),
  labelIncludeTemplates: z.boolean().optional(),
  components: z.array(z.string()).nullish(),
  ignoreMissingComponents: z.boolean().optional(),
  patches: z
    .array(
      z.looseObject({
        path: z.string().optional(),
        patch: z.string().optional(),
        target: z.looseObject({}).nullish(),
        options: z.record(z.string(), z.boolean()).nullish(),
      }),
    )
    .nullish(),
  kubeVersion: z.string().optional(),
  apiVersions: z.array(z.string()).nullish(),
})
export type KustomizeSource = z.infer<typeof KustomizeSource>

export const PluginSource = z.looseObject({
  name: z.string().optional(),
  env: z.array(z.looseObject({ name: z.string(), value: z.string() })).nullish(),
  parameters: z
    .array(
      z.looseObject({
        name: z.string().optional(),
        string: z.string().optional(),
        map: stringMap.nullish(),
        array: z.array(z.string()).nullish(),
      }),
    )
    .nullish(),
})
export type PluginSource = z.infer<typeof PluginSource>

export const ApplicationSource = z.looseObject({
  repoURL: z.string(),
  path: z.string().optional(),
  targetRevision: z.string().optional(),
  chart: z.string().optional(),
  ref: z.string().optional(),
  name: z.string().optional(),
  directory: DirectorySource.nullish(),
  helm: HelmSource.nullish(),
  kustomize: KustomizeSource.nullish(),
  plugin: PluginSource.nullish(),
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

export const ManagedNamespaceMetadata = z.looseObject({
  labels: stringMap.nullish(),
  annotations: stringMap.nullish(),
})
export type ManagedNamespaceMetadata = z.infer<typeof ManagedNamespaceMetadata>

/** `limit: -1` is without end. `refresh`: a repeated attempt takes the newest revision instead of the one that failed. */
export const RetryStrategy = z.looseObject({
  limit: z.number().int().optional(),
  backoff: Backoff.optional(),
  refresh: z.boolean().optional(),
})
export type RetryStrategy = z.infer<typeof RetryStrategy>

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
  retry: RetryStrategy.nullish(),
  managedNamespaceMetadata: ManagedNamespaceMetadata.nullish(),
})
export type SyncPolicy = z.infer<typeof SyncPolicy>

/** Ours: an application that has to be ready before this one syncs by itself, or all that a selector matches. */
export const ApplicationDependency = z
  .object({
    name: z.string().min(1).max(253).optional(),
    /** Default: its own. */
    namespace: z.string().min(1).max(253).optional(),
    selector: z
      .looseObject({
        matchLabels: z.record(z.string(), z.string()).nullish(),
        matchExpressions: z
          .array(z.looseObject({ key: z.string(), operator: z.string(), values: z.array(z.string()).nullish() }))
          .nullish(),
      })
      .optional(),
  })
  .refine(({ name, selector }) => (name === undefined) !== (selector === undefined), 'either name or selector is needed, and not both')
export type ApplicationDependency = z.infer<typeof ApplicationDependency>

export const ApplicationSpec = z.looseObject({
  project: z.string().optional(),
  source: ApplicationSource.optional(),
  sources: z.array(ApplicationSource).nullish(),
  destination: ApplicationDestination,
  syncPolicy: SyncPolicy.nullish(),
  ignoreDifferences: z.array(z.looseObject({})).nullish(),
  info: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
  revisionHistoryLimit: z.number().int().nullish(),
  dependsOn: z.array(ApplicationDependency).max(100).nullish(),
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
  sources: z.array(ApplicationSource).nullish(),
  revisions: z.array(z.string()).nullish(),
  syncOptions: z.array(z.string()).nullish(),
  /** JSON or YAML texts that are applied instead of what Git holds. */
  manifests: z.array(z.string()).nullish(),
  /** How often in a row automation has repaired what it had synced. */
  autoHealAttemptsCount: z.number().optional(),
})
export type SyncOperation = z.infer<typeof SyncOperation>

export const OperationInitiator = z.looseObject({ username: z.string().optional(), automated: z.boolean().optional() })

/** What somebody asked for. Set on the Application (by the API, or by `kubectl patch`); the controller takes it up and clears it. */
export const Operation = z.looseObject({
  sync: SyncOperation.optional(),
  initiatedBy: OperationInitiator.optional(),
  info: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
  retry: RetryStrategy.nullish(),
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
  /** Ours: the uid of the object that is to be deleted and made anew, empty where there was none; told before it is done. */
  replaces: z.string().optional(),
})
export type ResourceResult = z.infer<typeof ResourceResult>

export const SyncOperationResult = z.looseObject({
  resources: z.array(ResourceResult).optional(),
  revision: z.string().optional(),
  revisions: z.array(z.string()).nullish(),
  source: ApplicationSource.optional(),
  sources: z.array(ApplicationSource).nullish(),
  managedNamespaceMetadata: ManagedNamespaceMetadata.nullish(),
})
export type SyncOperationResult = z.infer<typeof SyncOperationResult>

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
  revisions: z.array(z.string()).nullish(),
  sources: z.array(ApplicationSource).nullish(),
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
  /** Made by a sync or a deletion for its own sake: it has no sync status, and its health is not the application's. */
  hook: z.boolean().optional(),
  requiresPruning: z.boolean().optional(),
  requiresDeletionConfirmation: z.boolean().optional(),
  syncWave: z.number().int().optional(),
})
export type ResourceStatus = z.infer<typeof ResourceStatus>

/** Types as Argo CD names them: those that end in `Error` are errors, in `Warning` warnings, the rest is information. */
export const ConditionType = z.enum([
  'ComparisonError',
  'InvalidSpecError',
  'ForbiddenResourceWarning',
  'SyncError',
  'DeletionError',
  'UnknownError',
  /** Ours: a check of the operator's, in Lua or CEL, has failed on an object. */
  'HealthCheckError',
  'SharedResourceWarning',
  'RepeatedResourceWarning',
  'ExcludedResourceWarning',
  'OrphanedResourceWarning',
  /** Ours: a rollback holds automated sync until somebody resumes or reverts. */
  'AutomationHeldWarning',
  /** Ours: automated sync waits for its time; the message says until when. */
  'SyncWindowWarning',
  /** Ours: the branch that it follows was put to where its old commit is no part of the history. */
  'HistoryRewrittenWarning',
  /** Ours: automated sync waits for what it depends on. */
  'DependencyWarning',
  /** Ours: it can never be ready to sync by itself: its dependencies go round in a circle. */
  'DependencyError',
  /** Ours: our rendering and the real tool's differ, where an Application asks for both. */
  'RenderedDifferentlyWarning',
  /** Ours: somebody is to be told something about it, and cannot be. */
  'NotificationWarning',
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
      comparedTo: z
        .looseObject({
          source: ApplicationSource.optional(),
          sources: z.array(ApplicationSource).nullish(),
          destination: ApplicationDestination.optional(),
        })
        .optional(),
      revision: z.string().optional(),
      revisions: z.array(z.string()).nullish(),
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
  sourceTypes: z.array(z.string()).nullish(),
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

/** Annotations and finalizers: those of Argo CD as it writes them, and ours. */
export const annotations = {
  trackingId: 'argocd.argoproj.io/tracking-id',
  refresh: 'argocd.argoproj.io/refresh',
  syncOptions: 'argocd.argoproj.io/sync-options',
  compareOptions: 'argocd.argoproj.io/compare-options',
  syncWave: 'argocd.argoproj.io/sync-wave',
  hook: 'argocd.argoproj.io/hook',
  hookDeletePolicy: 'argocd.argoproj.io/hook-delete-policy',
  /** On an Application: since when deletions that need a confirmation have it; a time as RFC 3339. */
  deletionApproved: 'argocd.argoproj.io/deletion-approved',
  /** On an Application: whose client-side ownership the first apply takes over, instead of kubectl's. */
  migrationManager: 'argocd.argoproj.io/client-side-apply-migration-manager',
  /** On a hook's object: which attempt of which operation it was made for, and in which phase. */
  hookRun: 'plimsoll.dev/hook-run',
  /** On an Application: automated sync waits. The value says why and since when, as JSON. */
  hold: 'plimsoll.dev/automation-hold',
  /** On an Application: `true` goes back to the last good deployment when a sync has ended Degraded. */
  rollbackWhenDegraded: 'plimsoll.dev/rollback-when-degraded',
  /** On an Application that asks for that: the id of the last deployment that was Synced and Healthy. Written by us. */
  lastGood: 'plimsoll.dev/last-good-deployment',
  /** On an Application that comes from Argo CD: what that said of it last, as JSON, until it is handed over. */
  argocdState: 'plimsoll.dev/argocd-state',
  /** On an Application, here and under Argo CD: since when Plimsoll sees to it; a time as RFC 3339. */
  handedOver: 'plimsoll.dev/handed-over',
  /** On a controller of Argo CD that was stopped: how many replicas it had. */
  replicasBefore: 'plimsoll.dev/replicas-before',
  /** On an Application: `compare` renders by the real tool as well and says what differs, `use` takes what the real tool makes. */
  renderWithBinary: 'plimsoll.dev/render-with-binary',
  /** On an Application: `helm` makes random values anew at each revision, as Helm does. */
  randomValues: 'plimsoll.dev/random-values',
  /** On an Application: since when its random values are these. Written by a rotation, as JSON. */
  randomRotation: 'plimsoll.dev/random-rotation',
  /** On a pod: no process stands behind it. The value says why. Gates and verification read it as inconclusive. */
  simulated: 'plimsoll.dev/simulated',
} as const

export const resourcesFinalizer = 'resources-finalizer.argocd.argoproj.io'
/** Hooks run before what an Application manages is deleted, and after; with `/cleanup`, their objects go before the Application does. */
export const preDeleteFinalizer = 'pre-delete-finalizer.argocd.argoproj.io'
export const postDeleteFinalizer = 'post-delete-finalizer.argocd.argoproj.io'
/** Holds a hook's object until its end is on record. */
export const hookFinalizer = 'argocd.argoproj.io/hook-finalizer'
