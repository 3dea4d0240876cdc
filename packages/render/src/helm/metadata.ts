import { quote } from '../go/quote.ts'
import { isPrint } from '../go/unicode.ts'
import { decodeRune, encodeRune, runeOf, widthOf } from '../go/utf8.ts'
import { fromBytes, type GoValue } from '../go/value.ts'
import { ValidationFailure } from './error-context.ts'
import { baseName } from './go-path.ts'
import { isSemanticVersion } from './version-range.ts'
import { Decoder } from './struct-decode.ts'

/** Chart.yaml, with requirements.yaml of API version v1 in it. */
export interface ChartMetadata {
  name: string
  home: string
  sources: readonly string[]
  version: string
  description: string
  keywords: readonly string[]
  maintainers: readonly { name: string; email: string; url: string }[]
  icon: string
  apiVersion: string
  condition: string
  tags: string
  appVersion: string
  deprecated: boolean
  annotations: ReadonlyMap<string, string> | undefined
  kubeVersion: string
  /** undefined is Go's nil, of which Helm makes a difference. */
  dependencies: readonly ChartDependency[] | undefined
  type: string
}

export interface ChartDependency {
  name: string
  version: string
  repository: string
  condition: string
  tags: readonly string[]
  enabled: boolean
  importValues: readonly GoValue[]
  alias: string
}

export const emptyMetadata: ChartMetadata = {
  name: '',
  home: '',
  sources: [],
  version: '',
  description: '',
  keywords: [],
  maintainers: [],
  icon: '',
  apiVersion: '',
  condition: '',
  tags: '',
  appVersion: '',
  deprecated: false,
  annotations: undefined,
  kubeVersion: '',
  dependencies: undefined,
  type: '',
}

const texts = [
  'name',
  'home',
  'version',
  'description',
  'icon',
  'apiVersion',
  'condition',
  'tags',
  'appVersion',
  'kubeVersion',
  'type',
] as const
const fields = [...texts, 'sources', 'keywords', 'maintainers', 'deprecated', 'annotations', 'dependencies']
const dependencyFields = ['name', 'version', 'repository', 'condition', 'tags', 'enabled', 'import-values', 'alias']

/** Reads Chart.yaml, or requirements.yaml over what Chart.yaml said. Throws `RenderError` in the reader's words. */
export function decodeMetadata(value: GoValue, before: ChartMetadata, structName: string): ChartMetadata {
  const decoder = new Decoder(structName)
  const found = decoder.fields(value, fields)
  const metadata: ChartMetadata = { ...before }
  for (const field of texts) if (found.has(field)) metadata[field] = decoder.text(found.get(field), field)
  if (found.has('sources')) metadata.sources = decoder.texts(found.get('sources'), 'sources')
  if (found.has('keywords')) metadata.keywords = decoder.texts(found.get('keywords'), 'keywords')
  if (found.has('deprecated')) metadata.deprecated = decoder.flag(found.get('deprecated'), 'deprecated')
  if (found.has('annotations')) metadata.annotations = decoder.textMap(found.get('annotations'), 'annotations')
  if (found.has('maintainers')) {
    const inner = new Decoder('chart.Maintainer', 'maintainers.')
    metadata.maintainers = decoder.list(found.get('maintainers'), 'maintainers', '[]*chart.Maintainer').map((item) => {
      if (item === null) throw refuse('maintainers must not contain empty or null nodes')
      const entry = decoder.nested(item, 'maintainers', 'chart.Maintainer', ['name', 'email', 'url'])
      const text = (field: string) => sanitise(inner.text(entry.get(field), field))
      return { name: text('name'), email: text('email'), url: text('url') }
    })
  }
  if (found.has('dependencies')) metadata.dependencies = decodeDependencies(decoder, found.get('dependencies'))
  return metadata
}

/** Chart.lock and requirements.lock. */
export function decodeLock(value: GoValue): readonly ChartDependency[] {
  const decoder = new Decoder('chart.Lock')
  const found = decoder.fields(value, ['generated', 'digest', 'dependencies'])
  decoder.text(found.get('digest'), 'digest')
  return decodeDependencies(decoder, found.get('dependencies'))
}

function decodeDependencies(decoder: Decoder, value: GoValue): ChartDependency[] {
  const inner = new Decoder('chart.Dependency', 'dependencies.')
  return decoder.list(value, 'dependencies', '[]*chart.Dependency').map((item) => {
    if (item === null) throw refuse('dependencies must not contain empty or null nodes')
    const entry = decoder.nested(item, 'dependencies', 'chart.Dependency', dependencyFields)
    const text = (field: string) => inner.text(entry.get(field), field)
    return {
      name: sanitise(text('name')),
      version: sanitise(text('version')),
      repository: sanitise(text('repository')),
      condition: sanitise(text('condition')),
      tags: inner.texts(entry.get('tags'), 'tags').map(sanitise),
      enabled: inner.flag(entry.get('enabled'), 'enabled'),
      importValues: inner.list(entry.get('import-values'), 'import-values', '[]interface {}'),
      alias: text('alias'),
    }
  })
}

function refuse(message: string): ValidationFailure {
  return new ValidationFailure(`validation: ${fromBytes(message)}`)
}

/** What `Metadata.Validate` checks, and the texts without what cannot be printed. Throws `RenderError` (`validation: chart.metadata.name is required`). */
export function validateMetadata(raw: ChartMetadata, version: '3' | '4'): ChartMetadata {
  const metadata: ChartMetadata = {
    ...raw,
    name: sanitise(raw.name),
    description: sanitise(raw.description),
    home: sanitise(raw.home),
    icon: sanitise(raw.icon),
    condition: sanitise(raw.condition),
    tags: sanitise(raw.tags),
    appVersion: sanitise(raw.appVersion),
    kubeVersion: sanitise(raw.kubeVersion),
    sources: raw.sources.map(sanitise),
    keywords: raw.keywords.map(sanitise),
  }
  if (metadata.apiVersion === '') throw refuse('chart.metadata.apiVersion is required')
  if (metadata.name === '') throw refuse('chart.metadata.name is required')
  if (version === '4' && (metadata.name === '.' || metadata.name === '..')) {
    throw refuse(`chart.metadata.name ${quote(metadata.name)} is not allowed`)
  }
  if (metadata.name !== baseName(metadata.name)) throw refuse(`chart.metadata.name ${quote(metadata.name)} is invalid`)
  if (metadata.version === '') throw refuse('chart.metadata.version is required')
  if (!isSemanticVersion(metadata.version, version)) throw refuse(`chart.metadata.version ${quote(metadata.version)} is invalid`)
  if (!['', 'application', 'library'].includes(metadata.type)) throw refuse('chart.metadata.type must be application or library')
  const names = new Set<string>()
  for (const dependency of metadata.dependencies ?? []) {
    if (dependency.alias !== '' && !/^[a-zA-Z0-9_-]+$/.test(dependency.alias)) {
      throw refuse(`dependency ${quote(dependency.name)} has disallowed characters in the alias`)
    }
    const key = dependency.alias === '' ? dependency.name : dependency.alias
    if (names.has(key)) throw refuse(`more than one dependency with name or alias ${quote(key)}`)
    names.add(key)
  }
  return metadata
}

/** Every kind of space becomes one, and what cannot be printed goes. */
function sanitise(text: string): string {
  if (/^[ -~]*$/.test(text)) return text
  let clean = ''
  for (let at = 0; at < text.length;) {
    const packed = decodeRune(text, at)
    const rune = runeOf(packed)
    at += widthOf(packed)
    if (isSpaceRune(rune)) clean += ' '
    else if (isPrint(rune)) clean += encodeRune(rune)
  }
  return clean
}

function isSpaceRune(rune: number): boolean {
  // White_Space of Unicode; JavaScript's \s counts U+FEFF too, and not U+0085.
  return rune === 0x85 || (rune !== 0xfeff && /\s/.test(String.fromCodePoint(rune)))
}
