/**
 * The grammars of names, as apimachinery `util/validation` (1.34) checks and words them. Each check returns messages,
 * none when the value is fine. All patterns here are linear: one character class after the other.
 */
const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const subdomain = String.raw`[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*`
const label1035 = '[a-z]([-a-z0-9]*[a-z0-9])?'
const qualifiedPart = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const labelPattern = new RegExp(`^${label}$`)
const label1035Pattern = new RegExp(`^${label1035}$`)
const qualifiedPattern = new RegExp(`^${qualifiedPart}$`)

function tooLong(limit: number): string {
  return `must be no more than ${limit} characters`
}

function mismatch(rule: string, pattern: string, ...examples: string[]): string {
  const quoted = examples.map((example) => `'${example}', `).join(' or ')
  return examples.length === 0
    ? `${rule} (regex used for validation is '${pattern}')`
    : `${rule} (e.g. ${quoted}regex used for validation is '${pattern}')`
}

export function isBetween(low: number, high: number): string {
  return `must be between ${low} and ${high}, inclusive`
}

export function checkLabelName(value: string): string[] {
  const messages = value.length > 63 ? [tooLong(63)] : []
  if (!labelPattern.test(value)) {
    messages.push(
      isSubdomain(value)
        ? 'must not contain dots'
        : mismatch(
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
            label,
            'my-name',
            '123-abc',
          ),
    )
  }
  return messages
}

/** Label by label: the one big pattern would go back over its input. */
function isSubdomain(value: string): boolean {
  return value.length <= 4096 && value.split('.').every((part) => labelPattern.test(part))
}

export function checkSubdomain(value: string): string[] {
  const messages = value.length > 253 ? [tooLong(253)] : []
  if (!isSubdomain(value)) {
    messages.push(
      mismatch(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
        subdomain,
        'example.com',
      ),
    )
  }
  return messages
}

export function checkWildcardSubdomain(value: string): string[] {
  if (value.length <= 253 && value.startsWith('*.') && isSubdomain(value.slice(2))) return []
  return [
    mismatch(
      "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
      String.raw`\*\.` + subdomain,
      '*.example.com',
    ),
  ]
}

export function check1035Label(value: string): string[] {
  const messages = value.length > 63 ? [tooLong(63)] : []
  if (!label1035Pattern.test(value)) {
    messages.push(
      mismatch(
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
        label1035,
        'my-name',
        'abc-123',
      ),
    )
  }
  return messages
}

/** `example.com/name` or `name`: label keys, annotation keys, finalizers, resource names. */
export function checkQualifiedName(value: string): string[] {
  const slash = value.indexOf('/')
  const messages: string[] = []
  if (slash >= 0 && value.includes('/', slash + 1)) {
    return [
      `a qualified name ${mismatch("must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character", qualifiedPart, 'MyName', 'my.name', '123-abc')} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ]
  }
  if (slash >= 0) {
    const prefix = value.slice(0, slash)
    if (prefix === '') messages.push('prefix part must be non-empty')
    else messages.push(...checkSubdomain(prefix).map((message) => `prefix part ${message}`))
  }
  const name = slash < 0 ? value : value.slice(slash + 1)
  if (name === '') messages.push('name part must be non-empty')
  else if (name.length > 63) messages.push(`name part ${tooLong(63)}`)
  if (!qualifiedPattern.test(name)) {
    messages.push(
      `name part ${mismatch("must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character", qualifiedPart, 'MyName', 'my.name', '123-abc')}`,
    )
  }
  return messages
}

export function checkLabelValue(value: string): string[] {
  const messages = value.length > 63 ? [tooLong(63)] : []
  if (value !== '' && !qualifiedPattern.test(value)) {
    messages.push(
      mismatch(
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?',
        'MyValue',
        'my_value',
        '12345',
      ),
    )
  }
  return messages
}

/** Keys of ConfigMaps and Secrets. They become file names. */
export function checkConfigKey(value: string): string[] {
  const messages = value.length > 253 ? [tooLong(253)] : []
  if (!/^[-._a-zA-Z0-9]+$/.test(value)) {
    messages.push(
      mismatch(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
        '[-._a-zA-Z0-9]+',
        'key.name',
        'KEY_NAME',
        'key-name',
      ),
    )
  }
  if (value === '.') messages.push("must not be '.'")
  else if (value === '..') messages.push("must not be '..'")
  else if (value.startsWith('..')) messages.push("must not start with '..'")
  return messages
}

/** Relaxed rule, the default from 1.32 on (RelaxedEnvironmentVariableValidation). */
export function checkEnvName(value: string): string[] {
  if (value === '') return ['environment variable name must be non-empty']
  return /^[\x20-\x3c\x3e-\x7e]*$/.test(value)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"]
}

export function checkPortName(value: string): string[] {
  const messages = value.length > 15 ? [tooLong(15)] : []
  if (!/^[-a-z0-9]+$/.test(value)) messages.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)')
  if (!/[a-z]/.test(value)) messages.push('must contain at least one letter (a-z)')
  if (value.includes('--')) messages.push('must not contain consecutive hyphens')
  if (value.startsWith('-') || value.endsWith('-')) messages.push('must not begin or end with a hyphen')
  return messages
}

export function checkPortNumber(value: number): string[] {
  return Number.isInteger(value) && value >= 1 && value <= 65535 ? [] : [isBetween(1, 65535)]
}

export function checkPercent(value: string): string[] {
  return /^[0-9]+%$/.test(value)
    ? []
    : [mismatch("a valid percent string must be a numeric string followed by an ending '%'", '[0-9]+%', '1%', '93%')]
}

export function checkHeaderName(value: string): string[] {
  return /^[-A-Za-z0-9]+$/.test(value)
    ? []
    : [mismatch("a valid HTTP header must consist of alphanumeric characters or '-'", '[-A-Za-z0-9]+', 'X-Header-Name')]
}

/** Path-segment names: what RBAC allows, `system:node` and the like. */
export function checkPathSegment(value: string): string[] {
  if (value === '.' || value === '..') return [`may not be '${value}'`]
  return ['/', '%'].filter((letter) => value.includes(letter)).map((letter) => `may not contain '${letter}'`)
}

export type NameCheck = (value: string) => string[]

/** A generateName may end in a dash: what is appended to it makes it whole. */
export function checkPrefix(check: NameCheck, value: string): string[] {
  return check(value.endsWith('-') && value.length > 1 ? `${value.slice(0, -1)}a` : value)
}
