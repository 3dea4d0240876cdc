import { type Application, type Delivery, type DeliveryImage, PlimsollError, type ReleaseImage } from '@plimsoll/api'
import type { DeliveriesContext } from '../contract.ts'
import { imageValue, readImageValue } from '../fields/image-reference.ts'
import { stagePicture } from '../picture.ts'
import { environmentOf } from '../promotion/environment.ts'
import { readValues } from '../promotion/version-values.ts'
import type { DeliveryRecords } from '../records/delivery-records.ts'
import type { ReleaseRecord } from '../records/rows.ts'

/** Commits of ours in a row that are looked past. */
const maxOwnCommits = 1000

export interface SourceLook {
  /** Made just now. */
  release?: ReleaseRecord
  /** Something is not known yet: look again soon. */
  pending?: string
}

/** Looks at where merges come from; what nobody has seen yet becomes a release. Only those commits count that are not our own. */
export async function lookAtSource(
  context: DeliveriesContext,
  records: DeliveryRecords,
  delivery: Delivery,
  { first, images, head }: { first: Application | undefined; images: ReadonlyMap<string, ReleaseImage>; head: string },
): Promise<SourceLook> {
  const { repositories } = context
  const { name } = delivery.metadata
  const { source } = delivery.spec
  const branch = source.branch ?? 'main'
  const seen = await records.head(name)
  const imageText = imagesText(images)
  const revision = await notOurs(records, repositories.normalize(source.repoURL), head, seen?.commit, (url) => repositories.normalize(url))
  const isNewImage = seen !== undefined && imageText !== seen.images && isLoaded(delivery.spec.images ?? [], images)
  const next = { commit: head, images: isLoaded(delivery.spec.images ?? [], images) ? imageText : (seen?.images ?? '') }
  if (revision === undefined && !isNewImage) {
    if (seen !== undefined && seen.commit !== head) await records.setHead(name, next)
    return {}
  }
  if (revision !== undefined && seen !== undefined && !isNewImage && source.paths !== undefined) {
    const changed = await repositories.changedPaths(source.repoURL, seen.commit, revision)
    const isOf = (path: string): boolean =>
      source.paths?.some((one) => path === one || path.startsWith(`${one.replace(/\/$/, '')}/`)) ?? true
    if (changed !== undefined && !changed.some(isOf)) {
      await records.setHead(name, next)
      return {}
    }
  }

  const made = revision ?? head
  const facts = await context.facts.of(source.repoURL, made, delivery.spec.model?.gate)
  if (facts !== undefined && 'pending' in facts) return { pending: facts.pending }
  if (first === undefined) {
    throw new PlimsollError(
      'not-found',
      `Delivery '${name}' has no application '${delivery.spec.stages[0]?.application ?? ''}' for its first stage yet.`,
    )
  }
  const values = await firstStageValues(context, delivery, first, made, branch)
  for (const [imageName, image] of images) {
    const before = values.get(`image:${imageName}`)
    const newName = before === undefined ? undefined : readImageValue(imageName, before).newName
    values.set(`image:${imageName}`, imageValue({ ...image, ...(newName !== undefined && { newName }) }))
  }
  const model = facts?.model ?? modelOf(values)
  if (model !== undefined) {
    values.set('model.digest', model.digest)
    if (model.name !== undefined) values.set('model.name', model.name)
    if (model.version !== undefined) values.set('model.version', model.version)
  }
  values.set('revision', made)
  const metadata = await repositories.commitMetadata(source.repoURL, made)
  const [newest] = await records.releases({ delivery: name, limit: 1 })
  const number = (newest?.number ?? 0) + 1
  const release: ReleaseRecord = {
    name: `${name}-${number}`,
    delivery: name,
    number,
    repoURL: repositories.normalize(source.repoURL),
    branch,
    revision: made,
    title: (facts?.title ?? metadata.message.split('\n')[0] ?? '').slice(0, 300),
    author: facts?.author ?? metadata.author,
    createdAt: context.clock.now(),
    ...(model && { model }),
    images: [...values].flatMap(([key, value]) => (key.startsWith('image:') ? [readImageValue(key.slice('image:'.length), value)] : [])),
    ...(facts?.verdict && { verdict: facts.verdict }),
    ...(facts?.pullRequest && { pullRequest: facts.pullRequest }),
    reviewers: facts?.reviewers ?? [],
    values: Object.fromEntries(values),
  }
  if (!(await records.addRelease(release, next))) return { pending: 'another replica makes the release' }
  return { release }
}

/** The newest commit that is not ours and that nobody has seen; undefined when there is none. Each of ours is known with its parent. */
async function notOurs(
  records: DeliveryRecords,
  repoURL: string,
  head: string,
  seen: string | undefined,
  normalize: (url: string) => string,
): Promise<string | undefined> {
  let at = head
  for (let count = 0; count < maxOwnCommits; count++) {
    if (at === seen) return undefined
    const own = await records.byCommit(at)
    if (own?.parent === undefined || normalize(own.repoURL) !== repoURL) return at
    at = own.parent
  }
  return at
}

/** What the first stage says now; in the source itself, at the very commit that the release is made of. */
async function firstStageValues(
  context: DeliveriesContext,
  delivery: Delivery,
  application: Application,
  revision: string,
  branch: string,
): Promise<Map<string, string>> {
  const { fields, promotion } = stagePicture(delivery, 0, application, [])
  if (promotion.by !== 'path') return new Map()
  const { repositories } = context
  const environment = await environmentOf(application, promotion.by, context.git)
  const isSource =
    repositories.normalize(environment.repoURL) === repositories.normalize(delivery.spec.source.repoURL) &&
    environment.ref === `refs/heads/${branch}`
  const commit = isSource ? revision : environment.tip
  return commit === undefined ? new Map() : readValues(repositories, { ...environment, commit }, fields)
}

function modelOf(values: ReadonlyMap<string, string>): ReleaseRecord['model'] {
  const digest = values.get('model.digest')
  if (digest === undefined || digest === '') return undefined
  const name = values.get('model.name')
  const version = values.get('model.version')
  return { digest, ...(name !== undefined && { name }), ...(version !== undefined && { version }) }
}

/** Before each of them was looked up once, nothing is made of some. */
function isLoaded(wanted: readonly DeliveryImage[], found: ReadonlyMap<string, ReleaseImage>): boolean {
  return wanted.every(({ name }) => found.has(name))
}

function imagesText(images: ReadonlyMap<string, ReleaseImage>): string {
  return [...images]
    .map(([name, image]) => `${name}=${imageValue(image)}`)
    .toSorted()
    .join(' ')
}
