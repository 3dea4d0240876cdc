import { PlimsollError } from '@plimsoll/api'
import type { DeliveriesContext } from '../contract.ts'
import type { StagePicture } from '../picture.ts'
import type { DeliveryRecords } from '../records/delivery-records.ts'
import type { Placement, ReleaseRecord } from '../records/rows.ts'
import { commitMessage, trailersOf } from './commit-text.ts'
import { type Environment, environmentOf } from './environment.ts'
import { planFiles, readValues } from './version-values.ts'

/** What a promotion has come to. `commit` without `parent`: Git said so already, nothing was written. */
export type Written = { placed: { commit: string; parent?: string } } | { waits: string; afterMs: number } | { failed: string }

const author = { name: 'Plimsoll', email: 'plimsoll@localhost' }
const requestEveryMs = 30_000

interface Writing {
  context: DeliveriesContext
  records: DeliveryRecords
  at: StagePicture
  placement: Placement
  release: ReleaseRecord
  /** The commit that this release had where it came from: of the stage before, or, to go back to it, of this one. */
  from: string
}

/**
 * Brings a release into Git, once, however often it is called and wherever it was interrupted: what the ref pointed at is on record before anything is
 * written, the write goes on top of exactly that, and a commit of ours is found again by its trailer.
 */
export async function writePromotion(writing: Writing): Promise<Written> {
  const { at, context } = writing
  if (at.application === undefined) return { waits: `There is no application '${at.stage.application}'.`, afterMs: 60_000 }
  const environment = await environmentOf(at.application, at.promotion.by, context.git)
  const landed = await findLanded(writing, environment)
  if (landed !== undefined) return { placed: landed }
  if (at.promotion.by === 'ref') return moveRef(writing, environment)
  return at.promotion.by === 'branch' ? moveBranch(writing, environment) : writeFields(writing, environment)
}

/** The commit of an attempt that was interrupted after it was made. */
async function findLanded({ placement, context }: Writing, { repoURL, ref, tip }: Environment) {
  if (
    placement.expected === undefined ||
    placement.pull !== undefined ||
    tip === undefined ||
    tip === placement.expected ||
    placement.ref !== ref
  )
    return undefined
  const commits = await sinceOf(context, repoURL, placement.expected, tip)
  const own = commits.find(({ message }) => trailersOf(message).get('Plimsoll-Promotion') === placement.id)
  return own && { commit: own.commit, parent: placement.expected }
}

/** Nothing, where what it was begun on has been force-pushed away. */
async function sinceOf(context: DeliveriesContext, repoURL: string, from: string, to: string) {
  try {
    return await context.git.since(repoURL, from, to)
  } catch (error) {
    if (error instanceof PlimsollError && error.code === 'revision-not-found') return []
    throw error
  }
}

async function intend(writing: Writing, environment: Environment): Promise<boolean> {
  const { repoURL, ref, tip } = environment
  const { placement, records } = writing
  // On record without credentials.
  const shown = writing.context.repositories.normalize(repoURL)
  if (placement.expected === tip && placement.ref === ref && placement.repoURL === shown) return true
  const change = { repoURL: shown, ref, ...(tip !== undefined && { expected: tip }) }
  if (!(await records.updatePlacement(placement, change))) return false
  writing.placement = { ...placement, ...change }
  return true
}

async function writeFields(writing: Writing, environment: Environment): Promise<Written> {
  const { at, context, release } = writing
  const { repoURL, ref, path, tip } = environment
  if (tip === undefined)
    throw new PlimsollError(
      'revision-not-found',
      `${ref} of ${context.repositories.normalize(repoURL)} is not there: '${at.stage.application}' follows it.`,
    )
  const files = await planFiles(context.repositories, { repoURL, commit: tip, path }, at.fields, release.values)
  // Git says so: somebody wrote it by hand, or a pull request of ours was merged.
  if (files.size === 0) return { placed: { commit: tip, ...(await mergedParent(writing, environment)) } }
  if (at.promotion.as === 'pullRequest') return proposeFiles(writing, environment, files)
  if (!(await intend(writing, environment))) return { waits: 'Somebody else writes it.', afterMs: 1000 }
  return onTop(async () => ({
    commit: await context.git.commit({
      repoURL,
      ref,
      expected: tip,
      files,
      message: commitMessage(writing.placement, release, { isProposed: false }),
      author,
    }),
    parent: tip,
  }))
}

/** After a pull request of ours was merged: that merge makes no release either. */
async function mergedParent({ placement, context }: Writing, { repoURL, tip }: Environment): Promise<{ parent?: string }> {
  if (placement.pull === undefined || placement.expected === undefined || tip === undefined) return {}
  const commits = await sinceOf(context, repoURL, placement.expected, tip)
  // Ours, and the merge: were there anything else, it is for the next look at the source to find.
  return commits.length > 0 && commits.length <= 2 ? { parent: placement.expected } : {}
}

async function proposeFiles(writing: Writing, environment: Environment, files: ReadonlyMap<string, Buffer>): Promise<Written> {
  const { context, release, at, records } = writing
  const { repoURL, ref, tip } = environment
  const port = context.pullRequests
  if (port === undefined) return { failed: 'Promotion is by pull request, and nothing here opens any.' }
  const known = writing.placement.pull
  if (known !== undefined && known.number > 0) {
    const { state } = await port.get(repoURL, known.number)
    if (state === 'closed') return { failed: `Pull request #${known.number} was closed without being merged.` }
    if (state === 'merged') return { failed: `Pull request #${known.number} was merged, but the fields are not what ${release.name} says.` }
    return { waits: `Pull request #${known.number} waits to be merged.`, afterMs: requestEveryMs }
  }
  if (tip === undefined || !(await intend(writing, environment))) return { waits: 'Somebody else writes it.', afterMs: 1000 }
  const branch = `plimsoll/${at.stage.name}/${release.name}-${writing.placement.id.slice(-8)}`
  const head = `refs/heads/${branch}`
  const message = commitMessage(writing.placement, release, { isProposed: true })
  // From the target's head, and at most one commit of ours on it: what an interrupted attempt left there is used.
  let headTip = await context.git.tip(repoURL, head)
  if (headTip === undefined) {
    await context.git.move({ repoURL, ref: head, expected: undefined, to: tip, by: author.name })
    headTip = tip
  }
  const own = await planFiles(context.repositories, { repoURL, commit: headTip, path: environment.path }, at.fields, release.values)
  if (own.size > 0) await context.git.commit({ repoURL, ref: head, expected: headTip, files: own, message, author })
  const [title = '', ...rest] = message.split('\n')
  const opened = await port.open({ repoURL, head: branch, base: ref.replace(/^refs\/heads\//, ''), title, body: rest.join('\n').trim() })
  const pull = { repository: opened.repository, number: opened.number, branch, ...(opened.url !== undefined && { url: opened.url }) }
  await records.updatePlacement(writing.placement, { pull })
  return {
    waits: `Pull request #${opened.number} waits to be merged (${files.size} file${files.size === 1 ? '' : 's'}).`,
    afterMs: requestEveryMs,
  }
}

async function moveBranch(writing: Writing, environment: Environment): Promise<Written> {
  const { context, placement, release, from } = writing
  const { repoURL, ref, tip } = environment
  if (tip === undefined) {
    if (!(await intend(writing, environment))) return { waits: 'Somebody else writes it.', afterMs: 1000 }
    return onTop(async () => {
      await context.git.move({ repoURL, ref, expected: undefined, to: from, by: author.name })
      return { commit: from }
    })
  }
  const message = commitMessage(placement, release, { isProposed: false })
  if (placement.kind === 'revert') {
    const files = await treeChanges(context, repoURL, tip, from)
    if (files.size === 0) return { placed: { commit: tip } }
    if (!(await intend(writing, environment))) return { waits: 'Somebody else writes it.', afterMs: 1000 }
    return onTop(async () => ({ commit: await context.git.commit({ repoURL, ref, expected: tip, files, message, author }), parent: tip }))
  }
  if (await context.git.isAncestor(repoURL, from, tip)) return { placed: { commit: tip } }
  if (writing.at.promotion.as === 'pullRequest') return proposeBranch(writing, environment)
  if (!(await intend(writing, environment))) return { waits: 'Somebody else writes it.', afterMs: 1000 }
  return onTop(async () => {
    const commit = await context.git.merge({ repoURL, ref, expected: tip, other: from, message, author })
    return commit === from ? { commit } : { commit, parent: tip }
  })
}

async function proposeBranch(writing: Writing, { repoURL, ref }: Environment): Promise<Written> {
  const { context, release, at, records, placement, from } = writing
  const port = context.pullRequests
  if (port === undefined) return { failed: 'Promotion is by pull request, and nothing here opens any.' }
  if (placement.pull !== undefined) {
    const { state } = await port.get(repoURL, placement.pull.number)
    if (state !== 'open')
      return { failed: `Pull request #${placement.pull.number} was ${state}, but ${ref} does not have ${from.slice(0, 7)}.` }
    return { waits: `Pull request #${placement.pull.number} waits to be merged.`, afterMs: requestEveryMs }
  }
  const branch = `plimsoll/${at.stage.name}/${release.name}-${placement.id.slice(-8)}`
  if ((await context.git.tip(repoURL, `refs/heads/${branch}`)) === undefined)
    await context.git.move({ repoURL, ref: `refs/heads/${branch}`, expected: undefined, to: from, by: author.name })
  const [title = '', ...rest] = commitMessage(placement, release, { isProposed: true }).split('\n')
  const opened = await port.open({ repoURL, head: branch, base: ref.replace(/^refs\/heads\//, ''), title, body: rest.join('\n').trim() })
  const pull = { repository: opened.repository, number: opened.number, branch, ...(opened.url !== undefined && { url: opened.url }) }
  await records.updatePlacement(placement, { pull })
  return { waits: `Pull request #${opened.number} waits to be merged.`, afterMs: requestEveryMs }
}

async function moveRef(writing: Writing, environment: Environment): Promise<Written> {
  const { context, from } = writing
  const { repoURL, ref, tip } = environment
  if (tip === from) return { placed: { commit: from } }
  if (!(await intend(writing, environment))) return { waits: 'Somebody else writes it.', afterMs: 1000 }
  return onTop(async () => {
    await context.git.move({ repoURL, ref, expected: tip, to: from, by: author.name })
    return { commit: from }
  })
}

/** A ref that has moved meanwhile is no failure: the next look goes on top of where it is then. */
async function onTop(write: () => Promise<{ commit: string; parent?: string }>): Promise<Written> {
  try {
    return { placed: await write() }
  } catch (error) {
    if (error instanceof PlimsollError && error.code === 'conflict') return { waits: error.message, afterMs: 200 }
    throw error
  }
}

/** Content by path that makes the tree of `to` out of that of `from`. */
async function treeChanges(context: DeliveriesContext, repoURL: string, from: string, to: string): Promise<Map<string, Buffer | null>> {
  const { repositories } = context
  const paths = await repositories.changedPaths(repoURL, from, to)
  if (paths === undefined)
    throw new PlimsollError('revision-not-found', `${to.slice(0, 7)} is no longer in ${repositories.normalize(repoURL)}.`)
  const files = new Map<string, Buffer | null>()
  for (const path of paths) {
    const entry = await repositories.entry(repoURL, to, path)
    if (entry !== undefined && entry.kind !== 'file' && entry.kind !== 'executable')
      throw new PlimsollError(
        'invalid-request',
        `${path} is a ${entry.kind}: going back to ${to.slice(0, 7)} is for somebody to do by hand.`,
      )
    files.set(path, entry === undefined ? null : await repositories.blob(repoURL, entry.hash, 64 * 1024 * 1024))
  }
  return files
}

/** Whether Git still says in a stage's folder what a release wrote there; otherwise what differs. Undefined: it does. */
export async function driftOf(context: DeliveriesContext, at: StagePicture, release: ReleaseRecord): Promise<string | undefined> {
  if (at.promotion.by !== 'path' || at.application === undefined || at.fields.length === 0) return undefined
  const environment = await environmentOf(at.application, 'path', context.git)
  if (environment.tip === undefined || environment.tip === at.current?.commit) return undefined
  const values = await readValues(context.repositories, { ...environment, commit: environment.tip }, at.fields)
  for (const [key, value] of values)
    if (Object.hasOwn(release.values, key) && release.values[key] !== value)
      return `${key} is '${value.slice(0, 100)}' in Git since ${environment.tip.slice(0, 7)}, not '${(release.values[key] ?? '').slice(0, 100)}'`
  return undefined
}
