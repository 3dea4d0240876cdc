import { RenderError } from '../../engine/tree.ts'
import { cloneValue, isObject, type JsonValue } from '../json.ts'
import type { ReplacementField } from '../kustomization.ts'
import { parseLabelSelector } from '../label-selector.ts'
import { isEmptyMap } from '../patch/scalar-source.ts'
import { describeId, isSelectedBy, type Gvk } from '../resource-id.ts'
import type { Resource } from '../resource.ts'
import { splitFieldPath } from './field-path.ts'
import { findPlaces, type Creation, type Place } from './field-places.ts'
import { lookup } from './lookup.ts'
import { readPlain, retype } from './plain-scalar.ts'

export type Replacement = Omit<ReplacementField, 'path'>
type Source = NonNullable<Replacement['source']>
type Target = NonNullable<NonNullable<Replacement['targets']>[number]>
type FieldOptions = NonNullable<Target['options']>
type TargetSelector = NonNullable<Target['select']>

const defaultPath = 'metadata.name'

/**
 * What is put into the targets. A source that is a target as well is read again for each of them, as the real tool does. A text that stands in the
 * kustomization has no type of its own.
 */
interface SourceValue {
  readonly value: JsonValue
  /** Of a scalar: its text. */
  readonly text: string
  readonly isUntyped?: true
}

/**
 * Copies values between resources as `replacements:` of kustomize 5.7 say (`api/filters/replacement`), one after the other. Throws `RenderError` in
 * its words, also for a field that a target lacks and may not create.
 */
export function applyReplacements(resources: readonly Resource[], replacements: readonly Replacement[]): void {
  for (const replacement of replacements) {
    const { source, sourceValue, targets } = replacement
    if ((source === undefined && sourceValue === undefined) || targets === undefined) {
      throw new RenderError('replacements must specify a source and at least one target')
    }
    if (source !== undefined && sourceValue !== undefined) throw new RenderError('value and resource selectors are mutually exclusive')
    const value = source === undefined ? untyped(sourceValue ?? '') : readSource(resources, source)
    for (const target of targets) if (target !== undefined) writeTarget(resources, target, value)
  }
}

function readSource(resources: readonly Resource[], source: Source): SourceValue {
  const resource = findSource(resources, source)
  const path = source.fieldPath === undefined || source.fieldPath === '' ? defaultPath : source.fieldPath
  const found = within('error looking up replacement source', () => lookup(resource.object, splitFieldPath(path)))
  const value = found?.value
  if (found === undefined || value === undefined || value === null || isEmptyMap(value) || (Array.isArray(value) && value.length === 0)) {
    throw new RenderError(`fieldPath \`${path}\` is missing for replacement source ${describeSelector(source)}`)
  }
  const { delimiter = '', index = 0 } = source.options ?? {}
  if (delimiter === '') return found
  if (typeof value === 'object') throw new RenderError('delimiter option can only be used with scalar nodes')
  const { text } = found
  const part = text.split(delimiter)[Number(index)]
  if (part === undefined) throw new RenderError(`options.index ${index} is out of bounds for value ${text}`)
  return { value: typeof value === 'string' ? part : readPlain(part).value, text: part }
}

function untyped(text: string): SourceValue {
  return { value: readPlain(text).value, text, isUntyped: true }
}

function findSource(resources: readonly Resource[], source: Source): Resource {
  const found = resources.filter((resource) => hasId(resource, source))
  const [resource, ...others] = found
  if (others.length > 0) throw new RenderError(`multiple matches for selector ${describeSource(source)}`)
  if (resource === undefined) throw new RenderError(`nothing selected by ${describeSource(source)}`)
  return resource
}

function writeTarget(resources: readonly Resource[], target: Target, value: SourceValue): void {
  const { select, reject = [], options } = target
  if (select === undefined) throw new RenderError('target must specify resources to select')
  const paths = target.fieldPaths === undefined || target.fieldPaths.length === 0 ? [defaultPath] : target.fieldPaths
  const rejected = reject.filter((selector) => selector !== undefined)
  for (const resource of resources) {
    if (resource.isEmpty || !isChosen(resource, select, rejected)) continue
    for (const path of paths) writePath(resource, path ?? '', options, value)
  }
}

function isChosen(resource: Resource, select: TargetSelector, reject: readonly TargetSelector[]): boolean {
  if (!hasLabels(resource, select)) return false
  for (const selector of reject) {
    const { annotationSelector = '', labelSelector = '' } = selector
    if ((annotationSelector !== '' || labelSelector !== '') && hasLabels(resource, selector)) return false
  }
  return hasId(resource, select) && !reject.some((selector) => !isEmptyId(selector) && hasId(resource, selector))
}

function writePath(resource: Resource, path: string, options: FieldOptions | undefined, value: SourceValue): void {
  const creation = options?.create === true ? creationOf(value.value) : undefined
  const fault = `unable to find ${creation === undefined ? '' : 'or create '}field ${JSON.stringify(path)} in replacement target`
  const parts = splitFieldPath(path)
  const places = within(fault, () => findPlaces(resource.object, parts, creation))
  if (places.length === 0) throw new RenderError(fault)
  for (const place of places) write(place, options, value, isAnnotation(parts))
}

function write(place: Place, options: FieldOptions | undefined, source: SourceValue, isText: boolean): void {
  const { value, text, isUntyped } = source
  const current = place.value
  const { delimiter = '', index = 0 } = options ?? {}
  if (typeof current === 'object' && current !== null) {
    if (delimiter !== '') throw new RenderError('delimiter option can only be used with scalar nodes')
    if (isUntyped) place.setUntyped(value, text)
    else place.set(cloneValue(value))
    return
  }
  const joined = delimiter === '' ? text : join(place.text.split(delimiter), Number(index), text).join(delimiter)
  if (isText) place.set(joined)
  else if (place.isUntyped) place.setUntyped(readPlain(joined).value, joined)
  else place.set(retype(current, place.text, joined))
}

/** Annotations are texts in the end, whatever they were. */
function isAnnotation([first, second, ...rest]: readonly string[]): boolean {
  return first === 'metadata' && second === 'annotations' && rest.length === 1
}

function creationOf(value: JsonValue): Creation {
  return Array.isArray(value) ? 'list' : isObject(value) ? 'map' : 'scalar'
}

/** Before the first part, behind the last one, or in the place of one. */
function join(parts: readonly string[], index: number, text: string): string[] {
  if (index < 0) return [text, ...parts]
  return index >= parts.length ? [...parts, text] : parts.with(index, text)
}

/** By an id that the resource has or had; texts, no patterns. */
function hasId(resource: Resource, selector: Partial<Gvk> & { name?: string; namespace?: string }): boolean {
  const { name = '', namespace = '' } = selector
  return [resource.currentId, ...resource.previousIds].some(
    (id) =>
      (name === '' || name === id.name) &&
      (namespace === '' || inNamespace(namespace) === inNamespace(id.namespace)) &&
      isSelectedBy(id, selector),
  )
}

function inNamespace(namespace: string): string {
  return namespace === '' ? 'default' : namespace
}

function hasLabels(resource: Resource, { annotationSelector = '', labelSelector = '' }: TargetSelector): boolean {
  return (
    (annotationSelector === '' || parseLabelSelector(annotationSelector)(resource.annotations)) &&
    (labelSelector === '' || parseLabelSelector(labelSelector)(resource.labels))
  )
}

function isEmptyId({ group = '', version = '', kind = '', name = '', namespace = '' }: TargetSelector): boolean {
  return group + version + kind + name + namespace === ''
}

function describeSelector({ group = '', version = '', kind = '', name = '', namespace = '' }: Source): string {
  return describeId({ group, version, kind, name, namespace })
}

function describeSource(source: Source): string {
  const { delimiter = '', index = 0, create = false } = source.options ?? {}
  const options = delimiter === '' && !create ? '' : `:${delimiter}(${index}), create=${create}`
  return describeSelector(source) + (source.fieldPath ? `:${source.fieldPath}` : '') + options
}

function within<Result>(what: string, run: () => Result): Result {
  try {
    return run()
  } catch (error) {
    throw error instanceof RenderError ? new RenderError(`${what}: ${error.message}`, { remedy: error.remedy }) : error
  }
}
