import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { duplexPair } from 'node:stream'
import type { Check, WorkflowRun } from '@plimsoll/api'
import { createRepositories } from '@plimsoll/git'
import { openRecords, type RoomTables } from '@plimsoll/records'
import type { RunsSurroundings, WorkflowEvent, WorkflowRuns } from '../contract.ts'
import { createWorkflowRuns } from '../run/create-workflow-runs.ts'
import type { RunsContext } from '../run/runs-context.ts'

/** A real house for runs: records, hosted repositories behind real HTTP, real processes. */
export interface House {
  runs: WorkflowRuns
  dataDir: string
  checks: Check[]
  /** While it is set no check is taken. */
  isDeaf: boolean
  secrets: Map<string, string>
  variables: Map<string, string>
  environments: Map<string, Awaited<ReturnType<RunsSurroundings['environment']>>>
  writers: Set<string>
  tokensAlive: Set<string>
  /** By their handles, of jobs that were left behind. */
  revoked: string[]
  /** Writes a commit, and gives its id. */
  commit(files: Record<string, string | null>, branch?: string, repo?: string): Promise<string>
  /** A push of a commit on main with these files; waits for nothing. */
  push(files: Record<string, string | null>, more?: Partial<WorkflowEvent>): Promise<WorkflowRun[]>
  event(commit: string, more?: Partial<WorkflowEvent>): WorkflowEvent
  /** Until it is completed. */
  ended(run: WorkflowRun | undefined): Promise<WorkflowRun>
  until(id: string, holds: (run: WorkflowRun) => boolean): Promise<WorkflowRun>
  /** Push of one workflow, until its only run has ended. */
  run(workflow: string, more?: Partial<WorkflowEvent>, files?: Record<string, string>): Promise<WorkflowRun>
  text(run: WorkflowRun, job?: string): Promise<string>
  /** Ends as a kill would: nothing is told any more; then another one starts on the same folder. */
  restart(): Promise<void>
  /** As restart, but what was running is told nothing and may hang for ever. */
  crash(): Promise<void>
  close(): Promise<void>
}

let counter = 0
const same = (tables: RoomTables): RoomTables => tables

export async function openHouse(
  options: Partial<RunsContext> = {},
  own: {
    /** Kept when the house is closed. */
    dataDir?: string
    /** Around the tables of the first that opens them; those after a crash get them as they are. */
    wrapTables?: (tables: RoomTables) => RoomTables
  } = {},
): Promise<House> {
  const dataDir = own.dataDir ?? mkdtempSync(join(tmpdir(), 'plimsoll-runs-'))
  const records = await openRecords({ dataDir })
  let url = ''
  const quiet = { child: () => quiet, debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
  const repositories = createRepositories({
    dataDir: join(dataDir, 'git'),
    hosting: { baseUrl: () => url, root: join(dataDir, 'repositories') },
    allowPrivateHosts: ['127.0.0.1'],
    log: quiet as never,
  })
  const tokensAlive = new Set<string>()
  const http = createServer((request, response) => {
    const [, encoded = ''] = (request.headers.authorization ?? '').split(' ')
    const [, token = ''] = Buffer.from(encoded, 'base64').toString().split(':')
    if (!tokensAlive.has(token)) {
      response.writeHead(401, { 'www-authenticate': 'Basic' }).end()
      return
    }
    void repositories.handle(request, response, { username: 'run', canRead: () => true, canCreate: () => false, canWrite: () => false })
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  const house = {
    dataDir,
    checks: [] as Check[],
    isDeaf: false,
    secrets: new Map<string, string>(),
    variables: new Map<string, string>(),
    environments: new Map<string, Awaited<ReturnType<RunsSurroundings['environment']>>>(),
    writers: new Set(['ada', 'grace']),
    tokensAlive,
    revoked: [] as string[],
  }
  const surroundings: RunsSurroundings = {
    async setCheck(_repository, check) {
      if (house.isDeaf) throw new Error('the forge is away')
      house.checks.push(check)
    },
    secrets: async () => house.secrets,
    variables: async () => house.variables,
    async token({ jobId }) {
      const token = `run-token-${crypto.randomUUID()}`
      tokensAlive.add(token)
      return { token, revoke: async () => void tokensAlive.delete(token), handle: `handle of ${jobId}` }
    },
    revokeToken: async (handle) => void house.revoked.push(handle),
    environment: async (_repository, name) => house.environments.get(name),
    canWrite: async (_repository, account) => house.writers.has(account),
    serverUrl: () => url,
    cloneUrl: (repository) => `${url}/git/${repository}.git`,
    connect() {
      const [theirs, ours] = duplexPair()
      http.emit('connection', ours)
      return theirs
    },
  }
  let { wrapTables } = own
  const open = () =>
    createWorkflowRuns(
      {
        dataDir: join(dataDir, 'ci'),
        records: wrapTables
          ? Object.assign(Object.create(records) as typeof records, {
              room: async (...given: Parameters<typeof records.room>) => (wrapTables ?? same)(await records.room(...given)),
            })
          : records,
        repositories,
        isHosted: (name) => repositories.hosted.has(name),
        log: quiet,
        secretFolders: [dataDir],
        concurrency: 4,
        actionHosts: [],
        containerEngine: 'none',
        ...options,
      },
      surroundings,
    )
  let runs = await open()
  await runs.start()

  const event: House['event'] = (commit, more = {}) => ({
    id: `event-${++counter}`,
    name: 'push',
    repository: 'demo',
    ref: 'refs/heads/main',
    commit,
    workflowsCommit: commit,
    actor: 'ada',
    payload: { ref: 'refs/heads/main', after: commit, head_commit: { id: commit, message: 'Change things\n\nWell.' } },
    ...more,
  })
  const commit: House['commit'] = async (files, branch = 'main', repo = 'demo') =>
    (
      await repositories.hosted.commit({
        repo,
        branch,
        files: new Map(Object.entries({ 'README.md': `${++counter}`, ...files })),
        message: 'Change things',
        author: { name: 'ada', email: 'ada@example.com' },
      })
    ).commit
  const until: House['until'] = async (id, holds) => {
    const first = await runs.get(id)
    if (holds(first)) return first
    return new Promise((resolve) => {
      const stop = runs.subscribe((run) => {
        if (run.id !== id || !holds(run)) return
        stop()
        resolve(run)
      })
      void runs.get(id).then((run) => {
        if (!holds(run)) return
        stop()
        resolve(run)
      })
    })
  }
  const ended: House['ended'] = (run) => {
    if (!run) throw new Error('no run was started')
    return until(run.id, ({ state }) => state === 'completed')
  }
  const push: House['push'] = async (files, more = {}) => runs.trigger(event(await commit(files), more))
  return {
    ...house,
    get runs() {
      return runs
    },
    get isDeaf() {
      return house.isDeaf
    },
    set isDeaf(isDeaf) {
      house.isDeaf = isDeaf
    },
    event,
    commit,
    push,
    until,
    ended,
    run: async (workflow, more = {}, files = {}) => ended((await push({ '.github/workflows/ci.yml': workflow, ...files }, more))[0]),
    async text(run, job) {
      const parts: string[] = []
      for (const one of run.jobs.filter(({ key }) => job === undefined || key === job)) {
        for (let after = 0; ;) {
          const { lines } = await runs.log(one.id, { after, limit: 5000 })
          if (lines.length === 0) break
          after = lines.at(-1)?.n ?? after
          parts.push(...lines.map((line) => (line.kind ? `[${line.kind}]${line.text}` : line.text)))
        }
      }
      return parts.join('\n')
    },
    async restart() {
      await runs.stop()
      runs = await open()
      await runs.start()
    },
    async crash() {
      // Those that hang in a call of the dead never resolve.
      await Promise.race([runs.stop(), new Promise((resolve) => setTimeout(resolve, 100))])
      wrapTables = undefined
      runs = await open()
      await runs.start()
    },
    async close() {
      await runs.stop()
      await repositories.close()
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
      await records.close()
      if (own.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

/** A folder with files, as a repository. */
export function writeTree(folder: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  execFileSync('git', ['init', '-q', folder])
}
