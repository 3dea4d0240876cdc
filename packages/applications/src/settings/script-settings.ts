import { compileGlob } from '@plimsoll/render'
import yaml from 'js-yaml'
import { attemptsInto, customizations as prefix, mapIn, overrideKey } from './customizations.ts'

/** What the operator has written for the objects of one kind, or of all whose `GROUP/KIND` a pattern matches. */
export interface ScriptOverride {
  /** `GROUP/KIND`, of the core group `KIND`. May have wildcards. */
  key: string
  healthLua?: string
  /** Our own: a YAML list of rules in CEL. */
  healthCel?: string
  useOpenLibs?: boolean
  /** YAML: `discovery.lua`, `definitions`, `mergeBuiltinActions`. */
  actions?: string
}

export interface ScriptSettings {
  /** For this very kind first, then those by pattern, the longest pattern first: what is written more closely counts more. */
  overridesFor(group: string, kind: string): readonly ScriptOverride[]
  /** Nobody has written anything: what is asked for each object need not be. */
  readonly isEmpty: boolean
  /** What cannot be read, and is left out: nothing else suffers from it. */
  readonly problems: readonly string[]
}

/** Of the same form, and about comparisons. */
const othersTypes = new Set(['ignoreDifferences', 'ignoreResourceUpdates', 'knownTypeFields'])
const maxRemembered = 2_000

/**
 * The scripts in the data of Argo CD's ConfigMap `argocd-cm`: `resource.customizations.TYPE.GROUP_KIND`, and the older form, one block of YAML under
 * `resource.customizations`, where alone a ConfigMap can have wildcards (argo-cd `util/settings/settings.go`, GetResourceOverrides, 3.x).
 */
export function readScriptSettings(data: Readonly<Record<string, string>>): ScriptSettings {
  const overrides = new Map<string, ScriptOverride>()
  const problems: string[] = []

  function change(key: string, fields: Omit<ScriptOverride, 'key'>): void {
    if (Object.keys(fields).length > 0) overrides.set(key, { ...overrides.get(key), ...fields, key })
  }

  const attempt = attemptsInto(problems)

  attempt(prefix, () => {
    const block = mapIn(yaml.load(data[prefix] ?? '') ?? {})
    for (const [key, value] of Object.entries(block)) attempt(`${prefix}: ${key}`, () => change(key, overrideOf(value)))
  })
  for (const name of Object.keys(data).toSorted()) {
    const [, , type, ...rest] = name.split('.')
    if (!name.startsWith(`${prefix}.`) || type === undefined || rest.length === 0 || othersTypes.has(type)) continue
    attempt(name, () => {
      const { key, fields } = splitOverride(type, rest.join('.'), data[name] ?? '')
      change(key, fields)
    })
  }
  const patterns = [...overrides.values()]
    .filter(({ key }) => /[*?[{]/.test(key))
    .toSorted((a, b) => b.key.length - a.key.length || (a.key < b.key ? -1 : 1))
    .flatMap((override) => {
      const glob = compileGlob(override.key)
      if (glob === undefined) problems.push(`${prefix}: ${override.key} is not a pattern`)
      return glob ? [{ override, glob }] : []
    })
  const remembered = new Map<string, readonly ScriptOverride[]>()

  return {
    problems,
    isEmpty: overrides.size === 0,
    overridesFor(group, kind) {
      const key = group === '' ? kind : `${group}/${kind}`
      const known = remembered.get(key)
      if (known) return known
      const own = overrides.get(key)
      const found = patterns.filter(({ override, glob }) => override !== own && glob.matches(key)).map(({ override }) => override)
      const all = own ? [own, ...found] : found
      if (remembered.size >= maxRemembered) remembered.clear()
      remembered.set(key, all)
      return all
    },
  }
}

/** One entry of the block. */
function overrideOf(value: unknown): Omit<ScriptOverride, 'key'> {
  const fields = mapIn(value ?? {})
  const [lua, cel, actions, isOpen] = ['health.lua', 'health.cel', 'actions', 'health.lua.useOpenLibs'].map((name) => fields[name])
  const textOf = (written: unknown): string => (typeof written === 'string' ? written : yaml.dump(written))
  return {
    ...(typeof lua === 'string' && { healthLua: lua }),
    ...(cel !== undefined && { healthCel: textOf(cel) }),
    ...(actions !== undefined && { actions: textOf(actions) }),
    ...(isOpen !== undefined && { useOpenLibs: isOpen === true }),
  }
}

function splitOverride(type: string, groupKind: string, text: string): { key: string; fields: Omit<ScriptOverride, 'key'> } {
  // Argo CD takes such a key for a check of some group `cel.…`, and has no objects of it: both can read one ConfigMap.
  if (type === 'health' && groupKind.startsWith('cel.') && /^\s*(#.*\n\s*)*(-\s|\[)/.test(text)) {
    return { key: overrideKey(groupKind.slice('cel.'.length)), fields: { healthCel: text } }
  }
  const key = overrideKey(groupKind)
  switch (type) {
    case 'health':
      return { key, fields: { healthLua: text } }
    case 'useOpenLibs':
      return { key, fields: { useOpenLibs: booleanOf(text) } }
    case 'actions':
      return { key, fields: { actions: text } }
    default:
      throw new Error(`there is no customization "${type}"; there are health, useOpenLibs, actions, ${[...othersTypes].join(', ')}`)
  }
}

/** As Go's `strconv.ParseBool`. */
function booleanOf(text: string): boolean {
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text.trim())) return true
  if (['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(text.trim())) return false
  throw new Error(`"${text.slice(0, 40)}" is neither true nor false`)
}
