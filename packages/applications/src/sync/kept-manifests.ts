import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { ApplicationSource } from '@plimsoll/api'
import type { Records } from '@plimsoll/records'
import type { RenderedManifest, RenderResult } from '@plimsoll/render'
import type { ApplicationRef } from '../contract.ts'
import { revisionText } from '../application-sources.ts'
import { isDeepEqual } from '../json.ts'

/** What sources at their revisions were rendered to. One render for each source that has manifests. */
export interface RenderedSources {
  sources: readonly ApplicationSource[]
  revisions: readonly string[]
  renders: readonly Rendered[]
}

export interface Rendered {
  source: ApplicationSource
  result: Pick<RenderResult, 'sourceType' | 'cacheKey' | 'comparedWithBinary'> & { manifests: readonly RenderedManifest[] }
}

/** Of a small application, such as most are, in the row itself: a file for each deployment of thousands would cost more than its content. */
const inRowBytes = 8 * 1024
const inRow = 'deflate:'
/** An object of the API has 1.5 MiB at most, an application some thousands of them. */
const mostBytes = 256 * 1024 * 1024
/** Keeps what was deployed for as long as its record is kept, so that it can be gone back to without Git. Gives what the record is to say. */
export async function keepRendered(records: Records, { sources, revisions, renders }: RenderedSources): Promise<string> {
  const kept = {
    sources,
    revisions,
    renders: renders.map(({ source, result: { sourceType, manifests } }) => ({ source, sourceType, manifests })),
  }
  const content = deflateRawSync(JSON.stringify(kept))
  return content.length <= inRowBytes ? `${inRow}${content.toString('base64')}` : records.putBlob(content)
}

/** What was kept of these sources at these revisions, the newest of it. Undefined when they were never deployed here. */
export async function keptRendering(
  records: Records,
  ref: ApplicationRef,
  { sources, revisions }: Pick<RenderedSources, 'sources' | 'revisions'>,
): Promise<RenderedSources | undefined> {
  const wanted = revisionText(revisions)
  for (const manifests of await records.deployedManifests({ application: ref.name, namespace: ref.namespace, revision: wanted })) {
    const content = manifests.startsWith(inRow) ? Buffer.from(manifests.slice(inRow.length), 'base64') : await records.getBlob(manifests)
    if (!content) continue
    const kept = JSON.parse(inflateRawSync(content, { maxOutputLength: mostBytes }).toString('utf8')) as Kept
    if (!isDeepEqual(kept.revisions, revisions) || !isDeepEqual(kept.sources, sources)) continue
    const renders = kept.renders.map(({ source, sourceType, manifests: objects }, index) => ({
      source,
      result: { sourceType, manifests: objects, cacheKey: `kept ${wanted} ${index}` },
    }))
    return { sources: kept.sources, revisions: kept.revisions, renders }
  }
  return undefined
}

interface Kept {
  sources: ApplicationSource[]
  revisions: string[]
  renders: { source: ApplicationSource; sourceType: RenderResult['sourceType']; manifests: RenderedManifest[] }[]
}
