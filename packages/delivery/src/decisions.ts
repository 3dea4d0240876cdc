import { type DeliveryView, PlimsollError } from '@plimsoll/api'
import type { Clock } from '@plimsoll/kube'
import type { DeliveryActor } from './contract.ts'
import { beginPlacement, type Look } from './look.ts'
import { candidateOf, type Picture, type StagePicture } from './picture.ts'
import type { DeliveryRecords } from './records/delivery-records.ts'
import type { ReleaseRecord } from './records/rows.ts'

export interface DecisionsContext {
  store(): Promise<DeliveryRecords>
  /** A stage as it is now, read anew: what somebody decides is decided about that. */
  stage(name: string, stage: string): Promise<{ at: StagePicture; picture: Picture; look: Look }>
  /** Rejects with `not-found`. */
  require(name: string): void
  refresh(name: string): Promise<DeliveryView>
  clock: Clock
}

const maxTextLength = 2000

/** What people decide about releases. Each decision is a row, about what they saw; the look that follows acts on it. */
export class Decisions {
  readonly #context: DecisionsContext

  constructor(context: DecisionsContext) {
    this.#context = context
  }

  async approve(name: string, stage: string, request: { release: string; comment?: string }, by: DeliveryActor): Promise<DeliveryView> {
    const { at, picture } = await this.#context.stage(name, stage)
    const wanted = candidateOf(picture, at.index)
    if (wanted?.name !== request.release) throw notWhatComes(name, stage, request.release, wanted)
    const { groups, notAuthor = true } = at.stage.approvals ?? { required: 0 }
    if (notAuthor && by.name === wanted.author)
      throw new PlimsollError('permission-denied', `${by.name} is the author of ${wanted.name}, and does not approve it.`, {
        remedy: 'Ask somebody else to approve it.',
      })
    if (groups !== undefined && !groups.some((one) => by.groups.includes(one)))
      throw new PlimsollError('permission-denied', `${by.name} is in none of the groups that approve for ${stage}: ${groups.join(', ')}.`, {
        remedy: 'Ask a member of one of them.',
      })
    const comment = request.comment?.slice(0, maxTextLength)
    await (
      await this.#context.store()
    ).approve(name, {
      stage,
      release: wanted.name,
      by: by.name,
      groups: [...by.groups],
      at: this.#context.clock.now(),
      ...(comment !== undefined && comment !== '' && { comment }),
    })
    return this.#context.refresh(name)
  }

  async unapprove(name: string, stage: string, release: string, by: DeliveryActor): Promise<DeliveryView> {
    const isTaken = await (await this.#context.store()).takeBack(name, stage, release, by.name, this.#context.clock.now())
    if (!isTaken) throw new PlimsollError('not-found', `${by.name} has not approved ${release} for ${stage}.`)
    return this.#context.refresh(name)
  }

  async promote(name: string, stage: string, request: { release?: string }, by: DeliveryActor): Promise<DeliveryView> {
    const { at, picture, look } = await this.#context.stage(name, stage)
    const store = await this.#context.store()
    const say = async (release: string, requirement: string): Promise<void> =>
      store.override(name, { stage, release, requirement, by: by.name, why: 'promoted by hand', at: this.#context.clock.now() })
    const before = picture.stages[at.index - 1]?.current
    const next = candidateOf(picture, at.index)
    const wanted = next ?? picture.releases.find((one) => one.name === (at.index === 0 ? picture.releases[0]?.name : before?.release))
    if (wanted === undefined || (request.release !== undefined && wanted.name !== request.release))
      throw notWhatComes(name, stage, request.release ?? 'nothing', wanted)
    if (at.promoting) throw halfDone(at)
    if (next === undefined) {
      // It was here before: once more, because somebody says so.
      if (at.current?.release === wanted.name && !['RolledBack', 'Failed', 'Inconclusive', 'Superseded'].includes(at.current.phase))
        throw new PlimsollError('invalid-request', `${wanted.name} is in ${stage} already.`)
      await store.dropOverride(name, stage, wanted.name, 'again')
      await say(wanted.name, 'again')
      return this.#context.refresh(name)
    }
    const unmet = (look.requirements[at.index]?.all ?? []).filter(({ isMet, kind }) => !isMet && kind !== 'manual')
    if (unmet.length > 0) {
      const words = unmet.map(
        ({ title, text, figure }) => `${title}${[figure, text].some(Boolean) ? ` (${[figure, text].filter(Boolean).join(', ')})` : ''}`,
      )
      throw new PlimsollError('conflict', `${wanted.name} cannot go to ${stage} yet: ${words.join('; ')}.`, {
        remedy: 'Wait until they are met, or override those that may be.',
      })
    }
    await say(wanted.name, 'manual')
    return this.#context.refresh(name)
  }

  async revert(name: string, stage: string, request: { release: string; why: string }, by: DeliveryActor): Promise<DeliveryView> {
    const why = requireWhy(request.why)
    const { at, picture } = await this.#context.stage(name, stage)
    if (at.promoting) throw halfDone(at)
    const store = await this.#context.store()
    const release = await store.release(request.release)
    const earlier = release === undefined ? undefined : await store.placementOf(name, stage, release.name)
    if (release === undefined || release.delivery !== name || earlier?.placedAt === undefined) {
      throw new PlimsollError('not-found', `Release '${request.release.slice(0, 200)}' has never been in ${stage} of ${name}.`, {
        remedy: `\`plimsoll delivery history ${name} --stage ${stage}\` lists those that were.`,
      })
    }
    if (at.current?.release === release.name) throw new PlimsollError('invalid-request', `${stage} has ${release.name} already.`)
    const isBegun = await beginPlacement({ store, clock: this.#context.clock }, picture, at, release, {
      kind: 'revert',
      by: by.name,
      why,
      approvedBy: [],
    })
    if (!isBegun) throw halfDone(at)
    return this.#context.refresh(name)
  }

  async override(
    name: string,
    stage: string,
    request: { release: string; requirement: string; why: string },
    by: DeliveryActor,
  ): Promise<DeliveryView> {
    const why = requireWhy(request.why)
    const { at, picture, look } = await this.#context.stage(name, stage)
    const step = /^verify:(.+)$/.exec(request.requirement)?.[1]
    if (step !== undefined) {
      const stopped = at.current?.steps.find((one) => one.name === step && (one.state === 'fail' || one.state === 'inconclusive'))
      if (at.current?.release !== request.release || stopped === undefined) {
        throw new PlimsollError(
          'conflict',
          `Step '${step.slice(0, 60)}' of ${request.release.slice(0, 200)} does not stop anything in ${stage}.`,
          {
            remedy: 'Read the delivery again: it has gone on.',
          },
        )
      }
    } else {
      const wanted = candidateOf(picture, at.index)
      if (wanted?.name !== request.release) throw notWhatComes(name, stage, request.release, wanted)
      const { notAuthor = true } = at.stage.approvals ?? {}
      if (request.requirement === 'gate' && notAuthor && by.name === wanted.author)
        throw new PlimsollError('permission-denied', `${by.name} is the author of ${wanted.name}, and does not let it past its gate.`, {
          remedy: 'Ask somebody else to override it.',
        })
      const requirement = look.requirements[at.index]?.all.find(({ id }) => id === request.requirement)
      if (requirement?.mayBeOverridden !== true) {
        const may = (look.requirements[at.index]?.all ?? []).filter((one) => one.mayBeOverridden).map(({ id }) => id)
        throw new PlimsollError(
          'invalid-request',
          `'${request.requirement.slice(0, 80)}' of ${stage} cannot be overridden (those that can: ${may.join(', ') || 'none'}).`,
        )
      }
    }
    const { release, requirement } = request
    await (await this.#context.store()).override(name, { stage, release, requirement, by: by.name, why, at: this.#context.clock.now() })
    return this.#context.refresh(name)
  }

  async hold(name: string, why: string, by: DeliveryActor): Promise<DeliveryView> {
    this.#context.require(name)
    await (await this.#context.store()).hold(name, by.name, requireWhy(why), this.#context.clock.now())
    return this.#context.refresh(name)
  }

  async resume(name: string, _by: DeliveryActor): Promise<DeliveryView> {
    this.#context.require(name)
    await (await this.#context.store()).resume(name)
    return this.#context.refresh(name)
  }
}

function notWhatComes(name: string, stage: string, release: string, wanted: ReleaseRecord | undefined): PlimsollError {
  return new PlimsollError(
    'conflict',
    `'${release.slice(0, 200)}' is not what would come into ${stage} of ${name}: ${wanted === undefined ? 'nothing is' : `that is ${wanted.name}`}.`,
    { remedy: 'Read the delivery again, and decide about what waits now.' },
  )
}

function halfDone({ stage, promoting }: StagePicture): PlimsollError {
  return new PlimsollError(
    'operation-in-progress',
    `${promoting?.release ?? 'Something'} is just being brought into ${stage.name}: ${promoting?.text ?? ''}`,
  )
}

function requireWhy(why: string): string {
  const text = why.trim().slice(0, maxTextLength)
  if (text === '')
    throw new PlimsollError('invalid-request', 'A reason is missing: it stays on record.', { remedy: 'Say why, in one sentence.' })
  return text
}
