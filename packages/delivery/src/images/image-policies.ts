import { type Delivery, type DeliveryImage, durationMs, type ReleaseImage } from '@plimsoll/api'
import type { Clock } from '@plimsoll/kube'
import type { ImageRegistry } from '../contract.ts'
import { chooseTag } from './choose-tag.ts'

const defaultEvery = '5m'
const retryMs = 30_000

interface Found {
  image: ReleaseImage | undefined
  dueAt: number
  problem: string | undefined
}

/** What the image policies of deliveries mean now, looked up as often as they say. A registry that does not answer changes nothing. */
export class ImagePolicies {
  readonly #registry: ImageRegistry | undefined
  readonly #clock: Clock
  readonly #found = new Map<string, Found>()

  constructor(registry: ImageRegistry | undefined, clock: Clock) {
    this.#registry = registry
    this.#clock = clock
  }

  async of(delivery: Delivery): Promise<{ images: Map<string, ReleaseImage>; againMs: number | undefined; problem?: string }> {
    const images = new Map<string, ReleaseImage>()
    const problems: string[] = []
    let againMs: number | undefined
    for (const wanted of delivery.spec.images ?? []) {
      const key = JSON.stringify([delivery.metadata.name, wanted])
      let found = this.#found.get(key)
      if (found === undefined || found.dueAt <= this.#clock.now()) {
        found = await this.#look(wanted, found)
        this.#found.set(key, found)
      }
      if (found.image) images.set(wanted.name, found.image)
      if (found.problem !== undefined) problems.push(found.problem)
      againMs = Math.min(againMs ?? Infinity, Math.max(1, found.dueAt - this.#clock.now()))
    }
    return { images, againMs, ...(problems.length > 0 && { problem: problems.join(' ') }) }
  }

  async #look({ name, from, policy, every = defaultEvery }: DeliveryImage, before: Found | undefined): Promise<Found> {
    const now = this.#clock.now()
    if (this.#registry === undefined)
      return { image: undefined, dueAt: now + durationMs(every), problem: 'No registry can be asked for images here.' }
    try {
      const tag = policy.digest ?? chooseTag(policy, await this.#registry.tags(from))
      if (tag === undefined)
        return { image: before?.image, dueAt: now + durationMs(every), problem: `${from} has no tag that the policy of '${name}' means.` }
      const image = policy.digest === undefined ? { name, tag } : { name, tag, digest: await this.#registry.digest(from, tag) }
      return { image, dueAt: now + durationMs(every), problem: undefined }
    } catch (error) {
      return { image: before?.image, dueAt: now + retryMs, problem: error instanceof Error ? error.message : String(error) }
    }
  }
}
