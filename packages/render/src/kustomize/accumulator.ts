import { RenderError } from '../engine/tree.ts'
import { structs, type Var } from './kustomization.ts'
import { describeId, hasSameGvkn, isSameId, parseApiVersion, type ResourceId } from './resource-id.ts'
import { ResourceList } from './resource-list.ts'
import { emptyConfig, mergeConfigs, type TransformerConfig } from './transformer-config.ts'

/** Resources, with where transformers work on them and the variables that wait for the end. */
export class Accumulator {
  readonly resources = new ResourceList()
  config: TransformerConfig = emptyConfig
  readonly vars = new Map<string, Var>()

  mergeConfig(config: TransformerConfig): void {
    this.config = mergeConfigs(this.config, config)
  }

  merge(other: Accumulator): void {
    this.resources.appendAll(other.resources)
    this.mergeConfig(other.config)
    for (const variable of other.vars.values()) this.#addVar(variable)
  }

  /** `vars` of a kustomization: the resource that each one names is found now, while it has the name that it is known by. */
  mergeVars(vars: readonly (Var | undefined)[]): void {
    const list = structs(vars)
    for (const variable of list) {
      const id = targetId(variable)
      const isWanted = id.namespace === '' ? hasSameGvkn : isSameId
      const [first, ...others] = this.resources.byAnyId((candidate) => isWanted(id, candidate))
      if (others.length > 0) {
        throw new RenderError(
          `found ${others.length + 1} resId matches for var ${variable.name ?? ''} of ${describeId(id)} (unable to disambiguate)`,
        )
      }
      first?.varNames.push(variable.name ?? '')
    }
    for (const variable of list) this.#addVar(variable)
  }

  #addVar(variable: Var): void {
    const name = variable.name ?? ''
    if (this.vars.has(name)) throw new RenderError(`var '${name}' already encountered`)
    this.vars.set(name, variable)
  }
}

function targetId({ objref = {} }: Var): ResourceId {
  const { group = '', version = '', kind = '', name = '', namespace = '', apiVersion = '' } = objref
  const known = apiVersion === '' ? { group, version } : parseApiVersion(apiVersion)
  return { ...known, kind, name, namespace, clusterScoped: false }
}
