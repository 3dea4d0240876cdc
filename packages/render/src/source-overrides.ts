import type { ApplicationSource } from '@plimsoll/api'
import { applyMergePatch } from '@plimsoll/kube'
import yaml from 'js-yaml'
import type { SourceEntry, SourceTree } from './contract.ts'
import { isMapping } from './directory/manifest-check.ts'
import { checkValue } from './directory/value-check.ts'
import { kubernetesSchema } from './directory/yaml-dialect.ts'
import { RenderError } from './engine/tree.ts'
import type { RenderLimits } from './limits.ts'

const maxBytes = 100_000
const maxValues = 10_000

/**
 * The source with what `.argocd-source.yaml` and `.argocd-source-NAME.yaml` beside it change (Argo CD, mergeSourceParameters): JSON merge patches, of
 * which repository, path, revision and chart are left alone. Throws `RenderError`.
 */
export async function withOverrides(
  source: ApplicationSource,
  request: { tree: SourceTree; path: string; entries: readonly SourceEntry[]; applicationName: string; limits: RenderLimits },
): Promise<ApplicationSource> {
  const { tree, path, entries, applicationName, limits } = request
  const folder = path === '' ? '' : `${path}/`
  // A name with a slash is no file of this folder.
  const names = ['.argocd-source.yaml', `.argocd-source-${applicationName}.yaml`].filter((name) => !name.includes('/'))
  let merged: unknown = source
  for (const name of names) {
    const entry = entries.find((each) => each.path === folder + name)
    if (entry === undefined || entry.kind === 'submodule') continue
    if (entry.kind === 'symlink') throw wrong(entry.path, 'it is a link, which is not followed here')
    const text = (await tree.read(entry.hash, maxBytes)).toString()
    merged = applyMergePatch(
      merged as Parameters<typeof applyMergePatch>[0],
      patchOf(text, entry.path, limits) as Parameters<typeof applyMergePatch>[1],
    )
  }
  if (merged === source) return source
  if (!isMapping(merged)) throw wrong(folder + names[0], 'it is not a mapping')
  const { repoURL, path: ownPath, targetRevision, chart } = source
  const { path: _path, targetRevision: _revision, chart: _chart, ...rest } = merged
  return {
    ...rest,
    repoURL,
    ...(ownPath !== undefined && { path: ownPath }),
    ...(targetRevision !== undefined && { targetRevision }),
    ...(chart !== undefined && { chart }),
  }
}

function patchOf(text: string, file: string, limits: RenderLimits): unknown {
  let patch: unknown
  try {
    patch = yaml.load(text, { schema: kubernetesSchema, json: true, maxDepth: limits.depth } as yaml.LoadOptions)
  } catch (error) {
    throw wrong(file, error instanceof yaml.YAMLException ? error.reason : 'it cannot be read')
  }
  const unfit = checkValue(patch, limits, { values: maxValues, textBytes: maxBytes })
  if (unfit !== undefined) throw wrong(file, unfit.message)
  // Argo CD merges what is empty as well: nothing.
  return isMapping(patch) ? patch : {}
}

function wrong(file: string, reason: string): RenderError {
  return new RenderError(`error while parsing source parameters: ${file}: ${reason}`, {
    at: { file },
    remedy: 'Correct the file, and push.',
  })
}
