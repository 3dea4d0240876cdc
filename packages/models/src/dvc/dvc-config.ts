/** A remote of DVC by its settings, all names in lower case. */
export interface DvcRemote {
  name: string
  settings: Map<string, string>
}

const maxHops = 5

/**
 * The remote that is wanted, else the one that `core.remote` names, else the only one; by the texts of DVC's configuration files, later ones over
 * earlier ones (system, global, `.dvc/config`, `.dvc/config.local`). `remote://OTHER/path` is a place in another remote, with its settings.
 */
export function readDvcRemote(texts: readonly string[], wanted?: string): DvcRemote | undefined {
  const sections = new Map<string, Map<string, string>>()
  for (const text of texts) readSections(text, sections)
  const remotes = new Map(
    [...sections].flatMap(([key, settings]) => {
      const name = /^remote "(.+)"$/.exec(key)?.[1]
      return name === undefined ? [] : [[name, settings] as const]
    }),
  )
  const name = wanted ?? sections.get('core')?.get('remote') ?? (remotes.size === 1 ? [...remotes.keys()][0] : undefined)
  let settings = name === undefined ? undefined : remotes.get(name)
  for (let hop = 0; settings && hop < maxHops; hop++) {
    const [, other, path = ''] = /^remote:\/\/([^/]+)\/?(.*)$/.exec(settings.get('url') ?? '') ?? []
    if (other === undefined) break
    const base = remotes.get(other)
    if (!base) return undefined
    settings = new Map([...base, ...settings, ['url', `${(base.get('url') ?? '').replace(/\/+$/, '')}/${path}`]])
  }
  return name === undefined || settings === undefined ? undefined : { name, settings }
}

/** As Python's configobj writes them: `['remote "name"']`, values bare or in quotes, comments behind `#`. */
function readSections(text: string, into: Map<string, Map<string, string>>): void {
  let section = new Map<string, string>()
  for (const line of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    if (/^\s*#/.test(line)) continue
    const [, head] = /^\s*\[(.+)\]\s*(?:#.*)?$/.exec(line) ?? []
    if (head !== undefined) {
      const key = head.trim().replaceAll(/^'|'$/g, '')
      section = into.get(key) ?? new Map<string, string>()
      into.set(key, section)
      continue
    }
    const [, name, value] = /^\s*([\w.-]+)\s*=\s*(.*)$/.exec(line) ?? []
    if (name !== undefined && value !== undefined) section.set(name.toLowerCase(), bare(value))
  }
}

function bare(value: string): string {
  const quoted = /^(?:"([^"]*)"|'([^']*)')\s*(?:#.*)?$/.exec(value)
  return quoted ? (quoted[1] ?? quoted[2] ?? '') : value.replace(/#.*$/, '').trim()
}
