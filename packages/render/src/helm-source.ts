import { substituteEnvironment } from './build-environment.ts'
import type { EngineTask } from './engine/task.ts'
import { RenderError, type Sources, type Tree } from './engine/tree.ts'
import type { UsedInputs } from './engine/used-inputs.ts'
import type { HelmRequest, HelmVersion, RandomSource, ValuesInput } from './helm/contract.ts'
import { genericVersion } from './kube-version.ts'
import { LooseFields } from './loose-fields.ts'
import { compareMatches, compilePathGlob, globBase } from './path-glob.ts'
import { normalPath } from './repository-path.ts'

/** A file that the source names: in which tree, and where. */
interface NamedFile {
  tree: Tree
  path: string
  /** As the Application names it. */
  name: string
}

/**
 * What `helm template` is told for a source, as Argo CD tells it (`helmTemplate` in reposerver/repository/repository.go, `template` in
 * util/helm/cmd.go): value files in their order, then `valuesObject` or `values`, then parameters.
 */
export function helmRequestOf(
  task: EngineTask,
  sources: Sources,
  inputs: UsedInputs,
  random: { source: RandomSource; now: Date },
): HelmRequest {
  const { source, path } = task
  const fields = new LooseFields(source.helm, 'spec.source.helm')
  const substitute = (text: string): string => substituteEnvironment(text, (name) => inputs.environment(name))
  const capabilities = inputs.peekCapabilities()
  const apiVersions = fields.texts('apiVersions')
  const kubeVersion = genericVersion(fields.text('kubeVersion') || capabilities.kubeVersion)
  return {
    version: helmVersionOf(fields),
    chartPath: path,
    release: {
      name: fields.text('releaseName') || releaseNameOf(inputs.applicationName),
      namespace: fields.text('namespace') || inputs.destinationNamespace,
    },
    values: valuesOf(task, fields, sources, substitute),
    capabilities: {
      ...(kubeVersion !== '' && { kubeVersion }),
      apiVersions: apiVersions.length > 0 ? apiVersions : capabilities.apiVersions,
    },
    includeCrds: !fields.flag('skipCrds'),
    skipTests: fields.flag('skipTests'),
    skipSchemaValidation: fields.flag('skipSchemaValidation'),
    resolveDependencies: true,
    random: random.source,
    now: random.now,
  }
}

/** A release has no underscore: of `NAMESPACE_NAME` it takes the name (argo-cd `reposerver/repository/repository.go`, helmTemplate, 3.x). */
function releaseNameOf(applicationName: string): string {
  return applicationName.slice(applicationName.indexOf('_') + 1)
}

/** Of `spec.source.helm`; `v3` where nothing is said. Argo CD takes `v4` as well, and means its newest by both. */
export function helmVersionOf(fields: LooseFields): HelmVersion {
  const text = fields.text('version')
  if (text === '' || text === 'v3' || text === '3') return '3'
  if (text === 'v4' || text === '4') return '4'
  throw new RenderError(`helm version '${text}' is not supported`, { remedy: "Set spec.source.helm.version to 'v3' or 'v4'." })
}

function valuesOf(task: EngineTask, fields: LooseFields, sources: Sources, substitute: (text: string) => string): ValuesInput[] {
  const values = valueFilesOf(task, fields, sources, substitute)
  if (fields.has('valuesObject')) {
    values.push({ kind: 'object', name: 'spec.source.helm.valuesObject', value: fields.raw('valuesObject') })
  } else if (fields.text('values') !== '') {
    values.push({ kind: 'file', name: 'spec.source.helm.values', text: Buffer.from(fields.text('values')) })
  }
  const parameters = new Map<string, ValuesInput>()
  for (const parameter of fields.items('parameters')) {
    const name = parameter.text('name')
    const kind = parameter.flag('forceString') ? ('set-string' as const) : ('set' as const)
    parameters.set(`${kind} ${name}`, { kind, text: `${name}=${escapeCommas(substitute(parameter.text('value')))}` })
  }
  values.push(...parameters.values())
  const files = new Map<string, NamedFile | string>()
  for (const parameter of fields.items('fileParameters'))
    files.set(parameter.text('name'), fileOf(task, parameter.text('path'), sources, substitute))
  for (const [name, file] of files) {
    values.push({
      kind: 'set-file',
      text: `${name}=content`,
      readFile: () => {
        if (typeof file !== 'string') return readNamed(file)
        return readRemote(file, sources)
      },
    })
  }
  return values
}

/** As Argo CD does before `--set`: commas are text, unless the whole value is a list in braces. */
function escapeCommas(value: string): string {
  if (value.startsWith('{') && value.endsWith('}')) return value
  return value.replaceAll(/(?<!\\),/g, '\\,')
}

function valueFilesOf(task: EngineTask, fields: LooseFields, sources: Sources, substitute: (text: string) => string): ValuesInput[] {
  const ignoresMissing = fields.flag('ignoreMissingValueFiles')
  const named = fields.texts('valueFiles').map((raw) => ({ raw, file: fileOf(task, raw, sources, substitute) }))
  // What is named by itself stands where it is named, not where a pattern finds it.
  const trees = [...new Set(named.flatMap(({ file }) => (typeof file === 'string' ? [] : [file.tree])))]
  const keyOf = (tree: Tree, path: string): string => `${trees.indexOf(tree)} ${path}`
  const explicit = new Set(
    named.flatMap(({ file }) => (typeof file === 'string' || isGlob(file.path) ? [] : [keyOf(file.tree, file.path)])),
  )
  const chosen = new Map<string, ValuesInput>()
  const take = (key: string, value: () => ValuesInput): void => {
    if (!chosen.has(key)) chosen.set(key, value())
  }
  for (const { file } of named) if (typeof file !== 'string' && !isGlob(file.path)) file.tree.expect([file.path])
  for (const { raw, file } of named) {
    if (typeof file === 'string') {
      take(file, () => ({ kind: 'file', name: file, text: readRemote(file, sources) }))
      continue
    }
    if (isGlob(file.path)) {
      const matches = matchesOf(file)
      if (matches.length === 0 && !ignoresMissing) {
        throw new RenderError(`error resolving helm value files: values file glob "${raw}" matched no files`, {
          remedy: 'Correct the pattern, add a file, or set ignoreMissingValueFiles.',
        })
      }
      file.tree.expect(matches)
      for (const path of matches) {
        const key = keyOf(file.tree, path)
        if (!explicit.has(key)) take(key, () => fileValues({ ...file, path, name: path }))
      }
      continue
    }
    if (ignoresMissing && file.tree.stat(file.path) === undefined) continue
    take(keyOf(file.tree, file.path), () => fileValues(file))
  }
  return [...chosen.values()]
}

function fileValues(file: NamedFile): ValuesInput {
  return { kind: 'file', name: file.name, text: readNamed(file) }
}

function readNamed({ tree, path, name }: NamedFile): Uint8Array {
  const place = tree.stat(path)
  const content = place === 'file' ? tree.read(path) : undefined
  if (content !== undefined) return content
  const reason = place === 'folder' ? `read ${name}: is a directory` : `open ${name}: no such file or directory`
  throw new RenderError(reason, { remedy: 'Add the file, or take it out of spec.source.helm.', at: { file: path } })
}

function matchesOf({ tree, path }: NamedFile): string[] {
  const matches = compilePathGlob(path, { doubleStar: true })
  if (matches === undefined) {
    throw new RenderError(`error resolving helm value files: error expanding glob pattern "${path}": syntax error in pattern`, {
      remedy: 'Close every bracket of the pattern.',
    })
  }
  return tree
    .list(globBase(path))
    .filter((file) => matches(file) && tree.stat(file) === 'file')
    .toSorted(compareMatches(path))
}

/** `[a` is a path with a bracket to nobody: Argo CD looks for these three characters only. */
function isGlob(path: string): boolean {
  return /[*?[]/.test(path)
}

/** A file by its name in the Application, or the URL that it is. */
function fileOf(task: EngineTask, raw: string, sources: Sources, substitute: (text: string) => string): NamedFile | string {
  const reference = /^\$([^/]*)/.exec(raw)?.[1]
  const referenced = reference === undefined ? undefined : sources.ref(reference)
  if (referenced !== undefined) {
    // Variables are filled in after the source is found (Argo CD, getResolvedRefValueFile).
    const inside = substitute(raw.slice(raw.indexOf('/') < 0 ? raw.length : raw.indexOf('/')))
    return { tree: referenced, path: insideOf(inside.replace(/^\/+/, ''), '', raw), name: raw }
  }
  if (reference !== undefined && task.hasRefs) throw unknownReference(`$${reference}`, task.refs)
  const name = substitute(raw)
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(name)?.[1]
  if (scheme !== undefined) {
    if (!task.policy.valueFileSchemes.some((allowed) => allowed.toLowerCase() === scheme.toLowerCase())) {
      throw new RenderError(
        `error resolving helm value files: error resolving value file path: the URL scheme '${scheme}' is not allowed`,
        {
          remedy: 'Put the file into the repository, or into another source of the Application with a ref.',
        },
      )
    }
    return name
  }
  const path = name.startsWith('/') ? insideOf(name.replace(/^\/+/, ''), '', name) : insideOf(name, task.path, name)
  return { tree: sources.tree, path, name }
}

function insideOf(path: string, from: string, name: string): string {
  const normal = normalPath(path, from)
  if (normal === undefined) {
    throw new RenderError(
      `error resolving helm value files: error resolving value file path: file '${name.slice(0, 200)}' resolved to outside repository root`,
      { code: 'path-outside-repository', remedy: 'Name a file of the repository.' },
    )
  }
  return normal
}

function unknownReference(name: string, known: readonly string[]): RenderError {
  const message =
    known.length === 0
      ? `source referenced "${name}", but no source has a 'ref' field defined`
      : `source referenced "${name}", which is not one of the available sources (${known.map((ref) => `$${ref}`).join(', ')})`
  return new RenderError(message, { remedy: "Give one of the Application's sources this ref." })
}

function readRemote(url: string, sources: Sources): Uint8Array {
  if (sources.file === undefined) throw new RenderError(`${url} cannot be fetched here.`)
  return sources.file(url)
}
