import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ValuesInput } from '@plimsoll/render/engines'

/** What flags of `helm template` make of a request: those that `ci/*.flags` may hold. */
export interface FlagEffects {
  values: { kind: 'file' | 'set' | 'set-string' | 'set-json' | 'set-literal' | 'set-file'; text: string }[]
  kubeVersion?: string
  apiVersions: string[]
  namespace?: string
  includeCrds: boolean
  skipTests: boolean
  noHooks: boolean
  skipSchemaValidation: boolean
  isUpgrade: boolean
  showOnly: string[]
}

/** Each line is one argument, `--name=value` or `--name`. Throws for a flag that it does not know. */
export function readFlags(flags: readonly string[]): FlagEffects {
  const effects: FlagEffects = {
    values: [],
    apiVersions: [],
    includeCrds: true,
    skipTests: false,
    noHooks: false,
    skipSchemaValidation: false,
    isUpgrade: false,
    showOnly: [],
  }
  for (const flag of flags) {
    const [, name = '', text = ''] = /^--([a-z-]+)(?:=(.*))?$/s.exec(flag) ?? []
    if (name === 'values') effects.values.push({ kind: 'file', text })
    else if (name === 'set' || name === 'set-string' || name === 'set-json' || name === 'set-literal' || name === 'set-file')
      effects.values.push({ kind: name, text })
    else if (name === 'kube-version') effects.kubeVersion = text
    else if (name === 'api-versions') effects.apiVersions.push(...text.split(','))
    else if (name === 'namespace') effects.namespace = text
    else if (name === 'include-crds') effects.includeCrds = text !== 'false'
    else if (name === 'skip-tests') effects.skipTests = true
    else if (name === 'no-hooks') effects.noHooks = true
    else if (name === 'skip-schema-validation') effects.skipSchemaValidation = true
    else if (name === 'is-upgrade') effects.isUpgrade = true
    else if (name === 'show-only') effects.showOnly.push(text)
    else throw new Error(`conformance does not know the flag '${flag}'`)
  }
  return effects
}

export function readValues(effects: FlagEffects, folder: string): ValuesInput[] {
  const inCase = (path: string): string => path.replace(/^CASE\//, `${folder}/`)
  // Helm takes the kinds of flags in an order of its own, whatever theirs is on the command line: the engine is to know it.
  return effects.values.map(({ kind, text }): ValuesInput => {
    if (kind === 'file') return { kind, name: text, text: new Uint8Array(readFileSync(inCase(text))) }
    if (kind === 'set-file') return { kind, text, readFile: (path: string) => new Uint8Array(readFileSync(join('/', inCase(path)))) }
    return { kind, text }
  })
}
