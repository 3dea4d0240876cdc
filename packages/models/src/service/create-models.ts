import { createHash, randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type GateReport, PlimsollError, type ReportedModel } from '@plimsoll/api'
import type { Applications, Log } from '@plimsoll/applications'
import type { Clock } from '@plimsoll/kube'
import type { Records, RoomTables, SqlStatement, SqlValue } from '@plimsoll/records'
import { digestOfFile } from '../artifacts/local-artifact.ts'
import { legacyMd5 } from '../dvc/dvc-digest.ts'
import { folderDigest, requireFileList, sortedFiles } from '../artifacts/artifact-digest.ts'
import type { Artifact, ArtifactFile, EvaluationDocument, GateRunRequest, Incumbent, Models } from '../contract.ts'
import { documentText } from './evaluation-document.ts'
import { judgeAside } from './judge.ts'
import { servedModels } from './served-model.ts'
import { blobs, migrations } from './tables.ts'

export interface ModelsContext {
  records: Records
  applications: Pick<Applications, 'managedResources'>
  /** Namespace of the Applications that gates name. */
  namespace: string
  /** Where files lie while they come in. */
  spoolDir: string
  clock: Clock
  log: Log
  maxFileBytes?: number
}

const gigabyte = 1024 * 1024 * 1024
const maxPage = 200

export async function createModels(context: ModelsContext): Promise<Models> {
  const tables = await context.records.room('models', migrations, blobs)
  await rm(context.spoolDir, { recursive: true, force: true })
  return new SqlModels(context, tables)
}

class SqlModels implements Models {
  readonly #context: ModelsContext
  readonly #tables: RoomTables
  readonly #listeners = new Set<(report: GateReport) => void>()

  constructor(context: ModelsContext, tables: RoomTables) {
    this.#context = context
    this.#tables = tables
  }

  putFile(content: Readable): Promise<{ digest: string; size: number }> {
    return this.#spooled(content, (path) => this.#context.records.putBlobFile(path))
  }

  putData(repository: string, md5: string, content: Readable, kind?: 'legacy'): Promise<{ size: number }> {
    return this.#spooled(content, async (path) => {
      const found = kind === 'legacy' ? `md5:${await legacyMd5(path)}` : await digestOfFile(path, 'md5')
      if (found !== `md5:${md5.replace(/\.dir$/, '')}`)
        throw new PlimsollError('invalid-request', `What was sent as ${md5} is ${found}.`, { remedy: 'Send it again.' })
      const { digest, size } = await this.#context.records.putBlobFile(path)
      await this.#tables.run(
        'INSERT INTO models_data (repository, md5, blob, size) VALUES ($1, $2, $3, $4) ON CONFLICT (repository, md5) DO NOTHING',
        [repository, dataKey(md5, kind), digest, size],
      )
      return { size }
    })
  }

  async data(repository: string, md5: string, kind?: 'legacy'): Promise<{ stream: () => Readable; size: number } | undefined> {
    const [row] = await this.#tables.query<{ blob: string; size: number }>(
      'SELECT blob, size FROM models_data WHERE repository = $1 AND md5 = $2',
      [repository, dataKey(md5, kind)],
    )
    return row && { stream: () => this.#context.records.readBlob(row.blob), size: row.size }
  }

  async putArtifact(files: readonly ArtifactFile[], kind: Artifact['kind'], by: string): Promise<Artifact> {
    requireFileList(files)
    if (kind === 'file' && files.length !== 1) throw new PlimsollError('invalid-request', 'A model that is one file has exactly one.')
    for (const { path, digest, size } of files) {
      const there = await this.#context.records.holdBlob(digest)
      if (there === size) continue
      throw new PlimsollError(
        'invalid-request',
        there === undefined ? `File '${path}' (${digest}) is not here.` : `File '${path}' has ${there} bytes here, not ${size}.`,
        { remedy: 'Upload its content first.' },
      )
    }
    const sorted = sortedFiles(files)
    const digest = kind === 'folder' ? folderDigest(sorted) : (sorted[0]?.digest ?? '')
    await this.#tables.run(
      `INSERT INTO models_artifact (digest, kind, files, size, created_at, created_by) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (digest) DO NOTHING`,
      [digest, kind, JSON.stringify(sorted), sorted.reduce((sum, { size }) => sum + size, 0), this.#context.clock.now(), by],
    )
    return this.#required(digest)
  }

  async artifact(digest: string): Promise<Artifact | undefined> {
    const [row] = await this.#tables.query<ArtifactRow>('SELECT * FROM models_artifact WHERE digest = $1', [digest])
    return (
      row && {
        digest: row.digest,
        kind: row.kind as Artifact['kind'],
        files: JSON.parse(row.files) as ArtifactFile[],
        size: row.size,
        createdAt: new Date(row.created_at).toISOString(),
        by: row.created_by,
      }
    )
  }

  async readFile(digest: string, path: string): Promise<{ stream: Readable; size: number } | undefined> {
    const artifact = await this.artifact(digest)
    const file =
      artifact?.files.find((one) => one.path === path) ?? (artifact?.kind === 'file' && path === '' ? artifact.files[0] : undefined)
    return file && { stream: this.#context.records.readBlob(file.digest), size: file.size }
  }

  async keepModel(model: ReportedModel, evaluation: EvaluationDocument): Promise<void> {
    await this.#tables.batch(await this.#modelStatements(model, evaluation, this.#context.clock.now(), true))
  }

  async incumbent(application: string, dataDigest?: string): Promise<Incumbent> {
    const { applications, namespace } = this.#context
    const [digest, ...others] = servedModels(await applications.managedResources({ name: application, namespace }))
    if (digest === undefined) {
      return {
        application,
        why: `No live object of application '${application}' names a model (annotation plimsoll.dev/model, or MODEL_DIGEST).`,
      }
    }
    if (others.length > 0)
      return {
        application,
        why: `Live objects of application '${application}' name ${others.length + 1} models: ${[digest, ...others].join(', ')}.`,
      }
    const [artifact, model, evaluation] = await Promise.all([
      this.artifact(digest),
      this.#model(digest),
      dataDigest === undefined ? undefined : this.#evaluation(digest, dataDigest),
    ])
    return { application, digest, ...(artifact && { artifact }), ...(model && { model }), ...(evaluation && { evaluation }) }
  }

  async runGate(request: GateRunRequest): Promise<GateReport> {
    const { gate, candidate } = request
    const { digest } = candidate.model
    if (candidate.evaluation.modelDigest !== digest)
      throw new PlimsollError('invalid-request', `The evaluation is of ${candidate.evaluation.modelDigest}, the candidate is ${digest}.`)
    const warnings = [...(request.warnings ?? [])]
    const { dataDigest } = candidate.evaluation
    const application = gate.spec.baseline?.application
    const incumbent = application === undefined ? undefined : await this.#incumbentOf(application, dataDigest)
    if (incumbent?.why !== undefined) warnings.push(incumbent.why)
    const scoredAgain = request.incumbent?.modelDigest === incumbent?.digest ? request.incumbent : undefined
    if (request.incumbent && !scoredAgain)
      warnings.push(
        `The incumbent was scored again as ${request.incumbent.modelDigest}; what serves now is ${incumbent?.digest ?? 'unknown'}. It was not used.`,
      )
    const baseline =
      together(incumbent?.evaluation, scoredAgain) ??
      (incumbent?.digest === undefined ? undefined : await this.#anyEvaluation(incumbent.digest))
    const seed = await this.#seedBefore(gate, candidate.evaluation, baseline)
    if (seed !== undefined && gate.spec['seed'] !== undefined && gate.spec['seed'] !== seed)
      warnings.push('The same models were judged on the same data before: the seed of that verdict was used again.')
    const { result, plots } = await judgeAside({ ...gate.spec, ...(seed !== undefined && { seed }) }, candidate.evaluation, baseline)
    const at = this.#context.clock.now()
    const report: GateReport = {
      id: randomUUID(),
      gate: gate.metadata.name,
      gateDigest: `sha256:${createHash('sha256').update(request.gateText).digest('hex')}`,
      createdAt: new Date(at).toISOString(),
      verdict: result.verdict,
      by: request.by,
      result: { ...result, warnings: [...warnings, ...result.warnings] },
      candidate: { ...candidate.model, ...(dataDigest !== undefined && { dataDigest }) },
      reproduce: request.reproduce,
      ...(Object.keys(plots).length > 0 && { plots }),
      ...(incumbent?.digest !== undefined &&
        application !== undefined && { baseline: { ...incumbent.model, digest: incumbent.digest, application } }),
      ...(request.repository !== undefined && { repository: request.repository }),
      ...(request.commit !== undefined && { commit: request.commit }),
      ...(request.pullRequest !== undefined && { pullRequest: request.pullRequest }),
      ...(request.runId !== undefined && { runId: request.runId }),
      ...(request.changed && { changed: request.changed }),
    }
    await this.#keep(report, request, at)
    for (const listener of this.#listeners) listener(report)
    return report
  }

  async report(id: string): Promise<GateReport | undefined> {
    const [row] = await this.#tables.query<ReportRow>('SELECT * FROM models_report WHERE id = $1', [id])
    return row && this.#reportOf(row)
  }

  async reports(filter: Parameters<Models['reports']>[0] = {}): Promise<GateReport[]> {
    const before = filter.before === undefined ? undefined : await this.#createdAt(filter.before)
    const rows = await this.#tables.query<ReportRow>(
      `SELECT * FROM models_report WHERE ($1 IS NULL OR repository = $1) AND ($2 IS NULL OR commit_id = $2) AND ($3 IS NULL OR pull_request = $3)
       AND ($4 IS NULL OR model_digest = $4) AND ($5 IS NULL OR gate = $5) AND ($6 IS NULL OR created_at < $6 OR (created_at = $6 AND id < $7))
       ORDER BY created_at DESC, id DESC LIMIT $8`,
      [
        filter.repository ?? null,
        filter.commit ?? null,
        filter.pullRequest ?? null,
        filter.modelDigest ?? null,
        filter.gate ?? null,
        before ?? null,
        filter.before ?? null,
        Math.min(filter.limit ?? 50, maxPage),
      ],
    )
    return Promise.all(rows.map((row) => this.#reportOf(row)))
  }

  async override(id: string, override: NonNullable<GateReport['override']>): Promise<GateReport> {
    const { changes } = await this.#tables.run('UPDATE models_report SET override = $2 WHERE id = $1', [id, JSON.stringify(override)])
    const report = changes === 1 ? await this.report(id) : undefined
    if (!report) throw new PlimsollError('not-found', `There is no gate report '${id.slice(0, 100)}'.`)
    for (const listener of this.#listeners) listener(report)
    return report
  }

  subscribe(listener: (report: GateReport) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** To a file of ours, for as long as `use` takes. */
  async #spooled<T>(content: Readable, use: (path: string) => Promise<T>): Promise<T> {
    const { spoolDir, maxFileBytes = 4 * gigabyte } = this.#context
    await mkdir(spoolDir, { recursive: true, mode: 0o700 })
    const path = join(spoolDir, randomUUID())
    try {
      await pipeline(content, limited(maxFileBytes), createWriteStream(path, { flags: 'wx', mode: 0o600 }))
      return await use(path)
    } finally {
      await rm(path, { force: true })
    }
  }

  /** That an Application is gone, or cannot be looked at, leaves the gate without a baseline: never with a pass. */
  async #incumbentOf(application: string, dataDigest: string | undefined): Promise<Incumbent> {
    try {
      return await this.incumbent(application, dataDigest)
    } catch (error) {
      if (!(error instanceof PlimsollError)) throw error
      return { application, why: `What application '${application}' serves cannot be told: ${error.message}` }
    }
  }

  /** Of a verdict that was given for the same input: another draw would be another chance. */
  async #seedBefore(
    gate: GateRunRequest['gate'],
    candidate: EvaluationDocument,
    baseline: EvaluationDocument | undefined,
  ): Promise<string | undefined> {
    const earlier = await this.reports({ gate: gate.metadata.name, modelDigest: candidate.modelDigest, limit: maxPage })
    const isSame = ({ result }: GateReport): boolean =>
      result.candidate.dataDigest === candidate.dataDigest &&
      result.baseline?.modelDigest === baseline?.modelDigest &&
      result.baseline?.dataDigest === baseline?.dataDigest
    return earlier.findLast(isSame)?.result.seed
  }

  /**
   * Whether figures of a model that are known already may give way to those of a request: to its own pull request's alone. A candidate that names
   * the served model's digest would otherwise make the served model as bad as it likes.
   */
  async #mayReplace({ candidate, repository, pullRequest, commit }: GateRunRequest): Promise<boolean> {
    // What came with a report was written at its time.
    const own = await this.#tables.query(
      `SELECT r.id FROM models_evaluation e JOIN models_report r ON r.model_digest = e.model_digest AND r.created_at = e.created_at
       WHERE e.model_digest = $1 AND e.data_digest = $2 AND r.repository = $3 AND (r.pull_request = $4 OR ($4 IS NULL AND r.commit_id = $5)) LIMIT 1`,
      [candidate.model.digest, candidate.evaluation.dataDigest ?? '', repository ?? null, pullRequest ?? null, commit ?? null],
    )
    return own.length > 0
  }

  async #keep(report: GateReport, request: GateRunRequest, at: number): Promise<void> {
    const { candidate } = request
    const mayReplace = await this.#mayReplace(request)
    const reportBlob = await this.#context.records.putBlob(Buffer.from(JSON.stringify(report)))
    await this.#tables.batch([
      {
        statement: `INSERT INTO models_report (id, created_at, gate, verdict, repository, commit_id, pull_request, model_digest, blob)
          VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        parameters: [
          report.id,
          at,
          report.gate,
          report.verdict,
          report.repository ?? null,
          report.commit ?? null,
          report.pullRequest ?? null,
          candidate.model.digest,
          reportBlob,
        ],
      },
      ...(await this.#modelStatements(candidate.model, candidate.evaluation, at, mayReplace)),
    ])
  }

  async #modelStatements(model: ReportedModel, evaluation: EvaluationDocument, at: number, mayReplace: boolean): Promise<SqlStatement[]> {
    const { modelDigest, dataDigest } = evaluation
    const blob = await this.#context.records.putBlob(Buffer.from(documentText(evaluation)))
    return [
      {
        statement: `INSERT INTO models_evaluation (model_digest, data_digest, blob, created_at) VALUES ($1, $2, $3, $4)
          ON CONFLICT (model_digest, data_digest) DO ${mayReplace ? 'UPDATE SET blob = $3, created_at = $4' : 'NOTHING'}`,
        parameters: [modelDigest, dataDigest ?? '', blob, at],
      },
      {
        statement: 'INSERT INTO models_model (digest, facts) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING',
        parameters: [modelDigest, JSON.stringify(model)],
      },
    ]
  }

  async #required(digest: string): Promise<Artifact> {
    const artifact = await this.artifact(digest)
    if (!artifact) throw new Error(`artefact ${digest} is gone right after it was written`)
    return artifact
  }

  async #model(digest: string): Promise<ReportedModel | undefined> {
    const [row] = await this.#tables.query<{ facts: string }>('SELECT facts FROM models_model WHERE digest = $1', [digest])
    return row && (JSON.parse(row.facts) as ReportedModel)
  }

  async #evaluation(modelDigest: string, dataDigest: string): Promise<EvaluationDocument | undefined> {
    const [row] = await this.#tables.query<{ blob: string }>(
      'SELECT blob FROM models_evaluation WHERE model_digest = $1 AND data_digest = $2',
      [modelDigest, dataDigest],
    )
    return row && this.#document(row.blob)
  }

  /** On whatever data: the gate sees that they are others, and says so. */
  async #anyEvaluation(modelDigest: string): Promise<EvaluationDocument | undefined> {
    const [row] = await this.#tables.query<{ blob: string }>(
      'SELECT blob FROM models_evaluation WHERE model_digest = $1 ORDER BY created_at DESC LIMIT 1',
      [modelDigest],
    )
    return row && this.#document(row.blob)
  }

  async #document(blob: string): Promise<EvaluationDocument | undefined> {
    const content = await this.#context.records.getBlob(blob)
    return content && (JSON.parse(content.toString('utf8')) as EvaluationDocument)
  }

  async #reportOf(row: ReportRow): Promise<GateReport> {
    const content = await this.#context.records.getBlob(row.blob)
    if (!content) throw new PlimsollError('not-found', `The content of gate report '${row.id}' is gone from the data directory.`)
    const report = JSON.parse(content.toString('utf8')) as GateReport
    return row.override === null ? report : { ...report, override: JSON.parse(row.override) as NonNullable<GateReport['override']> }
  }

  async #createdAt(id: string): Promise<number | undefined> {
    const [row] = await this.#tables.query<{ created_at: number }>('SELECT created_at FROM models_report WHERE id = $1', [id])
    return row?.created_at
  }
}

/** What is known here counts; what the caller says of the served model adds what is missing, and changes nothing. */
function together(known: EvaluationDocument | undefined, said: EvaluationDocument | undefined): EvaluationDocument | undefined {
  if (!known || !said || known.dataDigest !== said.dataDigest) return said ?? known
  const predictions = known.predictions ?? said.predictions
  const metrics = Object.fromEntries([...Object.entries(said.metrics), ...Object.entries(known.metrics)])
  return { ...known, metrics, ...(predictions && { predictions }) }
}

/** Breaks a stream off above a number of bytes. */
function limited(maxBytes: number): (source: AsyncIterable<Buffer>) => AsyncGenerator<Buffer> {
  return async function* (source) {
    let size = 0
    for await (const chunk of source) {
      size += chunk.length
      if (size > maxBytes) throw new PlimsollError('invalid-request', `A file of a model may have ${maxBytes} bytes at most.`)
      yield chunk
    }
  }
}

interface ArtifactRow extends Record<string, SqlValue> {
  digest: string
  kind: string
  files: string
  size: number
  created_at: number
  created_by: string
}

interface ReportRow extends Record<string, SqlValue> {
  id: string
  blob: string
  override: string | null
}

function dataKey(md5: string, kind: 'legacy' | undefined): string {
  return kind === undefined ? md5 : `${kind}/${md5}`
}
