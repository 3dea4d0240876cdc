import { z } from 'zod'
import type { Verdict } from './model-gate.ts'

/**
 * `Delivery` and `Release`, plimsoll.dev/v1alpha1. Unlike the kinds of others, ours are strict: a field that is misspelt (`aprovals`) would
 * otherwise be a rule that nobody keeps. `deliveryProblems` says what is wrong with field, found and allowed.
 */

/** An object with these fields and no others; a refusal lists them. */
function exactly<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `${(issue.keys ?? []).map((key: string) => `'${key.slice(0, 80)}'`).join(', ')} is no field of it (allowed: ${Object.keys(shape).join(', ')})`
        : undefined,
  })
}

/** Name of a stage, an image, a step: what can be part of a Kubernetes name. */
const partName = z
  .string()
  .max(40)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'must be lower case letters, digits and dashes, 40 at most')

/** `30s`, `10m`, `2h`, `1h30m`, `7d`. */
export const Duration = z
  .string()
  .max(40)
  .regex(/^(\d{1,9}(\.\d{1,3})?(ms|s|m|h|d))+$/, 'must be a duration: 30s, 10m, 1h30m, 7d')
  .refine((text) => lengthOf(text) <= longestMs, 'must be 1000d at most')

const longestMs = 1000 * 24 * 3_600_000
const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** In milliseconds. Throws for what `Duration` refuses. */
export function durationMs(text: string): number {
  return lengthOf(Duration.parse(text))
}

function lengthOf(text: string): number {
  return [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)].reduce(
    (sum, [, number, unit]) => sum + Number(number) * unitMs[unit as keyof typeof unitMs],
    0,
  )
}

/** Inside a repository: no `..`, no leading slash. */
const filePath = z
  .string()
  .min(1)
  .max(1000)
  .refine((path) => path.split('/').every((part) => !['', '.', '..'].includes(part)), 'must be a path inside the folder, without ..')

/**
 * What a version field is set to. `release`: the image of the same name, for a field that names one; else the value that the first stage has.
 */
export const FieldValue = z.enum(['copy', 'model.digest', 'model.name', 'model.version', 'revision'])
export type FieldValue = z.infer<typeof FieldValue>

const objectOf = exactly({ kind: z.string().max(253), name: z.string().max(253) })

/** A place in a stage's folder that says which version runs. Exactly one of `image`, `configMap`, `path`. */
export const VersionField = exactly({
  /** Relative to the folder of the stage's Application. */
  file: filePath,
  /** An image by its name: an entry of a kustomization's `images`, or the containers of plain manifests that use it. */
  image: z.string().min(1).max(400).optional(),
  /** A literal of a kustomization's `configMapGenerator`. */
  configMap: exactly({ name: z.string().min(1).max(253), key: z.string().min(1).max(253) }).optional(),
  /** `model.digest`, `spec.template.spec.containers[0].image`, `data["model.digest"]`. */
  path: z.string().min(1).max(1000).optional(),
  /** Of a file with several documents, the one that is meant; for `path`. */
  object: objectOf.optional(),
  value: FieldValue.optional(),
  /** Written before the value, and not part of it: `oci://registry.example.org/fraud@`. Not for images. */
  prefix: z.string().min(1).max(1000).optional(),
  /** Where stages say the same in different places: fields of one name have one value. */
  name: partName.optional(),
})
  .refine((field) => [field.image, field.configMap, field.path].filter((one) => one !== undefined).length === 1, {
    message: "must have exactly one of 'image', 'configMap' and 'path'",
  })
  .refine((field) => field.image === undefined || field.prefix === undefined, { message: "'prefix' is not for an image" })
export type VersionField = z.infer<typeof VersionField>

export const ImagePolicy = exactly({
  /** As Helm and npm read ranges: the highest tag in it. */
  semver: z.string().max(200).optional(),
  /** The newest tag that matches `pattern` (RE2); of its group `$order`, or the first, or the whole. */
  newest: exactly({
    pattern: z.string().max(400),
    order: z.enum(['numeric', 'alphabetic', 'time']).optional(),
  }).optional(),
  /** The digest behind this tag, `main`. */
  digest: z.string().max(128).optional(),
}).refine((policy) => [policy.semver, policy.newest, policy.digest].filter((one) => one !== undefined).length === 1, {
  message: "must have exactly one of 'semver', 'newest' and 'digest'",
})
export type ImagePolicy = z.infer<typeof ImagePolicy>

export const DeliveryImage = exactly({
  /** As the version fields call it. */
  name: z.string().min(1).max(400),
  /** Where tags are looked up: `registry.example.org/team/fraud-server`. */
  from: z.string().min(1).max(400),
  policy: ImagePolicy,
  /** 5m by default. */
  every: Duration.optional(),
})
export type DeliveryImage = z.infer<typeof DeliveryImage>

export const Verification = exactly({
  name: partName.optional(),
  /** Synced and healthy, at what this release wrote. Always the first step, whether written or not. */
  health: exactly({ within: Duration.optional() }).optional(),
  /** A Job of the stage's namespace. `template` is a `batch/v1` JobSpec. */
  job: exactly({ template: z.record(z.string(), z.unknown()), within: Duration.optional() }).optional(),
  http: exactly({
    /** Of a Service in the stage's namespace; or `url`, for what is elsewhere. */
    service: z
      .string()
      .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'must be the name of a Service')
      .optional(),
    port: z.number().int().min(1).max(65_535).optional(),
    path: z.string().max(2000).startsWith('/').optional(),
    url: z
      .url({ protocol: /^https?$/ })
      .max(2000)
      .optional(),
    method: z.enum(['GET', 'POST']).optional(),
    body: z.string().max(100_000).optional(),
    status: z.number().int().min(100).max(599).optional(),
    /** The answer's body has this in it. */
    contains: z.string().max(10_000).optional(),
    within: Duration.optional(),
  }).optional(),
  /** Name of an AnalysisTemplate in the stage's namespace. */
  analysis: z.string().max(253).optional(),
}).refine((step) => [step.health, step.job, step.http, step.analysis].filter((one) => one !== undefined).length === 1, {
  message: "must have exactly one of 'health', 'job', 'http' and 'analysis'",
})
export type Verification = z.infer<typeof Verification>

export const StageCondition = exactly({
  window: exactly({
    /** When it opens, five fields: minute, hour, day of month, month, day of week. */
    cron: z.string().max(200),
    /** How long it stays open, 7d at most. */
    duration: Duration,
    /** `Europe/Berlin`; UTC by default. */
    timeZone: z.string().max(100).optional(),
  }).optional(),
  /** With `stage`: what is in that stage is verified there. */
  delivery: z.string().max(253).optional(),
  stage: z.string().max(40).optional(),
  /** Name of an objective; `above` is the share of it that must be left. */
  errorBudget: z.string().max(253).optional(),
  above: z
    .string()
    .regex(/^\d{1,2}(\.\d+)?%$|^100%$/, 'must be a percentage: 10%')
    .optional(),
})
  .refine((one) => [one.window, one.delivery, one.errorBudget].filter((field) => field !== undefined).length === 1, {
    message: "must have exactly one of 'window', 'delivery' and 'errorBudget'",
  })
  .refine((one) => (one.delivery === undefined) === (one.stage === undefined), { message: "'delivery' and 'stage' belong together" })
export type StageCondition = z.infer<typeof StageCondition>

export const Promotion = exactly({
  /** What an environment is. `path`: version fields are written; `branch`: it is moved or merged into; `ref`: it is moved. */
  by: z.enum(['path', 'branch', 'ref']).optional(),
  as: z.enum(['commit', 'pullRequest']).optional(),
})
export type Promotion = z.infer<typeof Promotion>

export const DeliveryStage = exactly({
  name: partName,
  /** An Application of the same namespace: its source is the stage's environment. */
  application: z.string().min(1).max(253),
  /** For this stage instead of the delivery's. */
  fields: z.array(VersionField).max(50).optional(),
  verify: z.array(Verification).max(20).optional(),
  /** How long it must stay healthy before it counts as verified. */
  soak: Duration.optional(),
  approvals: exactly({
    required: z.number().int().min(0).max(20),
    /** Each approval comes from a member of one of these. Absent: from whoever may approve. */
    groups: z.array(z.string().max(253)).max(20).optional(),
    /** True by default. */
    notAuthor: z.boolean().optional(),
  }).optional(),
  while: z.array(StageCondition).max(20).optional(),
  promotion: Promotion.optional(),
  /** False: promoted when somebody says so, once everything is met. True by default. */
  automatic: z.boolean().optional(),
})
export type DeliveryStage = z.infer<typeof DeliveryStage>

export const DeliverySpec = exactly({
  /** Where merges come from. */
  source: exactly({
    repoURL: z.string().min(1).max(2000),
    branch: z.string().min(1).max(250).optional(),
    /** Only a commit that changes something below one of these makes a release. */
    paths: z.array(filePath).max(50).optional(),
  }),
  model: exactly({
    name: z.string().max(253).optional(),
    /** A ModelGate: without its pass no other model gets into the first stage. */
    gate: z.string().max(253).optional(),
  }).optional(),
  images: z.array(DeliveryImage).max(20).optional(),
  /** Where each stage says which version it runs. */
  fields: z.array(VersionField).max(50).optional(),
  promotion: Promotion.optional(),
  stages: z
    .array(DeliveryStage)
    .min(1)
    .max(20)
    .refine((stages) => new Set(stages.map(({ name }) => name)).size === stages.length, 'must have names that differ'),
  /** Nothing is promoted while it is true. */
  suspend: z.boolean().optional(),
})
export type DeliverySpec = z.infer<typeof DeliverySpec>

const objectMeta = z.looseObject({
  name: z.string().min(1).max(200),
  namespace: z.string().optional(),
  uid: z.string().optional(),
  resourceVersion: z.string().optional(),
  generation: z.number().optional(),
  creationTimestamp: z.string().optional(),
  deletionTimestamp: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
})

/** The way of one model or service through its stages. */
export const Delivery = z.looseObject({
  apiVersion: z.literal('plimsoll.dev/v1alpha1'),
  kind: z.literal('Delivery'),
  metadata: objectMeta,
  spec: DeliverySpec,
})
export type Delivery = z.infer<typeof Delivery>

/** What a release runs with in place of an image's name: at least a tag or a digest. */
export const ReleaseImage = z.object({
  name: z.string(),
  /** Where it comes from, when that is not its name. */
  newName: z.string().optional(),
  tag: z.string().optional(),
  digest: z.string().optional(),
})
export type ReleaseImage = z.infer<typeof ReleaseImage>

/** What is promoted: immutable, by digest. */
export const Release = z.looseObject({
  apiVersion: z.literal('plimsoll.dev/v1alpha1'),
  kind: z.literal('Release'),
  metadata: objectMeta,
  spec: z.looseObject({
    delivery: z.string(),
    /** Counts up within a delivery. */
    number: z.number().int(),
    source: z.looseObject({ repoURL: z.string(), branch: z.string(), revision: z.string() }),
    author: z.string(),
    title: z.string(),
    model: z.looseObject({ digest: z.string(), name: z.string().optional(), version: z.string().optional() }).optional(),
    images: z.array(ReleaseImage),
    verdict: z.enum(['pass', 'fail', 'inconclusive']).optional(),
    pullRequest: z.looseObject({ repository: z.string(), number: z.number().int(), url: z.string().optional() }).optional(),
  }),
})
export type Release = z.infer<typeof Release>

/** What is wrong with a Delivery, one line for each: `spec.stages[1].soak must be a duration: 30s, 10m (found '10')`. Empty when nothing is. */
export function deliveryProblems(object: unknown): string[] {
  const parsed = Delivery.safeParse(object)
  if (parsed.success) return []
  return parsed.error.issues.slice(0, 20).map((issue) => {
    const where = issue.path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('')
    const found = valueAt(object, issue.path)
    const name = where.slice(1) || 'the object'
    const rule = lowerFirst(issue.message)
    if (found === undefined) return `${name} is missing (${rule.replace(/, received undefined$/, '')})`
    const shown = typeof found === 'object' && found !== null ? '' : ` (found ${JSON.stringify(found)?.slice(0, 120)})`
    return `${name} ${/^(must|'|is )/.test(rule) ? '' : 'must be: '}${rule.replace(/, received \w+$/, '')}${shown}`
  })
}

function lowerFirst(text: string): string {
  return text.replace(/^Invalid input: /, '').replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase())
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, part) => (typeof at === 'object' && at !== null && Object.hasOwn(at, part) ? Reflect.get(at, part) : undefined),
    value,
  )
}

/** The word for a state, as the console's table has it. `Finished`: verified in the last stage. */
export type StagePhase =
  | 'Empty'
  | 'Promoting'
  | 'Verifying'
  | 'Soaking'
  | 'Verified'
  | 'Finished'
  | 'Held'
  | 'Failed'
  | 'Inconclusive'
  | 'RolledBack'
  | 'Superseded'

/** The same for a whole delivery: that of the stage that says most. `WaitingForApproval` and `Waiting` are about what is to be promoted next. */
export type DeliveryPhase = StagePhase | 'WaitingForApproval' | 'Waiting' | 'Invalid' | 'Suspended'

/** One page of `/api/v1/deliveries/NAME`. Times are RFC 3339. */
export interface DeliveryView {
  name: string
  namespace: string
  phase: DeliveryPhase
  /** One sentence: what it waits for or what is wrong, and since when. */
  text: string
  source: { repoURL: string; branch: string; head?: string }
  gate?: string
  promotion: { by: 'path' | 'branch' | 'ref'; as: 'commit' | 'pullRequest' }
  stages: StageView[]
  /** Newest first, 20 at most. */
  releases: ReleaseView[]
  /** Promotions are held by somebody, or by `spec.suspend`. */
  hold?: { by: string; why: string; since: string }
  conditions: { type: string; status: 'True' | 'False' | 'Unknown'; reason: string; message: string; lastTransitionTime: string }[]
  /** Changes with each change of this view: a reader of the stream compares it. */
  version: number
}

export interface StageView {
  name: string
  application: string
  phase: StagePhase
  /** One sentence about the phase, with its reason. */
  text: string
  since?: string
  /** What is in it now. */
  release?: ReleaseView
  /** The commit that brought it. */
  commit?: string
  approvedBy: string[]
  /** `merge` for a first stage; else who promoted or reverted it, `system:delivery` when it was by itself. */
  by?: string
  verification: VerificationView[]
  soak?: { totalMs: number; startedAt?: string; endsAt?: string }
  /** What would come into it next, and what that waits for. */
  next?: NextView
  /** What the Application says: `Healthy`, `Synced`. */
  health?: string
  sync?: string
  /** A pull request that promotes and waits to be merged. */
  pullRequest?: { repository: string; number: number; url?: string }
}

export interface VerificationView {
  name: string
  kind: 'health' | 'job' | 'http' | 'analysis'
  state: 'waiting' | 'running' | Verdict
  /** "200 of 200", "Degraded: 0 of 3 pods are ready". */
  text: string
  startedAt?: string
  finishedAt?: string
  /** For its log. */
  job?: { namespace: string; name: string }
  /** It counts as passed, because somebody said so. */
  overridden?: { by: string; why: string; at: string }
}

export interface NextView {
  release: ReleaseView
  /** Every one of them in words, met or not, in the order in which they are shown. */
  requirements: RequirementView[]
  isReady: boolean
  approvals: { required: number; groups: string[]; notAuthor: boolean; given: ApprovalView[] }
  /** Promotes by itself once all are met. */
  isAutomatic: boolean
}

export interface RequirementView {
  /** How an override names it: `window`, `soak`, `gate`, `errorBudget:fraud-availability`. */
  id: string
  kind: 'gate' | 'verified' | 'soak' | 'approvals' | 'free' | 'window' | 'delivery' | 'errorBudget' | 'manual' | 'hold'
  isMet: boolean
  /** "1 approval of risk-leads". */
  title: string
  /** "not the author, Soo-ah Han" or "opens Monday 09:00 UTC". */
  text: string
  /** "0 of 1", "6m12s left". */
  figure?: string
  /** When it will be met by itself, where that is known. */
  metAt?: string
  mayBeOverridden: boolean
  overridden?: { by: string; why: string; at: string }
}

export interface ApprovalView {
  release: string
  stage: string
  by: string
  at: string
  comment?: string
  /** Why it no longer counts: "fraud-detector-8 is superseded by fraud-detector-9". */
  void?: string
}

export interface ReleaseView {
  /** `fraud-detector-9`. */
  name: string
  delivery: string
  number: number
  revision: string
  repoURL: string
  title: string
  author: string
  createdAt: string
  model?: { digest: string; name?: string; version?: string }
  images: ReleaseImage[]
  verdict?: Verdict
  pullRequest?: { repository: string; number: number; url?: string }
  reviewers: string[]
  supersededBy?: string
  /** Of `/api/v1/releases/NAME`: where it is, or was. */
  stages?: { stage: string; phase: StagePhase; since: string; text: string }[]
  approvals?: ApprovalView[]
}

/** One line of "who deployed what, when, from which pull request, with which verdict". */
export interface PromotionView {
  id: string
  delivery: string
  stage: string
  application: string
  release: ReleaseView
  /** `found`: it was there before the delivery was; nothing was written. */
  kind: 'pin' | 'promotion' | 'revert' | 'found'
  by: string
  why?: string
  approvedBy: string[]
  startedAt: string
  finishedAt?: string
  /** In the environment's repository. */
  repoURL: string
  commit?: string
  phase: StagePhase
  text: string
  /** Until when it was what the stage runs. Absent: it still is. */
  until?: string
}

export interface DeploymentQuery {
  delivery?: string
  stage?: string
  application?: string
  repository?: string
  pullRequest?: number
  /** A digest, or the beginning of one. */
  model?: string
  release?: string
  /** RFC 3339. */
  since?: string
  until?: string
  limit?: number
  /** `id` of the last line that was had. */
  before?: string
}

export interface DeliveryWatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED'
  delivery: DeliveryView
}
