import { lstat, readdir, readFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { load } from 'js-yaml'
import { refused } from './mlflow-reference.ts'
import type { MlflowStore } from './mlflow-store.ts'
import { listOwn, readOwn } from './own-file.ts'

const maxFiles = 20_000
const maxFileBytes = 16 * 1024 * 1024
const statuses = ['', 'RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED']

/**
 * MLflow's file store (`mlruns`): `EXPERIMENT/RUN/{metrics,params,tags}/NAME`, `EXPERIMENT/models/m-ID`, `models/NAME/version-N`. Artefacts are taken
 * from beside the run, wherever it says they were: a folder that has been copied still says where it was first.
 */
export function mlflowFolder(folder: string): MlflowStore {
  return {
    async run(runId) {
      const place = await below(folder, runId)
      if (place === undefined)
        throw refused(runId, `no experiment in ${folder} has that run`, 'Set MLFLOW_TRACKING_URI to the server or folder that has it.')
      const [meta, metrics, parameters, tags, outputs] = await Promise.all([
        readMeta(place),
        textsBelow(join(place, 'metrics')),
        textsBelow(join(place, 'params')),
        textsBelow(join(place, 'tags')),
        readdir(join(place, 'outputs')).catch(() => []),
      ])
      return {
        runId,
        experimentId: textOf(meta['experiment_id']) ?? '',
        name: textOf(meta['run_name']),
        status: typeof meta['status'] === 'number' ? statuses[meta['status']] : textOf(meta['status']),
        isDeleted: meta['lifecycle_stage'] === 'deleted',
        user: textOf(meta['user_id']),
        endedAt: Number(meta['end_time']) || undefined,
        metrics: new Map([...metrics].map(([name, text]) => [name, lastLogged(text)])),
        parameters,
        tags,
        artifacts: join(place, 'artifacts'),
        modelIds: outputs.filter((id) => /^m-[0-9a-f]{32}$/.test(id)),
      }
    },

    async version(name, wanted) {
      const place = join(folder, 'models', requirePart(name))
      const version = 'alias' in wanted ? await readText(join(place, 'aliases', requirePart(wanted.alias))) : wanted.version
      if (version === undefined) throw refused(name, `no version in ${folder} has that alias`)
      const number = version.trim().toLowerCase() === 'latest' ? await newestVersion(place) : version.trim()
      if (!/^\d+$/.test(number)) throw refused(`models:/${name}/${version}`, 'a folder has versions by number or alias')
      const meta = await readMeta(join(place, `version-${number}`))
      const { run_id: runId, model_id: modelId, source } = meta
      if (source === undefined) throw refused(`models:/${name}/${number}`, `${folder} has no such version`)
      const [id, run] = [textOf(modelId), textOf(runId)]
      const logged = id === undefined ? undefined : await below(folder, join('models', requirePart(id)))
      const ofRun = run === undefined ? undefined : await below(folder, requirePart(run))
      // MLflow 2: …/RUN/artifacts/PATH
      const path = /\/artifacts\/(.+)$/.exec(textOf(source) ?? '')?.[1]
      const isPlain = path?.split('/').every((part) => part !== '..') === true
      const artifacts =
        logged !== undefined ? join(logged, 'artifacts') : ofRun !== undefined && isPlain ? join(ofRun, 'artifacts', path) : undefined
      return {
        version: number,
        runId: run,
        modelId: id,
        artifacts: () => Promise.resolve(artifacts),
      }
    },

    async loggedModel(modelId) {
      const place = await below(folder, join('models', modelId))
      if (place === undefined) throw refused(modelId, `no experiment in ${folder} has that model`)
      const [meta, metrics] = await Promise.all([readMeta(place), textsBelow(join(place, 'metrics'))])
      return {
        modelId,
        name: textOf(meta['name']) ?? '',
        runId: textOf(meta['source_run_id']),
        metrics: new Map([...metrics].map(([name, text]) => [name, lastLogged(text)])),
        artifacts: join(place, 'artifacts'),
      }
    },

    list: ({ artifacts, path }) => listOwn(artifacts, path),
    read: ({ artifacts, path }) => readOwn(artifacts, path),
    pageOf: () => undefined,
  }
}

/** `EXPERIMENT/NAME` in any experiment. */
async function below(folder: string, name: string): Promise<string | undefined> {
  for (const experiment of await readdir(folder).catch(() => [])) {
    const place = join(folder, experiment, name)
    if ((await lstat(place).catch(() => undefined))?.isDirectory()) return place
  }
  return undefined
}

async function newestVersion(place: string): Promise<string> {
  const numbers = (await readdir(place).catch(() => [])).flatMap((name) => Number(/^version-(\d+)$/.exec(name)?.[1] ?? Number.NaN) || [])
  return String(Math.max(0, ...numbers))
}

async function readMeta(place: string): Promise<Record<string, unknown>> {
  const text = await readText(join(place, 'meta.yaml'))
  const value: unknown = text === undefined ? undefined : load(text)
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

/** Names may have slashes: they are folders then. */
async function textsBelow(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const texts = new Map<string, string>()
  for (const entry of entries.filter((one) => one.isFile()).slice(0, maxFiles)) {
    const file = join(entry.parentPath, entry.name)
    texts.set(relative(folder, file).split(sep).join('/'), ((await readText(file)) ?? '').replace(/\n$/, ''))
  }
  return texts
}

async function readText(file: string): Promise<string | undefined> {
  const info = await lstat(file).catch(() => undefined)
  if (!info?.isFile()) return undefined
  if (info.size > maxFileBytes) throw refused(file, 'it is larger than 16 MiB')
  return readFile(file, 'utf8')
}

/** A line `TIME VALUE STEP` for each time that it was logged: of the highest step; of several the one that was logged last. */
function lastLogged(text: string): unknown {
  let best: { step: number; time: number; value: unknown } | undefined
  for (const line of text.split('\n')) {
    const [time = '', value = '', step = '0'] = line.trim().split(/\s+/)
    if (value === '') continue
    const number = /^[-+]?inf(inity)?$/i.test(value) ? (value.startsWith('-') ? -Infinity : Infinity) : Number(value)
    const one = { step: Number(step), time: Number(time), value: number }
    if (!best || one.step > best.step || (one.step === best.step && one.time >= best.time)) best = one
  }
  return best?.value
}

/** One name of a folder, no path. */
function requirePart(name: string): string {
  if (name === '' || name === '.' || name === '..' || /[/\\\0]/.test(name)) throw refused(name, 'it is no name that a folder of MLflow has')
  return name
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined
}
