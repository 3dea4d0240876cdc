import { RE2JS } from 're2js'
import { RenderError } from '../engine/tree.ts'
import { parseLabelSelector } from './label-selector.ts'
import { effectiveNamespace } from './resource-id.ts'
import type { Resource } from './resource.ts'

/** Target of a patch or a replacement. What is absent or empty matches everything; the others are RE2 patterns for the whole text. */
export interface Selector {
  group?: string
  version?: string
  kind?: string
  name?: string
  namespace?: string
  labelSelector?: string
  annotationSelector?: string
}

/** Name and namespace match as they were first or as they are now, the kind as it is now. Throws `RenderError` for a bad pattern. */
export function compileSelector(selector: Selector): (resource: Resource) => boolean {
  const group = compilePattern(selector.group)
  const version = compilePattern(selector.version)
  const kind = compilePattern(selector.kind)
  const name = compilePattern(selector.name)
  const namespace = compilePattern(selector.namespace)
  const labels = parseLabelSelector(selector.labelSelector ?? '')
  const annotations = parseLabelSelector(selector.annotationSelector ?? '')
  return (resource) => {
    const current = resource.currentId
    const original = resource.originalId
    return (
      (namespace(effectiveNamespace(original)) || namespace(effectiveNamespace(current))) &&
      (name(original.name) || name(current.name)) &&
      group(current.group) &&
      version(current.version) &&
      kind(current.kind) &&
      labels(resource.labels) &&
      annotations(resource.annotations)
    )
  }
}

const patterns = new Map<string, RE2JS>()
const maxPatterns = 1_000
const plain = /^[A-Za-z0-9_-]+$/

function compilePattern(pattern: string | undefined): (text: string) => boolean {
  if (pattern === undefined || pattern === '') return () => true
  if (plain.test(pattern)) return (text) => text === pattern
  let compiled = patterns.get(pattern)
  if (compiled === undefined) {
    try {
      compiled = RE2JS.compile(`^(?:${pattern})$`)
    } catch (error) {
      throw new RenderError(`error parsing regexp: ${error instanceof Error ? error.message : String(error)}`)
    }
    if (patterns.size >= maxPatterns) patterns.clear()
    patterns.set(pattern, compiled)
  }
  const regex = compiled
  return (text) => regex.matcher(text).find()
}
