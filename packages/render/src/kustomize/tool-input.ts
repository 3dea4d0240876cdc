import { RenderError, type Sources } from '../engine/tree.ts'
import { Build } from './build.ts'
import { readYamlConfig } from './config-text.ts'
import type { KustomizeRequest } from './contract.ts'
import { writeKustomization } from './edited-text.ts'
import { fieldOf, isObject, type JsonValue } from './json.ts'
import { texts } from './kustomization.ts'
import { Loader } from './loader.ts'
import { applyOverrides } from './overrides.ts'
import { parseRepoUrl } from './repo-spec.ts'
import { apiVersionOf } from './resource-id.ts'
import type { Resource } from './resource.ts'
import { Target } from './target.ts'

/**
 * What is not kustomize's own among generators, transformers and validators. `container`: a function in an image; `program`: a function or plugin
 * that is a program; `unknown`: a function that no kustomize of today runs, and that it leaves out without a word.
 */
export type ForeignPlugin = 'container' | 'program' | 'unknown'

/** What the real kustomize has to be told of a kustomization. */
export interface ToolInput {
  /** The file of the kustomization, as `kustomize edit` makes it of what the Application changes. */
  edited?: { file: string; text: string }
  /** Anywhere in it: also in its bases, its components and its plugins' own kustomizations. */
  foreign: ReadonlySet<ForeignPlugin>
}

export type ReadToolInput = (sources: Sources, request: KustomizeRequest) => ToolInput

/** Reads and runs nothing but the kustomizations themselves. Throws `RenderError` for an edit that `kustomize edit` would refuse. */
export const readToolInput: ReadToolInput = (sources, request) => {
  const build = Build.of(sources, request)
  const loader = Loader.start(build.rules, request.path)
  const target = new Target(build, loader, undefined)
  if (request.overrides !== undefined) applyOverrides(target.kustomization, request.overrides, loader)
  const foreign = new Set<ForeignPlugin>()
  collect(build, target, loader, foreign)
  return {
    ...(request.overrides !== undefined && { edited: { file: target.file, text: writeKustomization(target.kustomization) } }),
    foreign,
  }
}

function collect(build: Build, target: Target, loader: Loader, foreign: Set<ForeignPlugin>): void {
  const { resources, components, generators, transformers, validators } = target.kustomization
  const plugins = [generators, transformers, validators].flatMap((list) => texts(list))
  for (const resource of plugins.flatMap((entry) => unlessFaulty(() => target.readPlugin(entry)) ?? [])) {
    const kind = foreignPlugin(resource)
    if (kind !== undefined) foreign.add(kind)
  }
  for (const path of [...texts(resources), ...texts(components), ...plugins]) {
    // Remote bases are none of the real tool's: it is not asked at all where there are some.
    if (path.includes('\n') || parseRepoUrl(path) !== undefined) continue
    const base = unlessFaulty(() => loader.open(path))
    const baseTarget = base && unlessFaulty(() => new Target(build, base, undefined))
    if (base !== undefined && baseTarget !== undefined) collect(build, baseTarget, base, foreign)
  }
}

/** What cannot be read the real tool cannot read either: it says so itself. */
function unlessFaulty<Result>(read: () => Result): Result | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof RenderError) return undefined
    throw error
  }
}

/** As `GetFunctionSpec` of kyaml (fn/runtime/runtimeutil/functiontypes.go) and the plugin loader of kustomize 5.7 tell them apart. */
function foreignPlugin(resource: Resource): ForeignPlugin | undefined {
  if (apiVersionOf(resource.gvk) === 'builtin') return undefined
  const { annotations } = resource
  const text = annotations.get('config.kubernetes.io/function') || annotations.get('config.k8s.io/function')
  const spec = text ? unlessFaulty(() => readYamlConfig(text)) : fieldOf(resource.content['metadata'], 'configFn')
  if (spec === undefined || spec === null) return annotations.get('config.kubernetes.io/container') ? 'container' : 'program'
  if (hasField(spec, 'exec')) return 'program'
  return hasField(spec, 'container') ? 'container' : 'unknown'
}

/** Go reads names of fields in any case. */
function hasField(spec: JsonValue, name: string): boolean {
  return isObject(spec) && Object.keys(spec).some((key) => key.toLowerCase() === name && isObject(spec[key]))
}
