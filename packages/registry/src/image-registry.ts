import { PlimsollError } from '@plimsoll/api'
import type { AccessSource, NetworkPolicy } from '@plimsoll/network'
import { OciClient } from './oci-registry.ts'

/** Images in registries, by `registry.example.org/team/app`. Failures are `PlimsollError`, as for charts. */
export interface ImageRegistry {
  tags(image: string): Promise<string[]>
  /** `sha256:…` of what a tag points at now. */
  digest(image: string, tag: string): Promise<string>
}

export function createImageRegistry(options: NetworkPolicy & { access?: AccessSource }): ImageRegistry {
  async function open(image: string): Promise<{ client: OciClient; name: string }> {
    const slash = image.indexOf('/')
    const first = image.slice(0, Math.max(slash, 0))
    // As container engines read it (distribution/reference): a first part without dot or port is none of a registry.
    const isRegistry = /[.:]/.test(first) || first === 'localhost'
    if (!isRegistry) {
      throw new PlimsollError('invalid-request', `'${image.slice(0, 200)}' names no registry.`, {
        remedy: 'Write it in full: registry.example.org/team/app.',
      })
    }
    const access = await options.access?.of(image, options.access.keyOf(image))
    return { client: new OciClient(first, options, access), name: image.slice(slash + 1) }
  }

  return {
    async tags(image) {
      const { client, name } = await open(image)
      const tags = await client.tags(name)
      if (tags.length > 0) return tags
      throw new PlimsollError('revision-not-found', `Image '${image.slice(0, 200)}' has no tags.`, {
        remedy: 'Check its name, and that it may be read.',
      })
    },
    async digest(image, tag) {
      const { client, name } = await open(image)
      return client.imageDigest(name, tag)
    },
  }
}
