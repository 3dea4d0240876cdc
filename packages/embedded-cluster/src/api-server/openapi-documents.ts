import { groupsOf } from './discovery.ts'
import type { KindRegistry } from './kind-registry.ts'
import type { ResourceTable } from './resource-table.ts'
import { taggedText, type TaggedText } from './tagged-text.ts'

/** OpenAPI documents of what is served now, made when somebody asks and kept until the kinds change. */
export class OpenApiDocuments {
  readonly #registry: KindRegistry
  readonly #table: ResourceTable
  readonly #documents = new Map<string, TaggedText>()
  #swagger: TaggedText | undefined
  #generation = -1

  constructor(registry: KindRegistry, table: ResourceTable) {
    this.#registry = registry
    this.#table = table
  }

  /** What `/openapi/v3` answers. */
  index(): string {
    const paths: Record<string, { serverRelativeURL: string }> = {}
    for (const { group, versions } of groupsOf(this.#table.served)) {
      for (const { version } of versions) {
        const path = group === '' ? `api/${version}` : `apis/${group}/${version}`
        const hash = this.document(path)?.hash ?? ''
        paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }
      }
    }
    return JSON.stringify({ paths })
  }

  /** `path` as in the index: `api/v1`, `apis/apps/v1`. */
  document(path: string): TaggedText | undefined {
    this.#forgetOld()
    const known = this.#documents.get(path)
    if (known !== undefined) return known
    const [root, ...parts] = path.split('/')
    const [group = '', version = ''] = root === 'api' ? ['', parts[0]] : parts
    const definitions = this.#table.served.filter((definition) => definition.type.group === group && definition.type.version === version)
    if (definitions.length === 0 || (root !== 'api' && root !== 'apis')) return undefined
    const made = taggedText(this.#registry.openApiV3(group, version, definitions))
    this.#documents.set(path, made)
    return made
  }

  swagger(): TaggedText {
    this.#forgetOld()
    this.#swagger ??= taggedText(this.#registry.openApiV2(this.#table.served))
    return this.#swagger
  }

  #forgetOld(): void {
    if (this.#generation === this.#table.generation) return
    this.#generation = this.#table.generation
    this.#swagger = undefined
    // Only groups with custom kinds can have changed.
    const custom = new Set(this.#table.served.filter(({ isCustom }) => isCustom).map(({ type }) => `apis/${type.group}/${type.version}`))
    const served = new Set(
      this.#table.served.map(({ type }) => (type.group === '' ? `api/${type.version}` : `apis/${type.group}/${type.version}`)),
    )
    for (const path of this.#documents.keys()) if (custom.has(path) || !served.has(path)) this.#documents.delete(path)
  }
}
