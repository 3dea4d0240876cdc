import { type KubeObject, lastAppliedAnnotation } from '@plimsoll/kube'
import { isObject } from './json.ts'

/** What of a Secret is none (k8s.io/api core/v1, Secret). A field that nobody knows may be `stringData`, written wrongly. */
const openFields = new Set(['apiVersion', 'kind', 'metadata', 'type', 'immutable'])

const noAnnotations: ReadonlySet<string> = new Set()

/**
 * Takes the values out of Secrets, in every place where an object carries them: `data`, `stringData`, fields that no Secret has, and the copy in
 * kubectl's last-applied annotation. Annotations that the operator calls sensitive lose theirs in every object. One masker serves the sides of a
 * comparison together: equal values get equal masks, so that a difference stays visible. The masks say nothing else, not even a length.
 */
export class SecretMasker {
  readonly #masks = new Map<string, string>()
  readonly #sensitive: ReadonlySet<string>

  /** `sensitive`: names of annotations whose values nobody shall see. */
  constructor(sensitive: ReadonlySet<string> = noAnnotations) {
    this.#sensitive = sensitive
  }

  mask(object: KubeObject): KubeObject {
    return this.#masked(object, isCoreSecret(object))
  }

  #masked(object: KubeObject, isSecret: boolean): KubeObject {
    const annotations = this.#annotations(object.metadata.annotations, isSecret)
    if (!isSecret && !annotations) return object
    const masked: KubeObject = { ...object, metadata: { ...object.metadata, ...(annotations && { annotations }) } }
    if (!isSecret) return masked
    for (const [field, value] of Object.entries(object)) {
      if (openFields.has(field) || value === undefined) continue
      masked[field] = isObject(value) ? this.#maskValues(value) : this.#maskOf(JSON.stringify(value))
    }
    return masked
  }

  /** Undefined: there is nothing to mask. */
  #annotations(annotations: unknown, isSecret: boolean): Record<string, string> | undefined {
    if (!isObject(annotations)) return undefined
    const note = annotations[lastAppliedAnnotation]
    const hidesNote = note !== undefined && (isSecret || this.#sensitive.size > 0)
    if (!hidesNote && !Object.keys(annotations).some((name) => this.#sensitive.has(name))) return undefined
    return Object.fromEntries(
      Object.entries(annotations).map(([name, value]) => {
        if (this.#sensitive.has(name)) return [name, this.#maskOf(JSON.stringify(value))]
        return [name, name === lastAppliedAnnotation ? this.#maskNote(String(value), isSecret) : String(value)]
      }),
    )
  }

  /** The copy of an object in its own annotation: of a Secret's, whatever it says of itself. */
  #maskNote(text: string, isSecret: boolean): string {
    try {
      const { metadata, ...object } = JSON.parse(text) as KubeObject
      return JSON.stringify(this.#masked({ ...object, metadata: isObject(metadata) ? metadata : {} } as KubeObject, isSecret))
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

export function isCoreSecret(object: KubeObject): boolean {
  return object.kind === 'Secret' && !object.apiVersion.includes('/')
}

const mask = '++++++++'
/** What is shorter would mask half of everything. */
const shortestText = 4

/** Takes what Secrets among some objects hold out of texts that others wrote about them: a chart's notes, an API server's refusal. */
export function secretEraser(objects: readonly KubeObject[]): (text: string) => string {
  const secrets = objects.filter(isCoreSecret).flatMap(secretTexts)
  const long = secrets.filter((text) => text.length >= shortestText).toSorted((a, b) => b.length - a.length)
  return (text) => long.reduce((masked, secret) => masked.replaceAll(secret, mask), text)
}

/** A refusal names the field and may quote its value, however short it is: what stands alone there and is a value goes, too. */
export function refusalWithoutSecrets(objects: readonly KubeObject[], text: string): string {
  const short = new Set(
    objects
      .filter(isCoreSecret)
      .flatMap(secretTexts)
      .filter((secret) => secret.length < shortestText),
  )
  const erased = secretEraser(objects)(text)
  return short.size === 0 ? erased : erased.replaceAll(/[^\s"':,;(){}[\]]+/g, (word) => (short.has(word) ? mask : word))
}

/** What a Secret holds: as it stands there, as text, and as both look inside of JSON. */
function secretTexts(object: KubeObject): string[] {
  const values = Object.entries(object)
    .filter(([field]) => !openFields.has(field))
    .flatMap(([, value]) => (isObject(value) ? Object.values(value) : [value]))
    .filter((value) => value !== undefined && value !== null)
    .map((value) => (typeof value === 'string' ? value : JSON.stringify(value)))
  return values
    .flatMap((value) => [value, Buffer.from(value, 'base64').toString('utf8'), Buffer.from(value).toString('base64')])
    .flatMap((value) => [value, JSON.stringify(value).slice(1, -1)])
    .filter((text) => text.trim() !== '' && !text.includes('\uFFFD'))
}
