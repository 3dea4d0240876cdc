import { RenderError, type Sources } from '../engine/tree.ts'
import type { KustomizeRequest } from './contract.ts'
import type { LoaderRules } from './loader.ts'
import { OpenApi } from './openapi/index.ts'

/** What all kustomizations of one build share. */
export class Build {
  readonly request: KustomizeRequest
  readonly rules: LoaderRules
  readonly openApi = new OpenApi()
  readonly warnings: string[] = []
  /** `buildMetadata` of the root counts everywhere. */
  tracksOrigin = false
  #kustomizations = 0
  #resources = 0

  constructor(request: KustomizeRequest, rules: LoaderRules) {
    this.request = request
    this.rules = rules
  }

  static of(sources: Sources, request: KustomizeRequest): Build {
    const allowOutsideRoot = request.allowOutsideRoot === true
    return new Build(request, { sources, allowOutsideRoot, allowRemoteBases: request.allowRemoteBases === true })
  }

  /** Two ways to each of many bases make more work than there is in the repository. */
  countKustomization(): void {
    this.#kustomizations += 1
    if (this.#kustomizations > buildLimits.kustomizations) {
      throw new RenderError(`More than ${buildLimits.kustomizations} kustomizations are read, some of them again and again.`)
    }
  }

  countResources(count: number): void {
    this.#resources += count
    if (this.#resources > buildLimits.resources) {
      throw new RenderError(`More than ${buildLimits.resources} resources are read, some of them again and again.`)
    }
  }
}

export const buildLimits = { kustomizations: 5_000, resources: 50_000 }
