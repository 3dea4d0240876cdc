import { compileGlob } from '@plimsoll/render'
import { RE2JS } from 're2js'

/** `p, SUBJECT, RESOURCE, ACTION, OBJECT, allow|deny`. */
export interface PolicyRule {
  subject: string
  effect: 'allow' | 'deny'
  matches(resource: string, action: string, object: string | undefined): boolean
}

export interface Policy {
  bySubject: ReadonlyMap<string, readonly PolicyRule[]>
  /** `g, MEMBER, ROLE`: roles by member. */
  grants: ReadonlyMap<string, readonly string[]>
}

export type MatchMode = 'glob' | 'regex'

const longestPolicy = 1024 * 1024

/**
 * Policies in casbin's CSV, as Argo CD reads them (argo-cd `util/rbac/rbac.go`, loadPolicyLine, 3.x). Throws with the line for what cannot be read: a
 * line that is left out may be one that denies.
 */
export function parsePolicy(text: string, mode: MatchMode = 'glob'): Policy {
  if (text.length > longestPolicy) throw new Error(`a policy may have ${longestPolicy} characters, this one has ${text.length}`)
  const rules: PolicyRule[] = []
  const grants = new Map<string, string[]>()
  for (const [index, line] of text.split('\n').entries()) {
    const trimmed = line.trim()
    if (trimmed === '' || trimmed.startsWith('#')) continue
    const fail = (why: string): Error => new Error(`line ${index + 1}: ${why}: ${trimmed.slice(0, 200)}`)
    const fields = fieldsOf(trimmed)
    if (!fields) throw fail('a quote does not end')
    const [kind = ''] = fields
    if (kind === 'g' && fields.length === 3) {
      const [, member = '', role = ''] = fields
      grants.set(member, [...(grants.get(member) ?? []), role])
    } else if (kind === 'p' && fields.length === 6) {
      const [, subject = '', resource = '', action = '', object = '', effect = ''] = fields
      if (effect !== 'allow' && effect !== 'deny') throw fail('the last field is allow or deny')
      try {
        rules.push(ruleOf({ subject, resource, action, object, effect }, mode))
      } catch {
        throw fail('a pattern cannot be read')
      }
    } else throw fail('is neither "p, SUBJECT, RESOURCE, ACTION, OBJECT, EFFECT" nor "g, MEMBER, ROLE"')
  }
  return { bySubject: rulesBySubject(rules), grants }
}

export function rulesBySubject(rules: readonly PolicyRule[]): ReadonlyMap<string, readonly PolicyRule[]> {
  const found = new Map<string, PolicyRule[]>()
  for (const rule of rules) {
    const known = found.get(rule.subject)
    if (known) known.push(rule)
    else found.set(rule.subject, [rule])
  }
  return found
}

export function ruleOf(
  rule: { subject: string; resource: string; action: string; object: string; effect: 'allow' | 'deny' },
  mode: MatchMode,
): PolicyRule {
  const [resource, action, object] = [rule.resource, rule.action, rule.object].map((pattern) => matcherOf(pattern, mode))
  return {
    subject: rule.subject,
    effect: rule.effect,
    matches: (ofResource, ofAction, ofObject) =>
      resource?.(ofResource) === true && action?.(ofAction) === true && (ofObject === undefined || object?.(ofObject) === true),
  }
}

/** In glob mode `*` is anything, slashes too; in regex mode a match anywhere counts, in linear time. Throws for what is no pattern. */
function matcherOf(pattern: string, mode: MatchMode): (text: string) => boolean {
  if (mode === 'regex') {
    const expression = RE2JS.compile(pattern)
    return (text) => expression.matcher(text).find()
  }
  if (pattern === '*') return () => true
  if (!/[*?[\]{}\\!]/.test(pattern)) return (text) => text === pattern
  const glob = compileGlob(pattern)
  if (!glob) throw new Error('no pattern')
  return (text) => glob.matches(text)
}

/** One line of CSV (RFC 4180): spaces around fields do not count, and quotes may hold commas. Undefined: a quote does not end. */
function fieldsOf(line: string): string[] | undefined {
  const fields: string[] = []
  let at = 0
  for (;;) {
    while (line[at] === ' ' || line[at] === '\t') at++
    if (line[at] === '"') {
      let text = ''
      for (at++; ; at++) {
        if (at >= line.length) return undefined
        if (line[at] !== '"') text += line[at] ?? ''
        else if (line[at + 1] === '"') text += line[at++] ?? ''
        else break
      }
      fields.push(text)
      at = line.indexOf(',', at + 1)
    } else {
      const comma = line.indexOf(',', at)
      fields.push(line.slice(at, comma < 0 ? undefined : comma).trim())
      at = comma
    }
    if (at < 0) return fields
    at++
  }
}
