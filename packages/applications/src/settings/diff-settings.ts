import { compileGlob } from '@plimsoll/render'
import yaml from 'js-yaml'
import { at, textAt } from '../json.ts'
import { durationMs } from '../sync/sync-request.ts'
import { attemptsInto, customizations as prefix, mapIn, overrideKey } from './customizations.ts'

/** What the operator says of comparisons, for all applications. */
export interface DiffSettings {
  overrides: readonly DiffOverride[]
  /** Whose `status` in Git counts for nothing. */
  ignoresStatusOf: 'all' | 'crd' | 'none'
  /** Annotations whose values are nobody's business. */
  sensitiveAnnotations: ReadonlySet<string>
  jqTimeoutMs: number
  /** Compare by asking the API server, unless an application says otherwise. */
  isServerSide: boolean
  /** What cannot be read, and is left out: nothing else suffers from it. */
  problems: readonly string[]
}

/** What is said of the kinds that two patterns name. */
export interface DiffOverride {
  /** As it was written: `apps/Deployment`. */
  key: string
  group: string
  kind: string
  jsonPointers: readonly string[]
  jqPathExpressions: readonly string[]
  managedFieldsManagers: readonly string[]
  knownTypeFields: readonly KnownTypeField[]
}

export interface KnownTypeField {
  /** Names with dots between them. Lists on the way are gone through item by item. */
  field: string
  /** `core/v1/PodSpec`, `core/Quantity`, `meta/v1/Duration`. */
  type: string
}

const defaultJqTimeoutMs = 1000

/**
 * From the data of Argo CD's ConfigMaps `argocd-cm` and `argocd-cmd-params-cm`: `resource.customizations.TYPE.GROUP_KIND` with its older form, one block of
 * YAML under `resource.customizations`, `resource.sensitive.mask.annotations`, `resource.compareoptions` (argo-cd `util/settings/settings.go`).
 */
export function readDiffSettings(data: Readonly<Record<string, string>>, parameters: Readonly<Record<string, string>> = {}): DiffSettings {
  const overrides = new Map<string, DiffOverride>()
  const problems: string[] = []

  const attempt = attemptsInto(problems)

  function put(key: string, fields: Partial<DiffOverride>): void {
    const slash = key.lastIndexOf('/')
    const [group, kind] = [key.slice(0, Math.max(0, slash)), key.slice(slash + 1)]
    for (const pattern of [group, kind]) if (!compileGlob(pattern)) throw new Error(`"${pattern.slice(0, 80)}" is not a pattern`)
    overrides.set(key, { ...(overrides.get(key) ?? { ...noFields, knownTypeFields: [], key, group, kind }), ...fields })
  }

  attempt(prefix, () => {
    for (const [key, value] of Object.entries(mapIn(yaml.load(data[prefix] ?? '') ?? {}))) {
      attempt(`${prefix}: ${key}`, () => {
        const [ignored, known] = [at(value, 'ignoreDifferences'), at(value, 'knownTypeFields')]
        if (ignored !== undefined) put(key, ignoredFields(ignored))
        if (known !== undefined) put(key, { knownTypeFields: knownTypeFields(known) })
      })
    }
  })
  for (const name of Object.keys(data).toSorted()) {
    const [, , type, ...rest] = name.split('.')
    if (!name.startsWith(`${prefix}.`) || (type !== 'ignoreDifferences' && type !== 'knownTypeFields')) continue
    attempt(name, () => {
      const text = data[name] ?? ''
      put(
        overrideKey(rest.join('.')),
        type === 'ignoreDifferences' ? ignoredFields(text) : { knownTypeFields: knownTypeFields(yaml.load(text)) },
      )
    })
  }
  let ignoresStatusOf: DiffSettings['ignoresStatusOf'] = 'all'
  attempt('resource.compareoptions', () => {
    ignoresStatusOf = statusOption(at(mapIn(yaml.load(data['resource.compareoptions'] ?? '') ?? {}), 'ignoreResourceStatusField'))
  })
  // The manual has the first name, the manifests and so the program the second (argo-cd docs/user-guide/diffing.md, manifests/base, 3.x).
  const timeout = durationMs(parameters['controller.ignore.normalizer.jq.timeout'] ?? parameters['ignore.normalizer.jq.timeout'])
  return {
    overrides: [...overrides.values()],
    ignoresStatusOf,
    sensitiveAnnotations: new Set(
      (data['resource.sensitive.mask.annotations'] ?? '')
        .split(',')
        .map((name) => name.trim())
        .filter(Boolean),
    ),
    jqTimeoutMs: timeout !== undefined && timeout > 0 ? Math.min(timeout, 60_000) : defaultJqTimeoutMs,
    isServerSide: parameters['controller.diff.server.side'] === 'true',
    problems,
  }
}

const noFields = { jsonPointers: [], jqPathExpressions: [], managedFieldsManagers: [] }

/** A block of YAML, or, in the older form, a text with one in it. */
function ignoredFields(value: unknown): Pick<DiffOverride, keyof typeof noFields> {
  const fields = mapIn((typeof value === 'string' ? yaml.load(value) : value) ?? {})
  const texts = (name: keyof typeof noFields): string[] => {
    const list = at(fields, name) ?? []
    if (!Array.isArray(list) || !list.every((item) => typeof item === 'string')) throw new Error(`${name} is not a list of texts`)
    return list
  }
  return {
    jsonPointers: texts('jsonPointers'),
    jqPathExpressions: texts('jqPathExpressions'),
    managedFieldsManagers: texts('managedFieldsManagers'),
  }
}

function knownTypeFields(value: unknown): KnownTypeField[] {
  const list = typeof value === 'string' ? yaml.load(value) : value
  if (!Array.isArray(list)) throw new Error('it is not a list of { field, type }')
  return list.map((item) => {
    const [field, type] = [textAt(item, 'field'), textAt(item, 'type')]
    if (field === undefined || type === undefined) throw new Error('it is not a list of { field, type }')
    return { field, type }
  })
}

function statusOption(value: unknown): DiffSettings['ignoresStatusOf'] {
  // A bare `off` may be a boolean in YAML.
  if (value === false || value === 'none' || value === 'off' || value === 'false') return 'none'
  return value === 'crd' ? 'crd' : 'all'
}
