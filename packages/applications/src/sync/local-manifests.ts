import { type ApplicationSource, PlimsollError } from '@plimsoll/api'
import type { Records } from '@plimsoll/records'
import type { SourceSet } from '../application-sources.ts'
import type { LocalSource } from '../reconcile/desired-state.ts'

const digest = /^sha256:[0-9a-f]{64}$/

/**
 * Manifests that somebody has sent instead of what Git holds, kept as a file: the Application only names it, so that nothing of a Secret among them can
 * be read in its operation, and no size of theirs makes it too large to be stored. Answers with what `operation.sync.manifests` is to hold.
 */
export async function keepManifests(records: Records, texts: readonly string[]): Promise<string[]> {
  return [await records.putBlob(Buffer.from(JSON.stringify(texts)))]
}

/** The same again; texts that stand in the operation itself, as Argo CD has them, are taken as they are. */
async function textsOf(records: Records, manifests: readonly string[]): Promise<string[]> {
  const texts = await Promise.all(
    manifests.map(async (manifest) => {
      if (!digest.test(manifest)) return [manifest]
      const kept = await records.getBlob(manifest)
      if (!kept)
        throw new PlimsollError('path-not-found', `The manifests of this sync (${manifest}) are no longer there. Ask for the sync again.`)
      return JSON.parse(kept.toString('utf8')) as string[]
    }),
  )
  return texts.flat()
}

/** Sent manifests as a source of plain files. */
export async function sourceOfManifests(
  records: Records,
  manifests: readonly string[],
  { sources }: SourceSet,
): Promise<{ set: SourceSet; local: LocalSource }> {
  const texts = await textsOf(records, manifests)
  const files = new Map(texts.map((text, index) => [`manifest-${index + 1}.yaml`, Buffer.from(text)]))
  const source: ApplicationSource = { repoURL: sources[0]?.repoURL ?? '', path: '.' }
  return { set: { sources: [source], isMultiple: false }, local: { position: 0, path: '.', files } }
}
