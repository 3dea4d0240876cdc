import { dump } from 'js-yaml'
import { joinPath } from './loader.ts'
import { originAnnotation, transformationsAnnotation } from './origin-annotation.ts'
import { parseRepoUrl } from './repo-spec.ts'
import type { Resource } from './resource.ts'

/** Where something came from, as `buildMetadata: [originAnnotations, transformerAnnotations]` tells it. */
export interface Origin {
  /** From the folder that was built, or from the root of the other repository. */
  path?: string
  repo?: string
  ref?: string
  /** File and kind of the generator or transformer. */
  configuredIn?: string
  configuredBy?: { apiVersion: string; kind: string; name?: string; namespace?: string }
}

/** One step further: a file or folder, or another repository. */
export function appendOrigin(origin: Origin, path: string): Origin {
  const spec = parseRepoUrl(path)
  if (spec === undefined) return { ...origin, path: joinPath(origin.path ?? '', path) }
  const next: Origin = { ...origin, repo: spec.url, path: spec.path }
  if (spec.revision === '') delete next.ref
  else next.ref = spec.revision
  return next
}

/** What of a generator or transformer of the kustomization file itself. */
export function builtinOrigin(origin: Origin, file: string, kind: string): Origin {
  const { repo, ref } = origin
  return {
    ...(repo === undefined ? {} : { repo }),
    ...(ref === undefined ? {} : { ref }),
    configuredIn: joinPath(origin.path ?? '', file),
    configuredBy: { apiVersion: 'builtin', kind },
  }
}

export function writeOrigin(resource: Resource, origin: Origin): void {
  resource.setAnnotations(new Map([...resource.annotations, [originAnnotation, write(originObject(origin))]]))
}

export function hasOrigin(resource: Resource): boolean {
  return resource.annotations.has(originAnnotation)
}

/** Adds `origin` to the list of those who changed the resource. */
export function addTransformation(resource: Resource, origin: Origin): void {
  const entry = write([originObject(origin)])
  const annotations = resource.annotations
  annotations.set(transformationsAnnotation, (annotations.get(transformationsAnnotation) ?? '') + entry)
  resource.setAnnotations(annotations)
}

/** As goyaml v3 does, which never folds a line; a number or a word that YAML 1.1 reads as something else stands in double quotes. */
function write(value: object): string {
  return dump(value, { lineWidth: -1, noRefs: true, quotingType: '"' })
}

/** Fields in the order in which the real tool writes them. */
function originObject({ path, repo, ref, configuredIn, configuredBy: by }: Origin): object {
  const configuredBy = by && filled({ apiVersion: by.apiVersion, kind: by.kind, name: by.name, namespace: by.namespace })
  return filled({ path, repo, ref, configuredIn, configuredBy })
}

function filled(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => Boolean(value)))
}
