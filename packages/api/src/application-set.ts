import { z } from 'zod'
import { HealthStatus, ResourceStatus } from './application.ts'
import { ResourceNode } from './resources.ts'
import {
  ClusterDecisionGenerator,
  ClustersGenerator,
  GitGenerator,
  LabelSelector,
  ListGenerator,
  PluginGenerator,
  PullRequestGenerator,
  ScmProviderGenerator,
  SetTemplate,
} from './set-generators.ts'

/**
 * `ApplicationSet`, argoproj.io/v1alpha1, with Argo CD's fields (source: argo-cd `pkg/apis/application/v1alpha1/applicationset_types.go`).
 * Objects are loose: a field that this version does not know stays as it is. What is templated is a text until it is filled in.
 */

/** Generators that ask for something. One that combines others (matrix, merge) cannot stand below two of its kind. */
const asking = {
  list: ListGenerator.nullish(),
  clusters: ClustersGenerator.nullish(),
  git: GitGenerator.nullish(),
  scmProvider: ScmProviderGenerator.nullish(),
  clusterDecisionResource: ClusterDecisionGenerator.nullish(),
  pullRequest: PullRequestGenerator.nullish(),
  plugin: PluginGenerator.nullish(),
  selector: LabelSelector.nullish(),
}

const TerminalGenerator = z.looseObject(asking)

const NestedGenerator = z.looseObject({
  ...asking,
  matrix: z.looseObject({ generators: z.array(TerminalGenerator) }).nullish(),
  merge: z.looseObject({ generators: z.array(TerminalGenerator), mergeKeys: z.array(z.string()).nullish() }).nullish(),
})

export const SetGenerator = z.looseObject({
  ...asking,
  matrix: z.looseObject({ generators: z.array(NestedGenerator), template: SetTemplate.nullish() }).nullish(),
  merge: z
    .looseObject({ generators: z.array(NestedGenerator), mergeKeys: z.array(z.string()).nullish(), template: SetTemplate.nullish() })
    .nullish(),
})
export type SetGenerator = z.infer<typeof SetGenerator>

export const ApplicationsSyncPolicy = z.enum(['create-only', 'create-update', 'create-delete', 'sync'])
export type ApplicationsSyncPolicy = z.infer<typeof ApplicationsSyncPolicy>

export const RolloutStep = z.looseObject({
  matchExpressions: z
    .array(z.looseObject({ key: z.string().optional(), operator: z.string().optional(), values: z.array(z.string()).nullish() }))
    .nullish(),
  /** How many at once: a number, or a share of the step (`20%`). */
  maxUpdate: z.union([z.number().int(), z.string()]).nullish(),
})
export type RolloutStep = z.infer<typeof RolloutStep>

export const SetStrategy = z.looseObject({
  type: z.string().optional(),
  rollingSync: z.looseObject({ steps: z.array(RolloutStep).nullish() }).nullish(),
  /** `AllAtOnce` or `Reverse`. */
  deletionOrder: z.string().optional(),
})
export type SetStrategy = z.infer<typeof SetStrategy>

/** What the set leaves alone in the Applications that it has made. */
export const IgnoredDifference = z.looseObject({
  name: z.string().optional(),
  jsonPointers: z.array(z.string()).nullish(),
  jqPathExpressions: z.array(z.string()).nullish(),
})
export type IgnoredDifference = z.infer<typeof IgnoredDifference>

export const ApplicationSetSpec = z.looseObject({
  goTemplate: z.boolean().optional(),
  goTemplateOptions: z.array(z.string()).nullish(),
  generators: z.array(SetGenerator),
  template: SetTemplate,
  templatePatch: z.string().nullish(),
  syncPolicy: z
    .looseObject({ preserveResourcesOnDeletion: z.boolean().optional(), applicationsSync: ApplicationsSyncPolicy.nullish() })
    .nullish(),
  strategy: SetStrategy.nullish(),
  preservedFields: z.looseObject({ annotations: z.array(z.string()).nullish(), labels: z.array(z.string()).nullish() }).nullish(),
  ignoreApplicationDifferences: z.array(IgnoredDifference).nullish(),
  /** Argo CD 3 always applies them. */
  applyNestedSelectors: z.boolean().optional(),
})
export type ApplicationSetSpec = z.infer<typeof ApplicationSetSpec>

export const setConditionTypes = [
  'ErrorOccurred',
  'ParametersGenerated',
  'ResourcesUpToDate',
  'RolloutProgressing',
  'InvalidRolloutConfig',
  /** Ours: applications would go, and somebody has to say that this is meant. */
  'DeletionHeld',
] as const
export type SetConditionType = (typeof setConditionTypes)[number]

export const SetCondition = z.looseObject({
  type: z.string(),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string(),
  message: z.string(),
  lastTransitionTime: z.string().optional(),
})
export type SetCondition = z.infer<typeof SetCondition>

/** Where an Application stands in a rolling sync. */
export const RolloutStatus = z.looseObject({
  application: z.string(),
  status: z.enum(['Waiting', 'Pending', 'Progressing', 'Healthy']),
  message: z.string(),
  /** The step that it belongs to, from 1; `-1` for none. */
  step: z.string(),
  targetRevisions: z.array(z.string()).default([]),
  lastTransitionTime: z.string().optional(),
})
export type RolloutStatus = z.infer<typeof RolloutStatus>

/** Ours: what would be deleted, and waits for somebody to say that this is meant. */
export const PendingDeletion = z.object({
  /** What an approval names: it stands for exactly these applications. */
  digest: z.string(),
  applications: z.array(z.string()),
  /** How many there are of this set. */
  of: z.number().int(),
  reason: z.string(),
  since: z.string(),
  /** Set once it is approved: these go, also when that takes several looks. */
  isApproved: z.boolean().optional(),
})
export type PendingDeletion = z.infer<typeof PendingDeletion>

export const ApplicationSetStatus = z.looseObject({
  conditions: z.array(SetCondition).optional(),
  applicationStatus: z.array(RolloutStatus).optional(),
  resources: z.array(ResourceStatus).optional(),
  resourcesCount: z.number().int().optional(),
  health: HealthStatus.optional(),
  pendingDeletion: PendingDeletion.optional(),
  /** Ours: how many Applications each generator of the spec (in its form `digest`) gave last. */
  generated: z.object({ digest: z.string(), counts: z.array(z.number().int()) }).optional(),
})
export type ApplicationSetStatus = z.infer<typeof ApplicationSetStatus>

export const ApplicationSet = z.looseObject({
  apiVersion: z.literal('argoproj.io/v1alpha1').optional(),
  kind: z.literal('ApplicationSet').optional(),
  metadata: z.looseObject({
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
  }),
  spec: ApplicationSetSpec,
  status: ApplicationSetStatus.optional(),
})
export type ApplicationSet = z.infer<typeof ApplicationSet>

export const ApplicationSetTree = z.looseObject({ nodes: z.array(ResourceNode).optional() })
export type ApplicationSetTree = z.infer<typeof ApplicationSetTree>

export const ApplicationSetWatchEvent = z.object({ type: z.enum(['ADDED', 'MODIFIED', 'DELETED']), applicationSet: ApplicationSet })
export type ApplicationSetWatchEvent = z.infer<typeof ApplicationSetWatchEvent>

/** Annotations of an ApplicationSet: Argo CD's, and ours. */
export const setAnnotations = {
  /** Look at every generator again, now. */
  refresh: 'argocd.argoproj.io/application-set-refresh',
  /** The digest of a deletion that waits: somebody says that it is meant. */
  deletionApproved: 'plimsoll.dev/deletion-approved',
  /** `off`: this set may lose all of its Applications without asking. */
  deletionGuard: 'plimsoll.dev/deletion-guard',
} as const
