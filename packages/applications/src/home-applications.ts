import type { ClusterCache, KubeObject, ObjectKey } from '@plimsoll/kube'
import { applicationKey } from './application-object.ts'
import type { ApplicationRef } from './contract.ts'
import { stringsAt } from './json.ts'
import { matchesNamespace } from './projects/permits.ts'
import { refOfInstance } from './tracking.ts'

const settingsName = 'argocd-cmd-params-cm'
const mostKnown = 10_000

export interface HomeApplicationsOptions {
  cache: ClusterCache
  /** Of the control plane. */
  namespace: string
  /** In place of what the operator's ConfigMap says. */
  namespaces?: readonly string[] | undefined
}

/**
 * The Applications of the home cluster that count: those of the control plane's namespace, and those of namespaces that the operator has enabled
 * (argo-cd docs/operator-manual/app-any-namespace.md). Any other is as good as not there: whoever may write there may not deploy by that. Looked up
 * at each use, so that a namespace that is no longer enabled is over with the next question.
 */
export class HomeApplications {
  readonly #cache: ClusterCache
  readonly #namespace: string
  readonly #given: readonly string[] | undefined
  #from: KubeObject | undefined
  #patterns: readonly string[] = []
  #known = new Map<string, boolean>()

  constructor({ cache, namespace, namespaces }: HomeApplicationsOptions) {
    this.#cache = cache
    this.#namespace = namespace
    this.#given = namespaces
  }

  isEnabled(namespace: string): boolean {
    if (namespace === this.#namespace) return true
    const patterns = this.#currentPatterns()
    let isEnabled = this.#known.get(namespace)
    if (isEnabled === undefined) {
      isEnabled = matchesNamespace(patterns, namespace, { canLookAround: true })
      // Whoever asks may name any.
      if (this.#known.size >= mostKnown) this.#known.clear()
      this.#known.set(namespace, isEnabled)
    }
    return isEnabled
  }

  /** Whether there may be any but the control plane's. */
  get hasOthers(): boolean {
    return this.#currentPatterns().length > 0
  }

  isSettings({ group, kind, namespace, name }: ObjectKey): boolean {
    return group === '' && kind === 'ConfigMap' && namespace === this.#namespace && name === settingsName
  }

  get(ref: ApplicationRef): KubeObject | undefined {
    return this.isEnabled(ref.namespace) ? this.#cache.get(applicationKey(ref)) : undefined
  }

  /** The one that an object's tracking annotation names. */
  ofInstance(instance: string): KubeObject | undefined {
    return this.get(refOfInstance(instance, this.#namespace))
  }

  all(): KubeObject[] {
    const kind = { group: 'argoproj.io', kind: 'Application' }
    if (!this.hasOthers) return this.#cache.ofKind(kind, this.#namespace)
    return this.#cache.ofKind(kind).filter(({ metadata }) => this.isEnabled(metadata.namespace ?? ''))
  }

  #currentPatterns(): readonly string[] {
    const from = this.#cache.get({ group: '', kind: 'ConfigMap', namespace: this.#namespace, name: settingsName })
    if (from === this.#from) return this.#given ?? this.#patterns
    this.#from = from
    this.#patterns = readPatterns(stringsAt(from, 'data')['application.namespaces'])
    this.#known = new Map()
    return this.#given ?? this.#patterns
  }
}

/** With commas between them, as Argo CD splits them: also where a regular expression has one. */
function readPatterns(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((pattern) => pattern.trim())
    .filter((pattern) => pattern !== '')
}
