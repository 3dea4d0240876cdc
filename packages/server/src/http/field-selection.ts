/**
 * `fields=items.metadata.name,items.spec` asks for these fields alone, `fields=-items.status.resources` for all but these
 * (argo-cd pkg/apiclient/application/forwarder_overwrite.go; here for any field). Lists are gone through as if they were not there.
 */
export interface FieldSelection {
  apply(value: unknown): unknown
}

interface Branch {
  isEnd: boolean
  children: Map<string, Branch>
}

const mostFields = 200

export function parseFields(text: string | null | undefined): FieldSelection | undefined {
  if (!text) return undefined
  const isExclusion = text.startsWith('-')
  const root: Branch = { isEnd: false, children: new Map() }
  for (const field of text
    .slice(isExclusion ? 1 : 0)
    .split(',')
    .slice(0, mostFields)) {
    let branch = root
    for (const part of field.split('.').slice(0, 20)) {
      let child = branch.children.get(part)
      if (!child) {
        child = { isEnd: false, children: new Map() }
        branch.children.set(part, child)
      }
      branch = child
    }
    branch.isEnd = true
  }
  return { apply: (value) => (isExclusion ? without(value, root) : only(value, root)) }
}

/** `fields` of a request, as its address has it. */
export function fieldsOf(url: string): FieldSelection | undefined {
  const at = url.indexOf('?')
  return at < 0 ? undefined : parseFields(new URLSearchParams(url.slice(at)).get('fields'))
}

function only(value: unknown, branch: Branch): unknown {
  if (branch.isEnd) return value
  if (Array.isArray(value)) return value.map((item: unknown) => only(item, branch))
  if (typeof value !== 'object' || value === null) return undefined
  const entries = [...branch.children].flatMap(([name, child]) => {
    if (!Object.hasOwn(value, name)) return []
    const kept = only((value as Record<string, unknown>)[name], child)
    return kept === undefined ? [] : [[name, kept] as const]
  })
  return Object.fromEntries(entries)
}

function without(value: unknown, branch: Branch): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => without(item, branch))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) => {
      const child = branch.children.get(name)
      if (child?.isEnd) return []
      return [[name, child ? without(inner, child) : inner] as const]
    }),
  )
}
