import { RenderError } from '../../engine/tree.ts'
import type { Patch } from '../kustomization.ts'
import type { SchemaSource } from '../openapi/patch-schema.ts'
import { describeId } from '../resource-id.ts'
import type { ResourceList } from '../resource-list.ts'
import { Resource } from '../resource.ts'
import { patchResource, patchResourceByJson, patchSelected } from './patch-resource.ts'
import { readJson6902, readPatchText, type PatchReaders } from './patch-source.ts'

/** Changes the resources of a build. Resources that it removes are left empty. */
export type PatchTransform = (list: ResourceList, schemas: SchemaSource) => void

/** Reads an entry of `patches:`. Throws `RenderError` in kustomize's words. */
export function readPatch(entry: Patch, readers: PatchReaders): PatchTransform {
  const inline = (entry.patch ?? '').trim()
  const path = entry.path ?? ''
  if (inline === '' && path === '') throw new RenderError(`must specify one of patch and path in\n${describeEntry(entry)}`)
  if (inline !== '' && path !== '') throw new RenderError(`patch and path can't be set at the same time\n${describeEntry(entry)}`)
  const source = inline === '' ? `[path: ${JSON.stringify(path)}]` : `[patch: ${JSON.stringify(inline)}]`
  const content = readPatchText(inline === '' ? readFile(path, readers) : inline, source, readers)

  if (content.kind === 'json-6902') {
    return (list) => {
      if (entry.target === undefined) throw new RenderError(`must specify a target for JSON patch ${source}`)
      for (const resource of list.select(entry.target)) {
        resource.rememberId()
        patchResourceByJson(resource, content.patch, true)
      }
    }
  }
  const patches = content.patches.map((object) => {
    const patch = new Resource(object)
    patch.allowNameChange = entry.options?.get('allowNameChange') === true
    patch.allowKindChange = entry.options?.get('allowKindChange') === true
    return patch
  })
  return (list, schemas) => {
    if (entry.target === undefined) putOnTheirTargets(list, patches, schemas)
    else putOnSelected(list, patches, entry.target, source, schemas)
  }
}

function putOnTheirTargets(list: ResourceList, patches: readonly Resource[], schemas: SchemaSource): void {
  for (const patch of patches) {
    const id = patch.originalId
    const target = within(`no resource matches strategic merge patch ${JSON.stringify(describeId(id))}`, () => list.byId(id))
    patchResource(target, patch, schemas)
  }
}

function putOnSelected(
  list: ResourceList,
  patches: readonly Resource[],
  target: NonNullable<Patch['target']>,
  source: string,
  schemas: SchemaSource,
): void {
  const [patch, ...others] = patches
  if (others.length > 0) {
    throw new RenderError(
      `Multiple Strategic-Merge Patches in one \`patches\` entry is not allowed to set \`patches.target\` field: ${source}`,
    )
  }
  if (patch === undefined) return
  const selected = within(`unable to find patch target ${JSON.stringify(describeTarget(target))} in \`resources\``, () =>
    list.select(target),
  )
  patchSelected(list, selected, patch, schemas)
}

/** Reads `patchesStrategicMerge:`: each a path, or a patch itself. */
export function readStrategicMergePatches(entries: readonly string[], readers: PatchReaders): PatchTransform {
  const patches = entries.flatMap((entry) => readStrategicEntry(entry, readers)).map((object) => new Resource(object))
  if (patches.length === 0) throw new RenderError(`patch appears to be empty; files=[${entries.join(' ')}], Patch=`)
  return (list, schemas) => {
    for (const patch of patches) patchSelected(list, [list.byId(patch.originalId)], patch, schemas)
  }
}

function readStrategicEntry(entry: string, readers: PatchReaders) {
  try {
    return readers.resources(entry)
  } catch (error) {
    if (!(error instanceof RenderError)) throw error
    return readers.resources(readers.file(entry))
  }
}

/** Reads an entry of `patchesJson6902:`. */
export function readJson6902Patch(entry: Patch, readers: PatchReaders): PatchTransform {
  const { target, path = '', patch: inline = '' } = entry
  if (!target?.name) throw new RenderError('must specify the target name')
  if (path === '' && inline === '') throw new RenderError('empty file path and empty jsonOp')
  if (path !== '' && inline !== '') throw new RenderError('must specify a file path or jsonOp, not both')
  const text = path === '' ? inline : readers.file(path)
  if (text === '') throw new RenderError(`patch file '${path}' empty seems to be empty`)
  const patch = within(`decoding ${text}`, () => readJson6902(text, readers))
  if (patch.length === 0) throw new RenderError(`patch appears to be empty; file=${path}, JsonOp=${text}`)
  return (list) => {
    for (const resource of list.select(target)) patchResourceByJson(resource, patch, hasNotes(resource))
  }
}

/** Whether the real tool has written something about the resource into its annotations by now. */
function hasNotes(resource: Resource): boolean {
  return (
    resource.previous.length > 0 ||
    resource.prefixes.length > 0 ||
    resource.suffixes.length > 0 ||
    resource.needsHash ||
    resource.behavior !== 'unspecified'
  )
}

function readFile(path: string, readers: PatchReaders): string {
  return within(`failed to get the patch file from path(${path})`, () => readers.file(path))
}

function within<Result>(what: string, run: () => Result): Result {
  try {
    return run()
  } catch (error) {
    throw error instanceof RenderError ? new RenderError(`${what}: ${error.message}`, { remedy: error.remedy }) : error
  }
}

/** The entry as YAML, which kustomize shows with its messages. */
function describeEntry(entry: Patch): string {
  const lines = Object.entries(entry.target ?? {}).map(([key, value]) => `  ${key}: ${value}\n`)
  const text = [entry.patch, entry.path].map((value, index) => (value ? `${index === 0 ? 'patch' : 'path'}: ${value}\n` : ''))
  return text.join('') + (lines.length === 0 ? '' : `target:\n${lines.join('')}`)
}

function describeTarget(target: NonNullable<Patch['target']>): string {
  const { group = '', version = '', kind = '', name = '', namespace = '', annotationSelector = '', labelSelector = '' } = target
  return `${describeId({ group, version, kind, name, namespace })}:a=${annotationSelector}:l=${labelSelector}`
}
