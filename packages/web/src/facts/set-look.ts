import type { ApplicationSet, HealthStatusCode, RolloutStatus, SetCondition } from '@plimsoll/api'
import { explain } from './condition.ts'
import { repositoryLabel } from './hosted.ts'
import { pick, pickList, pickMap, pickText } from './manifest.ts'
import { healthOrder, type Look, type Tone } from './tone.ts'

/** Whatever somebody has applied is an application set: no field of its spec is trusted to be what it should. */

export const generatorKinds = [
  'list',
  'clusters',
  'git',
  'scmProvider',
  'clusterDecisionResource',
  'pullRequest',
  'matrix',
  'merge',
  'plugin',
] as const
export type GeneratorKind = (typeof generatorKinds)[number]

/** One generator: its kind, what it asks, and those below it. */
export interface GeneratorFacts {
  kind: GeneratorKind | undefined
  place: string
  inner: GeneratorFacts[]
}

export function generatorsOf(set: ApplicationSet): GeneratorFacts[] {
  return pickList(set, 'spec', 'generators').map(generatorFacts)
}

function generatorFacts(generator: unknown): GeneratorFacts {
  const kind = generatorKinds.find((one) => pick(generator, one) !== undefined && pick(generator, one) !== null)
  if (kind === undefined) return { kind, place: '', inner: [] }
  const inner = kind === 'matrix' || kind === 'merge' ? pickList(generator, kind, 'generators').map(generatorFacts) : []
  return { kind, place: placeOf(kind, pick(generator, kind)), inner }
}

function placeOf(kind: GeneratorKind, spec: unknown): string {
  switch (kind) {
    case 'git': {
      const paths = [...pickList(spec, 'directories'), ...pickList(spec, 'files')].filter((one) => pick(one, 'exclude') !== true)
      return [repositoryName(pickText(spec, 'repoURL')), ...paths.map((one) => pickText(one, 'path'))].filter(Boolean).join(' ')
    }
    case 'list':
      return pick(spec, 'elements') === undefined ? '' : String(pickList(spec, 'elements').length)
    case 'clusters':
      return pickMap(spec, 'selector', 'matchLabels')
        .map((pair) => pair.join('='))
        .join(', ')
    case 'pullRequest':
    case 'scmProvider':
      return providerPlace(spec)
    case 'plugin':
      return pickText(spec, 'configMapRef', 'name')
    case 'clusterDecisionResource':
      return pickText(spec, 'configMapRef')
    case 'matrix':
    case 'merge':
      return ''
  }
}

/** What providers are asked about, from the outside in. */
const placeFields = ['organization', 'group', 'owner', 'teamProject', 'project', 'repo', 'repository']
const notProviders = ['filters', 'requeueAfterSeconds', 'template', 'values', 'cloneProtocol', 'continueOnRepoNotFoundError']

function providerPlace(spec: unknown): string {
  const [provider] = pickMap(spec)
    .map(([name]) => name)
    .filter((name) => !notProviders.includes(name))
  if (provider === undefined) return ''
  const path = placeFields.map((field) => pickText(spec, provider, field)).filter(Boolean)
  return [provider === 'plimsoll' ? '' : provider, path.join('/')].filter(Boolean).join(' ')
}

/** A repository that lives here by its name, any other one by its address. */
export function repositoryName(repoURL: string): string {
  const hosted = /\/git\/([^?#]+?)(?:\.git)?\/?$/.exec(repoURL)?.[1]
  return hosted ?? repositoryLabel(repoURL).replace(/\.git$/, '')
}

/** The set that an application belongs to. */
export function owningSet(application: unknown): string | undefined {
  const owner = pickList(application, 'metadata', 'ownerReferences').find(
    (one) => pick(one, 'controller') === true && pickText(one, 'kind') === 'ApplicationSet',
  )
  return owner === undefined ? undefined : pickText(owner, 'name') || undefined
}

export function healthOfSet({ status }: ApplicationSet): HealthStatusCode {
  return healthOrder.find((one) => one === status?.health?.status) ?? 'Unknown'
}

export function policyOf(set: ApplicationSet): string {
  return pickText(set, 'spec', 'syncPolicy', 'applicationsSync') || 'sync'
}

export function isRollingSync(set: ApplicationSet): boolean {
  return pickText(set, 'spec', 'strategy', 'type') === 'RollingSync'
}

/** How many of its applications are in which health, trouble first. */
export function healthCounts({ status }: ApplicationSet): { health: HealthStatusCode; count: number }[] {
  const counts = new Map<HealthStatusCode, number>()
  for (const { health } of status?.resources ?? []) {
    const known = healthOrder.find((one) => one === health?.status) ?? 'Unknown'
    counts.set(known, (counts.get(known) ?? 0) + 1)
  }
  return healthOrder.flatMap((health) => {
    const count = counts.get(health) ?? 0
    return count > 0 ? [{ health, count }] : []
  })
}

/** What waits until somebody says that it is meant. */
export interface PendingFacts {
  digest: string
  names: readonly string[]
  of: number
  reason: PendingReason
  since: string
}

export type PendingReason = { kind: 'nothing' } | { kind: 'generator'; number: number } | { kind: 'half' } | { kind: 'other'; text: string }

export function pendingOf({ status }: ApplicationSet): PendingFacts | undefined {
  const pending = status?.pendingDeletion
  if (pending === undefined || pending.isApproved === true) return undefined
  const { digest, applications, of, reason, since } = pending
  return { digest, names: applications, of, reason: readReason(reason), since }
}

/** The server's words, so that they can be said in other languages. */
function readReason(text: string): PendingReason {
  if (text === 'the generators give nothing') return { kind: 'nothing' }
  if (text === 'more than half of the applications would go') return { kind: 'half' }
  const emptied = /^spec\.generators\[(\d+)\] gives nothing any more$/.exec(text)?.[1]
  return emptied === undefined ? { kind: 'other', text } : { kind: 'generator', number: Number(emptied) + 1 }
}

/** Deletions that were confirmed and are going on. */
export function goingOf({ status }: ApplicationSet): readonly string[] {
  return status?.pendingDeletion?.isApproved === true ? status.pendingDeletion.applications : []
}

export interface SetTrouble {
  tone: Tone
  condition: SetCondition
  what: string
  remedy: string | undefined
}

/** What is wrong, the worst first. What waits has a place of its own. */
export function troublesOf({ status }: ApplicationSet): SetTrouble[] {
  const told = (type: string, tone: Tone): SetTrouble[] => {
    const condition = status?.conditions?.find((one) => one.type === type && one.status === 'True')
    if (!condition) return []
    const { what, remedy } = explain(condition.message)
    return [{ tone, condition, what, remedy }]
  }
  return [...told('ErrorOccurred', 'bad'), ...told('InvalidRolloutConfig', 'warn')]
}

/** Trouble first, then what waits for somebody, then what moves. */
const order: readonly HealthStatusCode[] = ['Degraded', 'Suspended', 'Missing', 'Progressing', 'Unknown', 'Healthy']

export function inSetOrder(sets: readonly ApplicationSet[]): ApplicationSet[] {
  const rank = (set: ApplicationSet) => order.indexOf(healthOfSet(set))
  return sets.toSorted((a, b) => rank(a) - rank(b) || (a.metadata.name < b.metadata.name ? -1 : 1))
}

export const rolloutLooks: Record<RolloutStatus['status'], Look> = {
  Waiting: { glyph: 'g-queued', tone: 'none' },
  Pending: { glyph: 'g-clock', tone: 'run' },
  Progressing: { glyph: 'g-progress', tone: 'run', turning: true },
  Healthy: { glyph: 'g-ok', tone: 'ok' },
}

export interface StepFacts {
  /** From 1; undefined: in no step. */
  number: number | undefined
  /** `env In (dev, qa)`. */
  selects: string[]
  maxUpdate: string
  members: RolloutStatus[]
}

/** The steps of a rolling sync with who is in them; those in none last. */
export function stepsOf(set: ApplicationSet): StepFacts[] {
  const standing = (set.status?.applicationStatus ?? []).toSorted((a, b) => (a.application < b.application ? -1 : 1))
  const steps = pickList(set, 'spec', 'strategy', 'rollingSync', 'steps').map((step, index): StepFacts => {
    const selects = pickList(step, 'matchExpressions').map((one) => {
      const values = pickList(one, 'values').map(String).join(', ')
      return `${pickText(one, 'key')} ${pickText(one, 'operator')} (${values})`
    })
    const members = standing.filter((one) => one.step === String(index + 1))
    return { number: index + 1, selects, maxUpdate: pickText(step, 'maxUpdate'), members }
  })
  const others = standing.filter(({ step }) => !steps.some(({ number }) => String(number) === step))
  return others.length === 0 ? steps : [...steps, { number: undefined, selects: [], maxUpdate: '', members: others }]
}
