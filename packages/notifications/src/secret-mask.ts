/** What a secret is shown as, as elsewhere in the house. */
const shown = '++++++++'
/** Shorter ones are in every text. */
const shortest = 4

/** Takes secrets out of texts, also where they are encoded: what a service has answered may hold what it was sent. */
export class SecretMask {
  readonly #texts: readonly string[]

  constructor(secrets: readonly string[]) {
    const all = secrets.flatMap((secret) => [secret, ...secret.split('\n')]).map((secret) => secret.trim())
    const encoded = all
      .filter((secret) => secret.length >= shortest)
      .flatMap((secret) => [
        secret,
        Buffer.from(secret).toString('base64').replace(/=+$/, ''),
        encodeURIComponent(secret),
        JSON.stringify(secret).slice(1, -1),
      ])
    // The longest first: a secret may be in another one.
    this.#texts = [...new Set(encoded)].toSorted((a, b) => b.length - a.length)
  }

  masked(text: string): string {
    return this.#texts.reduce((masked, secret) => masked.replaceAll(secret, shown), text)
  }

  maskedTexts(value: unknown): unknown {
    if (typeof value === 'string') return this.masked(value)
    if (Array.isArray(value)) return value.map((item) => this.maskedTexts(item))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.maskedTexts(item)]))
  }
}
