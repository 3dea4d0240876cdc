import type { ClusterCache, KubeObject, ObjectKey } from '@plimsoll/kube'
import type { SigningKeys } from '@plimsoll/git'
import { stringsAt } from '../json.ts'
import { type DiffSettings, readDiffSettings } from './diff-settings.ts'
import { readScriptSettings, type ScriptSettings } from './script-settings.ts'
import { readSigningKeys } from './signing-keys.ts'

const names = ['argocd-cm', 'argocd-cmd-params-cm'] as const
const keyNames = ['argocd-gpg-keys-cm', 'plimsoll-ssh-signers'] as const

/** Argo CD's ConfigMaps in the namespace of the control plane, read anew when one of them changes. */
export class OperatorSettings {
  readonly #cache: ClusterCache
  readonly #namespace: string
  readonly #onProblem: (problem: string) => void
  #from: readonly (KubeObject | undefined)[] = []
  #diff: DiffSettings | undefined
  #keysFrom: readonly (KubeObject | undefined)[] = []
  #keys: Promise<SigningKeys> | undefined
  #scriptsFrom: KubeObject | undefined
  #scripts: ScriptSettings | undefined

  constructor(cache: ClusterCache, namespace: string, onProblem: (problem: string) => void) {
    this.#cache = cache
    this.#namespace = namespace
    this.#onProblem = onProblem
  }

  isAbout({ group, kind, namespace, name }: ObjectKey): boolean {
    return kind === 'ConfigMap' && group === '' && namespace === this.#namespace && [...names, ...keyNames].some((known) => known === name)
  }

  /** The same object as long as nothing has changed. */
  diff(): DiffSettings {
    const objects = names.map((name) => this.#cache.get({ group: '', kind: 'ConfigMap', namespace: this.#namespace, name }))
    if (this.#diff && objects.every((object, index) => object === this.#from[index])) return this.#diff
    const [data, parameters] = objects.map((object) => stringsAt(object, 'data'))
    this.#from = objects
    this.#diff = readDiffSettings(data ?? {}, parameters)
    for (const problem of this.#diff.problems) this.#onProblem(problem)
    return this.#diff
  }

  /** Keys that commits and tags may be signed with. The same promise as long as nothing has changed. */
  signingKeys(): Promise<SigningKeys> {
    const objects = keyNames.map((name) => this.#cache.get({ group: '', kind: 'ConfigMap', namespace: this.#namespace, name }))
    if (this.#keys && objects.every((object, index) => object === this.#keysFrom[index])) return this.#keys
    const [pgp, ssh] = objects.map((object) => stringsAt(object, 'data'))
    this.#keysFrom = objects
    this.#keys = readSigningKeys(pgp ?? {}, ssh ?? {}).then(({ problems, ...keys }) => {
      for (const problem of problems) this.#onProblem(problem)
      return keys
    })
    return this.#keys
  }

  /** The same object as long as nothing has changed. */
  scripts(): ScriptSettings {
    const object = this.#cache.get({ group: '', kind: 'ConfigMap', namespace: this.#namespace, name: 'argocd-cm' })
    if (this.#scripts && object === this.#scriptsFrom) return this.#scripts
    this.#scriptsFrom = object
    this.#scripts = readScriptSettings(stringsAt(object, 'data'))
    for (const problem of this.#scripts.problems) this.#onProblem(problem)
    return this.#scripts
  }
}
