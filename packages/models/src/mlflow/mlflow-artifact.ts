import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { maxArtifactFiles } from '../artifacts/artifact-digest.ts'
import { readMlflowReference, refused } from './mlflow-reference.ts'
import { findMlflow, type MlflowAccess, openMlflow } from './mlflow-run.ts'
import type { ArtifactPlace, MlflowStore } from './mlflow-store.ts'

const maxDepth = 32
const maxBytes = 64 * 1024 * 1024 * 1024

/**
 * Fetches an artefact into a folder that is there and empty: a file or folder of a run (`mlflow:RUN_ID/model`), or what a registered model holds
 * (`models:/NAME/VERSION`). Answers with the path of the file or folder. Throws `invalid-request` and `repository-unreachable`.
 */
export async function fetchMlflowArtifact(reference: string, access: MlflowAccess, folder: string): Promise<string> {
  const store = openMlflow(reference, access)
  const wanted = readMlflowReference(reference)
  if (wanted.kind === 'run' && wanted.path === '')
    throw refused(reference, 'it names a run, not which of its artefacts is the model', `Name it: ${reference.replace(/\/+$/, '')}/model`)
  const found = await findMlflow(store, wanted, reference)
  const artifacts = (await found.version?.artifacts()) ?? found.model?.artifacts ?? found.run?.artifacts
  const place = artifacts === undefined ? undefined : { artifacts, path: wanted.path }
  const fetched =
    (place && (await fetchPlace(store, place, folder, reference))) ??
    (found.wanted.kind === 'run' && found.run ? await fetchLogged(store, found.run.modelIds, wanted.path, folder, reference) : undefined)
  if (fetched === undefined) throw refused(reference, 'MLflow has no such artefact')
  return fetched
}

/** MLflow 3 keeps models beside runs: `mlflow:RUN/NAME` is the one that the run has logged under that name. */
async function fetchLogged(
  store: MlflowStore,
  modelIds: readonly string[],
  path: string,
  folder: string,
  reference: string,
): Promise<string | undefined> {
  for (const id of modelIds.slice(0, 100)) {
    const { name, artifacts } = await store.loggedModel(id)
    if (artifacts === undefined || name === '' || (path !== name && !path.startsWith(`${name}/`))) continue
    return fetchPlace(store, { artifacts, path: path.slice(name.length + 1) }, folder, reference)
  }
  return undefined
}

async function fetchPlace(store: MlflowStore, place: ArtifactPlace, folder: string, reference: string): Promise<string | undefined> {
  const bounds = { files: 0, bytes: 0 }
  const target = join(folder, basename(place.path) || 'model')
  const entries = await store.list(place)
  if (entries.length > 0) {
    await fetchFolder(store, place, target, { reference, bounds, depth: 0 })
    return target
  }
  const content = place.path === '' ? undefined : await store.read(place)
  if (!content) return undefined
  await write(content, target, { reference, bounds })
  return target
}

interface Walk {
  reference: string
  bounds: { files: number; bytes: number }
  depth: number
}

async function fetchFolder(store: MlflowStore, place: ArtifactPlace, target: string, walk: Walk): Promise<void> {
  const { reference, depth } = walk
  if (depth > maxDepth) throw refused(reference, `folders are more than ${maxDepth} deep`)
  for (const { name, isFolder } of await store.list(place)) {
    // oxlint-disable-next-line no-control-regex -- control characters are what is refused
    if (name === '' || name === '.' || name === '..' || name.length > 255 || /[\u0000-\u001f\u007f/\\]/.test(name))
      throw refused(reference, `it lists '${name.slice(0, 100)}', which is no name of a file`)
    const below = { ...place, path: place.path === '' ? name : `${place.path}/${name}` }
    if (isFolder) {
      await fetchFolder(store, below, join(target, name), { ...walk, depth: depth + 1 })
      continue
    }
    const content = await store.read(below)
    if (!content) throw refused(reference, `'${below.path}' is listed, and cannot be fetched`)
    await write(content, join(target, name), walk)
  }
}

async function write(content: Readable, target: string, { reference, bounds }: Omit<Walk, 'depth'>): Promise<void> {
  bounds.files++
  if (bounds.files > maxArtifactFiles) {
    content.destroy()
    throw refused(reference, `it has more than ${maxArtifactFiles} files`)
  }
  await mkdir(dirname(target), { recursive: true })
  await pipeline(
    content,
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        bounds.bytes += chunk.length
        if (bounds.bytes > maxBytes) throw refused(reference, 'it is larger than 64 GiB')
        yield chunk
      }
    },
    createWriteStream(target, { flags: 'wx' }),
  )
}
