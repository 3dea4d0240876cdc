import type { ApplicationSource } from '@plimsoll/api'
import type { SourceTree } from './contract.ts'
import type { SourceProblem } from './problem.ts'
import { folderOf, nameOf } from './repository-path.ts'

type Entry = Awaited<ReturnType<SourceTree['list']>>[number]

const kustomizationFiles = new Set(['kustomization.yaml', 'kustomization.yml', 'Kustomization'])

/**
 * Why this version cannot render a source; undefined for a directory of manifests. What the source says goes before what the folder holds, as
 * in Argo CD (`ApplicationSource.ExplicitType`, `util/app/discovery`).
 */
export function unsupportedSource(source: ApplicationSource, path: string, entries: readonly Entry[]): SourceProblem | undefined {
  const where = path === '' ? 'The root of the repository' : `Folder '${path}'`
  if (source.chart) return refusal(`The source is the Helm chart '${source.chart}'.`, 'Helm')
  if (source.helm) return refusal(`The source has Helm parameters.`, 'Helm')
  if (source.kustomize) return refusal(`The source has Kustomize parameters.`, 'Kustomize')
  if (source.plugin)
    return { ...refusal('The source wants a config management plugin.', 'Plugins'), remedy: 'Use plain YAML or JSON manifests.' }
  if (source.directory) return undefined
  const direct = entries.filter((entry) => folderOf(entry.path) === path).map((entry) => nameOf(entry.path))
  if (direct.includes('Chart.yaml')) return refusal(`${where} is a Helm chart (Chart.yaml).`, 'Helm')
  const kustomization = direct.find((name) => kustomizationFiles.has(name))
  if (kustomization !== undefined) return refusal(`${where} is a kustomization (${kustomization}).`, 'Kustomize')
  return undefined
}

export function jsonnetRefusal(file: string): SourceProblem {
  return {
    code: 'source-not-supported',
    message: 'This version does not evaluate Jsonnet.',
    remedy: "Render it to YAML before it is committed, or leave it out with directory.exclude: '*.jsonnet'.",
    at: { file },
  }
}

function refusal(what: string, engine: 'Helm' | 'Kustomize' | 'Plugins'): SourceProblem {
  return {
    code: 'source-not-supported',
    message: `${what} This version renders directories of plain manifests; ${engine === 'Plugins' ? 'plugins are' : `${engine} is`} not rendered yet.`,
    remedy: `Use plain YAML or JSON manifests until ${engine} comes with one of the next versions.`,
  }
}
