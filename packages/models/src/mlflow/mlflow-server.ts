import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { fileURLToPath } from 'node:url'
import { connectMlflow, signIn, textOf } from './mlflow-connection.ts'
import { refused } from './mlflow-reference.ts'
import type { ArtifactPlace, MlflowStore, StoredFile, StoredRun } from './mlflow-store.ts'
import { listOwn, readOwn } from './own-file.ts'

/** A tracking server by MLflow's REST API 2.0 (MLflow 2 and 3). Throws `invalid-request` and `repository-unreachable`. */
export function mlflowServer(trackingUri: string, authorization: string | undefined): MlflowStore {
  const { base, host, isHere, ask, fetchFile } = connectMlflow(trackingUri, authorization)
  return {
    async run(runId) {
      const { run } = (await ask(runId, 'mlflow/runs/get', { query: { run_id: runId } })) as { run?: ServerRun }
      if (!run?.info) throw refused(runId, 'the server answered without a run')
      const { info, data, outputs } = run
      return {
        runId,
        experimentId: textOf(info.experiment_id) ?? '',
        name: textOf(info.run_name),
        status: textOf(info.status),
        isDeleted: info.lifecycle_stage === 'deleted',
        user: textOf(info.user_id),
        endedAt: Number(info.end_time) || undefined,
        metrics: figuresOf(data?.metrics),
        parameters: textsOf(data?.params),
        tags: textsOf(data?.tags),
        artifacts: textOf(info.artifact_uri),
        modelIds: (outputs?.model_outputs ?? []).flatMap(({ model_id: id }) => textOf(id) ?? []),
      }
    },

    async version(name, wanted) {
      const found = 'alias' in wanted ? await versionByAlias(name, wanted.alias) : await versionByNumber(name, wanted.version)
      const version = textOf(found?.version)
      if (!found || version === undefined) throw refused(name, 'the server answered without a version of the model')
      const source = textOf(found.source) ?? ''
      return {
        version,
        runId: textOf(found.run_id) || undefined,
        modelId: textOf(found.model_id) || /^models:\/(m-[0-9a-f]{32})$/.exec(source)?.[1],
        async artifacts() {
          const { artifact_uri: uri } = (await ask(`${name} ${version}`, 'mlflow/model-versions/get-download-uri', {
            query: { name, version },
          })) as { artifact_uri?: unknown }
          return textOf(uri)
        },
      }
    },

    async loggedModel(modelId) {
      const { model } = (await ask(modelId, `mlflow/logged-models/${encodeURIComponent(modelId)}`)) as { model?: ServerModel }
      if (!model?.info) throw refused(modelId, 'the server answered without a model')
      return {
        modelId,
        name: textOf(model.info.name) ?? '',
        runId: textOf(model.info.source_run_id) || undefined,
        metrics: figuresOf(model.data?.metrics),
        artifacts: textOf(model.info.artifact_uri),
      }
    },

    async list(place) {
      const local = localFolder(place, isHere)
      if (local !== undefined) return listOwn(local, place.path)
      const path = proxied(place, host)
      const { files } = (await ask(place.path, 'mlflow-artifacts/artifacts', { query: { path } })) as { files?: unknown }
      return Array.isArray(files)
        ? files.map((file: { path?: unknown; is_dir?: unknown }): StoredFile => ({
            name: textOf(file.path) ?? '',
            isFolder: file.is_dir === true,
          }))
        : []
    },

    async read(place) {
      const local = localFolder(place, isHere)
      if (local !== undefined) return readOwn(local, place.path)
      const path = proxied(place, host).split('/').map(encodeURIComponent).join('/')
      const response = await fetchFile(`mlflow-artifacts/artifacts/${path}`)
      if (response.ok) return response.body ? Readable.fromWeb(response.body as ReadableStream) : Readable.from([])
      await response.body?.cancel()
      if (response.status === 401 || response.status === 403)
        throw refused(place.path, `${base} answered with status ${response.status}`, signIn(response.status))
      return undefined
    },

    pageOf: ({ experimentId, runId }: StoredRun) =>
      `${base}/#/experiments/${encodeURIComponent(experimentId)}/runs/${encodeURIComponent(runId)}`,
  }

  async function versionByAlias(name: string, alias: string): Promise<ServerVersion | undefined> {
    const { model_version: found } = (await ask(`${name}@${alias}`, 'mlflow/registered-models/alias', { query: { name, alias } })) as {
      model_version?: ServerVersion
    }
    return found
  }

  /** A number; `latest`; or a stage, which MLflow has given up for aliases and still answers to. */
  async function versionByNumber(name: string, version: string): Promise<ServerVersion | undefined> {
    if (/^\d+$/.test(version)) {
      const { model_version: found } = (await ask(`${name} ${version}`, 'mlflow/model-versions/get', { query: { name, version } })) as {
        model_version?: ServerVersion
      }
      return found
    }
    const isLatest = version.toLowerCase() === 'latest'
    const { model_versions: found } = (await ask(`${name} ${version}`, 'mlflow/registered-models/get-latest-versions', {
      body: { name, ...(!isLatest && { stages: [version] }) },
    })) as { model_versions?: ServerVersion[] }
    const [newest] = (found ?? []).toSorted((a, b) => Number(b.version) - Number(a.version))
    if (!newest) throw refused(`models:/${name}/${version}`, isLatest ? 'the model has no versions' : 'no version is in that stage')
    return newest
  }
}

interface ServerRun {
  info?: {
    experiment_id?: unknown
    run_name?: unknown
    user_id?: unknown
    status?: unknown
    lifecycle_stage?: unknown
    end_time?: unknown
    artifact_uri?: unknown
  }
  data?: { metrics?: Pair[]; params?: Pair[]; tags?: Pair[] }
  outputs?: { model_outputs?: { model_id?: unknown }[] }
}
interface ServerVersion {
  version?: unknown
  run_id?: unknown
  model_id?: unknown
  source?: unknown
}
interface ServerModel {
  info?: { name?: unknown; source_run_id?: unknown; artifact_uri?: unknown }
  data?: { metrics?: Pair[] }
}
interface Pair {
  key: string
  value: unknown
}

function figuresOf(pairs: readonly Pair[] | undefined): Map<string, unknown> {
  return new Map((pairs ?? []).map(({ key, value }) => [key, figureOf(value)]))
}

/**
 * MLflow's SQL store cannot hold infinite figures: it keeps the largest number there is in their place (`SqlAlchemyStore._log_metrics`, 3.17). That one
 * is no figure anybody has measured, and as a number it would win every comparison. NaN comes as text (protobuf's JSON).
 */
function figureOf(value: unknown): unknown {
  if (value === Number.MAX_VALUE) return Infinity
  if (value === -Number.MAX_VALUE) return -Infinity
  return value === 'NaN' || value === 'Infinity' || value === '-Infinity' ? Number(value) : value
}

function textsOf(pairs: readonly Pair[] | undefined): Map<string, string> {
  return new Map((pairs ?? []).map(({ key, value }) => [key, textOf(value) ?? '']))
}

/** The path at the server, for artefacts that it hands on (`mlflow-artifacts:`). */
function proxied({ artifacts, path }: ArtifactPlace, server: string): string {
  const [, named = '', root = ''] = /^mlflow-artifacts:(?:\/\/([^/]*))?\/?(.*)$/.exec(artifacts) ?? []
  if (!artifacts.startsWith('mlflow-artifacts:') || (named !== '' && named !== server)) {
    throw refused(
      artifacts.replace(/^([a-z0-9+.-]+:\/\/)[^/@]*@/i, '$1').split('?')[0] ?? '',
      'the artefacts are where only MLflow itself can fetch them',
      'Fetch them first with `mlflow artifacts download`, and give --model the path.',
    )
  }
  return [root.replace(/\/+$/, ''), path].filter((part) => part !== '').join('/')
}

/** Of a server on this machine the artefacts may lie in a folder of it. From elsewhere nobody may name what is read here. */
function localFolder({ artifacts }: ArtifactPlace, isHere: boolean): string | undefined {
  if (!isHere) return undefined
  return artifacts.startsWith('file:') ? fileURLToPath(artifacts) : artifacts.startsWith('/') ? artifacts : undefined
}
