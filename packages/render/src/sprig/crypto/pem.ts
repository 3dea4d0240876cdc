/** encoding/pem. */
export interface PemBlock {
  type: string
  bytes: Buffer
}

export function writePem({ type, bytes }: PemBlock): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN ${type}-----\n${lines.map((line) => `${line}\n`).join('')}-----END ${type}-----\n`
}

/** The first block of a text; undefined where there is none. Headers (`Proc-Type: …`) are skipped. */
export function readPem(text: string): PemBlock | undefined {
  let from = 0
  for (;;) {
    const begin = /(?:^|\n)-----BEGIN ([^\r\n]*?)-----[ \t\r]*\n/.exec(text.slice(from))
    if (begin === null) return undefined
    const [opening, type = ''] = begin
    const start = from + begin.index + opening.length
    const end = `\n${text.slice(start)}`.indexOf(`\n-----END ${type}-----`)
    if (end >= 0) {
      const body = text.slice(start, start + Math.max(end - 1, 0)).replace(/^(?:[^:\r\n]+:[^\n]*\n)+(?:\r?\n)?/, '')
      const letters = body.replace(/[ \t\r\n]/g, '')
      if (letters.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(letters)) return { type, bytes: Buffer.from(letters, 'base64') }
    }
    from = start - 1
  }
}
