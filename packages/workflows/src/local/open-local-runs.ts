import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { PlimsollError } from '@plimsoll/api'
import { createRepositories } from '@plimsoll/git'
import { openRecords } from '@plimsoll/records'
import type { WorkflowEvent, WorkflowRuns } from '../contract.ts'
import { matchEvent, orderJobs, parseWorkflow } from '../language/index.ts'
import { createWorkflowRuns } from '../run/create-workflow-runs.ts'
import type { RunsContext } from '../run/runs-context.ts'
import { isNamed, readWorkflows, workflowFolder } from '../run/workflow-files.ts'
import { type Snapshot, takeSnapshot } from './working-copy.ts'

export interface LocalRunsOptions {
  /** The working copy. */
  folder: string
  secrets: ReadonlyMap<string, string>
  variables: ReadonlyMap<string, string>
  selection: NonNullable<RunsContext['selection']>
  isolation?: 'auto' | 'none'
  /** A program, `auto` or `none`. */
  containerEngine?: string
  concurrency?: number
  isDebug?: boolean
}

/** Runs of a working copy, on this machine alone: everything of it is in a folder that is gone afterwards. */
export interface LocalRuns {
  readonly runs: WorkflowRuns
  readonly snapshot: Snapshot
  event(name: string, inputs: Readonly<Record<string, string>>): WorkflowEvent
  /** What the event would start, and would not, of the workflows selected. */
  plan(
    event: WorkflowEvent,
  ): Promise<{ path: string; name: string; isMatch: boolean; why?: string; jobs: { id: string; needs: string[]; steps: string[] }[] }[]>
  close(): Promise<void>
}

const quiet = { child: () => quiet, debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

export async function openLocalRuns(options: LocalRunsOptions): Promise<LocalRuns> {
  const dataDir = await mkdtemp(join(tmpdir(), 'plimsoll-ci-'))
  const closers: (() => Promise<unknown>)[] = [() => rm(dataDir, { recursive: true, force: true, maxRetries: 3 })]
  const close = async (): Promise<void> => {
    for (const one of closers.splice(0).toReversed()) await one()
  }
  try {
    const root = join(dataDir, 'repositories')
    await mkdir(root, { recursive: true })
    const snapshot = await takeSnapshot(options.folder, root)
    let url = ''
    const repositories = createRepositories({ dataDir: join(dataDir, 'git'), hosting: { baseUrl: () => url, root }, log: quiet as never })
    closers.push(() => repositories.close())
    const tokens = new Set<string>()
    const http = createServer((request, response) => {
      const [, encoded = ''] = (request.headers.authorization ?? '').split(' ')
      const password = Buffer.from(encoded, 'base64').toString().replace(/^[^:]*:/, '') // prettier-ignore
      if (!tokens.has(password)) {
        response.writeHead(401, { 'www-authenticate': 'Basic realm="Plimsoll"' }).end()
        return
      }
      void repositories.handle(request, response, { username: 'run', canRead: () => true, canCreate: () => false, canWrite: () => false })
    })
    url = await listen(http)
    closers.push(() => {
      http.closeAllConnections()
      return new Promise((resolve) => http.close(resolve))
    })
    const records = await openRecords({ dataDir })
    closers.push(() => records.close())
    const { folder: _folder, secrets, variables, ...rest } = options
    const runs = await createWorkflowRuns(
      {
        ...rest,
        dataDir: join(dataDir, 'ci'),
        records,
        repositories,
        isHosted: (name) => repositories.hosted.has(name),
        log: quiet,
        secretFolders: [dataDir],
      },
      {
        setCheck: () => Promise.resolve(),
        secrets: () => Promise.resolve(new Map(secrets)),
        variables: () => Promise.resolve(new Map(variables)),
        token() {
          const token = `local-${randomUUID()}`
          tokens.add(token)
          return Promise.resolve({ token, revoke: () => Promise.resolve(void tokens.delete(token)) })
        },
        // Nobody is there to approve: whoever runs this stands before it.
        environment: () => Promise.resolve(undefined),
        canWrite: () => Promise.resolve(true),
        serverUrl: () => url,
        cloneUrl: (repository) => `${url}/git/${repository}.git`,
      },
    )
    closers.push(() => runs.stop())
    await runs.start()
    return {
      runs,
      snapshot,
      event: (name, inputs) => localEvent(snapshot, name, inputs, options.selection.workflow),
      async plan(event) {
        const found = []
        const files = await readWorkflows(repositories, `${url}/git/${snapshot.name}.git`, snapshot.commit)
        const wanted = options.selection.workflow
        const selected = wanted === undefined ? files : files.filter((file) => isNamed(file.path, wanted))
        if (selected.length === 0 && wanted !== undefined) throw notThere(wanted, files)
        for (const { path, text } of selected) {
          const { workflow, problems } = parseWorkflow(text, path)
          if (!workflow) {
            const [first] = problems.filter((problem) => problem.severity === 'error')
            found.push({
              path,
              name: path,
              isMatch: false,
              why: `${first?.line ?? 1}:${first?.column ?? 1}: ${first?.message ?? 'it cannot be read'}`,
              jobs: [],
            })
            continue
          }
          const match = matchEvent(workflow, event)
          const jobs = orderJobs(workflow).flatMap((id) => {
            const job = workflow.jobs.get(id)
            if (!job) return []
            const steps = job.kind === 'call' ? [`uses ${job.uses.source}`] : job.steps.map((step) => step.name?.source ?? (step.kind === 'run' ? (step.run.source.trim().split('\n')[0] ?? '') : `uses ${step.uses.source}`)) // prettier-ignore
            return [{ id, needs: job.needs.map((need) => need.value), steps }]
          })
          found.push({ path, name: workflow.name, isMatch: match.isMatch, ...(!match.isMatch && { why: match.why }), jobs })
        }
        return found
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

function notThere(wanted: string, files: readonly { path: string }[]): PlimsollError {
  const names = files.map(({ path }) => basename(path))
  return new PlimsollError('not-found', `There is no workflow '${wanted}' in ${workflowFolder} (found ${names.join(', ') || 'none'}).`, {
    remedy: 'Name one by its file, with or without its ending.',
  })
}

async function listen(http: Server): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject)
    http.listen(0, '127.0.0.1', resolve)
  })
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`
}

function localEvent(
  snapshot: Snapshot,
  name: string,
  inputs: Readonly<Record<string, string>>,
  workflow: string | undefined,
): WorkflowEvent {
  const repository = { name: snapshot.name, full_name: snapshot.name, owner: { login: snapshot.name }, default_branch: snapshot.baseBranch }
  const base = {
    id: `local/${randomUUID()}`,
    name,
    repository: snapshot.name,
    ref: `refs/heads/${snapshot.branch}`,
    commit: snapshot.commit,
    workflowsCommit: snapshot.commit,
    actor: snapshot.author,
  }
  const sender = { login: snapshot.author }
  switch (name) {
    case 'push':
      return {
        ...base,
        payload: { ref: base.ref, before: snapshot.base, after: snapshot.commit, head_commit: { id: snapshot.commit, message: snapshot.message }, repository, sender }, // prettier-ignore
      }
    case 'pull_request':
    case 'pull_request_target': {
      const title = snapshot.message.split('\n')[0] ?? ''
      const head = { ref: snapshot.branch, sha: snapshot.commit, repo: repository }
      const pull = { number: 1, title, body: '', draft: false, state: 'open', user: sender, labels: [], head, base: { ref: snapshot.baseBranch, sha: snapshot.base, repo: repository } } // prettier-ignore
      return {
        ...base,
        // As the server has it: a workflow that asks for main is not meant by a pull request from a clone that is on main.
        ...(name === 'pull_request' ? { ref: 'refs/pull/1/merge' } : { ref: `refs/heads/${snapshot.baseBranch}`, commit: snapshot.base }),
        action: 'opened',
        baseRef: snapshot.baseBranch,
        headRef: snapshot.branch,
        pullRequest: { number: 1, head: snapshot.commit, base: snapshot.base, isOutside: false, isDraft: false, title },
        payload: { action: 'opened', number: 1, pull_request: pull, repository, sender },
      }
    }
    case 'workflow_dispatch':
      return { ...base, inputs, payload: { ref: base.ref, inputs, repository, sender, ...(workflow !== undefined && { workflow }) } }
    case 'schedule':
      return { ...base, payload: { repository, sender } }
    default:
      throw new PlimsollError('invalid-request', `A working copy cannot play the event '${name}'.`, {
        remedy: 'Use push, pull_request, pull_request_target, workflow_dispatch or schedule.',
      })
  }
}
