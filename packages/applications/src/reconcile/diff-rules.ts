import { annotations, type Application } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { refKey, refOf } from '../application-object.ts'
import { type IgnoreRules, readIgnoreRules } from '../ignore/ignore-rules.ts'
import type { DiffSettings } from '../settings/diff-settings.ts'
import { hasOption } from '../target/target-object.ts'

/** How the objects of one application are compared: what it says itself, and what the operator says for all. */
export interface DiffRules {
  settings: DiffSettings
  /** Undefined: nothing is ignored. */
  ignore: IgnoreRules | undefined
  /** The API server is asked what an apply would change, instead of comparing here. */
  isServerSide: boolean
  /** What mutating webhooks put in counts as well. Only of interest where the server is asked. */
  includesWebhooks: boolean
}

export function diffRulesOf(application: Application, settings: DiffSettings): DiffRules {
  const object = application as unknown as KubeObject
  const says = (option: string): boolean => hasOption(object, annotations.compareOptions, option)
  return {
    settings,
    ignore: readIgnoreRules(refKey(refOf(object)), application.spec.ignoreDifferences, settings),
    isServerSide: (settings.isServerSide || says('ServerSideDiff=true')) && !says('ServerSideDiff=false'),
    includesWebhooks: says('IncludeMutationWebhook=true'),
  }
}

/** Reads them again only when somebody says something else: a comparison is remembered for the rules that it was made by. */
export class KnownDiffRules {
  #known: { key: string; rules: DiffRules } | undefined

  of(application: Application, settings: DiffSettings): DiffRules {
    const { metadata, spec } = application
    const key = JSON.stringify([spec.ignoreDifferences, metadata.annotations?.[annotations.compareOptions]])
    if (this.#known?.key !== key || this.#known.rules.settings !== settings)
      this.#known = { key, rules: diffRulesOf(application, settings) }
    return this.#known.rules
  }
}
