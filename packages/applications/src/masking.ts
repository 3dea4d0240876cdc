import { type KubeObject, lastAppliedAnnotation } from '@plimsoll/kube'
import { isObject } from './json.ts'

/** What of a Secret is none (k8s.io/api core/v1, Secret). A field that nobody knows may be `stringData`, written wrongly. */
const openFields = new Set(['apiVersion', 'kind', 'metadata', 'type', 'immutable'])

/**
 * Takes the values out of Secrets, in every place where an object carries them: `data`, `stringData`, fields that no Secret has, and the copy in
 * kubectl's last-applied annotation. One masker serves the sides of a comparison together: equal values get equal masks, so that a difference stays visible.
 * The masks say nothing else, not even a length. `managedFields` carries names only.
 */
export class SecretMasker {
  readonly #masks = new Map<string, string>()

  mask(object: KubeObject): KubeObject {
    const annotation = object.metadata.annotations?.[lastAppliedAnnotation]
    const isSecret = object.kind === 'Secret' && !object.apiVersion.includes('/')
    if (!isSecret) return object
    const masked: KubeObject = { ...object, metadata: { ...object.metadata } }
    if (annotation !== undefined) {
      masked.metadata.annotations = { ...object.metadata.annotations, [lastAppliedAnnotation]: this.#maskText(annotation) }
    }
    for (const [field, value] of Object.entries(object)) {
      if (openFields.has(field) || value === undefined) continue
      masked[field] = isObject(value) ? this.#maskValues(value) : this.#maskOf(JSON.stringify(value))
    }
    return masked
  }

  #maskText(text: string): string {
    try {
      return JSON.stringify(this.mask(JSON.parse(text) as KubeObject))
    } catch {
      // Not an object: nothing of it can be shown safely.
      return this.#maskOf(text)
    }
  }

  #maskValues(values: Record<string, unknown>): Record<string, string> {
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, this.#maskOf(JSON.stringify(value))]))
  }

  #maskOf(value: string): string {
    let mask = this.#masks.get(value)
    if (mask === undefined) {
      mask = '+'.repeat(8 + this.#masks.size)
      this.#masks.set(value, mask)
    }
    return mask
  }
}
