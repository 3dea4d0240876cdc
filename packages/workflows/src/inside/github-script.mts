import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { github } from './github-client.mjs'
import { core, exec, glob, io } from './toolkit.mjs'

const { env } = process
const payload = JSON.parse(readFileSync(env['GITHUB_EVENT_PATH'] ?? '/dev/null', 'utf8') || '{}') as Record<string, unknown> & {
  number?: number
  issue?: { number: number }
  pull_request?: { number: number }
}
const [owner = '', name] = (env['GITHUB_REPOSITORY'] ?? '').split('/')
const repo = { owner, repo: name ?? owner }
const context = {
  payload,
  eventName: env['GITHUB_EVENT_NAME'],
  sha: env['GITHUB_SHA'],
  ref: env['GITHUB_REF'],
  workflow: env['GITHUB_WORKFLOW'],
  action: env['GITHUB_ACTION'],
  actor: env['GITHUB_ACTOR'],
  job: env['GITHUB_JOB'],
  runNumber: Number(env['GITHUB_RUN_NUMBER']),
  runId: Number(env['GITHUB_RUN_ID']),
  runAttempt: Number(env['GITHUB_RUN_ATTEMPT']),
  apiUrl: env['GITHUB_API_URL'],
  serverUrl: env['GITHUB_SERVER_URL'],
  repo,
  issue: { ...repo, number: (payload.issue ?? payload.pull_request ?? payload).number },
}
const script = env['PLIMSOLL_SCRIPT'] ?? ''
const encoding = env['PLIMSOLL_RESULT_ENCODING'] ?? 'json'
delete env['PLIMSOLL_SCRIPT']

const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor as new (
  ...words: string[]
) => (...values: unknown[]) => Promise<unknown>
const require = createRequire(join(env['GITHUB_WORKSPACE'] ?? process.cwd(), 'script.js'))
const values = { github, octokit: github, context, core, exec, glob, io, require, fetch }

try {
  const result = await new AsyncFunction(...Object.keys(values), script)(...Object.values(values))
  core.setOutput('result', encoding === 'string' ? String(result) : (JSON.stringify(result) ?? ''))
} catch (error) {
  process.stdout.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  core.setFailed(error instanceof Error ? error.message : String(error))
}
