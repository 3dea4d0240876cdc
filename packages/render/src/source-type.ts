import type { ApplicationSource } from '@plimsoll/api'
import type { RenderResult, SourceEntry } from './contract.ts'
import type { SourceProblem } from './problem.ts'
import { folderOf, nameOf } from './repository-path.ts'

export type SourceType = RenderResult['sourceType']

const kustomizationFiles = new Set(['kustomization.yaml', 'kustomization.yml', 'Kustomization'])

/** What the source itself says it is (Argo CD, `ApplicationSource.ExplicitType`); a problem where it says two things. */
export function explicitType(source: ApplicationSource): SourceType | SourceProblem | undefined {
  const types: SourceType[] = []
  if (source.kustomize) types.push('Kustomize')
  if (source.helm && !(source.kustomize && saysOnlyVersion(source.helm))) types.push('Helm')
  if (source.directory) types.push('Directory')
  if (source.plugin) types.push('Plugin')
  if (types.length > 1) {
    return {
      code: 'render-failed',
      message: `multiple application sources defined: ${types.join(',')}`,
      remedy: 'Keep one of helm, kustomize, directory and plugin in spec.source.',
    }
  }
  return types[0] ?? (source.chart ? 'Helm' : undefined)
}

/** Beside `kustomize` that is Helm's version for the charts of a kustomization. Argo CD has no field for it, and refuses the two. */
function saysOnlyVersion(helm: object): boolean {
  return Object.entries(helm).every(([field, value]) => field === 'version' || value === undefined || value === null)
}

/** What a folder holds, after no plugin wanted it (Argo CD, util/app/discovery): a kustomization, a chart, or plain manifests. */
export function discoveredType(path: string, entries: readonly SourceEntry[]): SourceType {
  const direct = new Set(entries.filter((entry) => folderOf(entry.path) === path).map((entry) => nameOf(entry.path)))
  // Argo CD walks the files by name, and the last one that means something counts: a kustomization beside Chart.yaml wins unless it sorts before.
  let type: SourceType = 'Directory'
  for (const name of [...direct].toSorted((a, b) => (a < b ? -1 : 1))) {
    if (name.endsWith('Chart.yaml')) type = 'Helm'
    if (kustomizationFiles.has(name)) type = 'Kustomize'
  }
  return type
}

export function jsonnetRefusal(file: string): SourceProblem {
  return {
    code: 'source-not-supported',
    message: 'Jsonnet is not evaluated here: no jsonnet program is enabled.',
    remedy: "Let the operator enable one, render it to YAML before it is committed, or leave it out with directory.exclude: '*.jsonnet'.",
    at: { file },
  }
}
