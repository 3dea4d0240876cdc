import type { Check } from '@plimsoll/api'
import { absolute, describe } from '../remote/check-words.ts'
import { fieldsOf, idOf, inner, integer, listOf, text } from '../remote/json-reading.ts'
import type { ProviderClient } from '../remote/provider-client.ts'
import { runCheckOf, runConclusion, stateOf, statusCheckOf } from './github-shapes.ts'

const mostStatuses = 300
/** REST, "Create a check run": annotations in one request, and the longest summary. */
const mostAnnotations = 50
const maxSummary = 65_535
const maxDescription = 140

/** What is said of a commit: commit statuses, and the check runs of Apps, both under one name each. */
export async function readChecks(client: ProviderClient, repo: string, commit: string, about: string): Promise<Check[]> {
  const [statuses, runs] = await Promise.all([
    client.pages(`${repo}/commits/${commit}/status`, about, { limit: mostStatuses, of: 'statuses' }),
    // A token that may not read check runs sees the statuses all the same.
    client
      .pages(`${repo}/commits/${commit}/check-runs?filter=latest`, about, { limit: mostStatuses, of: 'check_runs' })
      .catch(emptyWhenForbidden),
  ])
  const checks = new Map<string, Check>()
  for (const status of listOf(statuses)) {
    const check = statusCheckOf(status, commit)
    checks.set(check.name, check)
  }
  for (const run of listOf(runs)) {
    const check = runCheckOf(run, commit)
    checks.set(check.name, check)
  }
  return [...checks.values()]
}

export async function writeStatus(client: ProviderClient, repo: string, check: Check, about: string): Promise<void> {
  const url = absolute(check.detailsUrl)
  const body = {
    state: stateOf(check),
    context: check.name,
    description: describe(check, maxDescription),
    ...(url !== undefined && { target_url: url }),
  }
  await client.send('POST', `${repo}/statuses/${check.commit}`, body, about)
}

/** One run for each name and commit, changed in place. */
export async function writeCheckRun(client: ProviderClient, repo: string, check: Check, about: string): Promise<void> {
  const known = await client.pages(
    `${repo}/commits/${check.commit}/check-runs?filter=latest&check_name=${encodeURIComponent(check.name)}`,
    about,
    { limit: 100, of: 'check_runs' },
  )
  const url = absolute(check.detailsUrl)
  const annotations = (check.annotations ?? []).slice(0, mostAnnotations).map((one) => ({
    path: one.path,
    start_line: Math.max(1, one.line),
    end_line: Math.max(1, one.line),
    annotation_level: one.level,
    message: one.message.slice(0, 10_000),
    ...(one.title !== undefined && { title: one.title.slice(0, 255) }),
  }))
  const body = {
    name: check.name,
    head_sha: check.commit,
    status: check.status === 'inProgress' ? 'in_progress' : check.status,
    ...(check.conclusion !== undefined && { conclusion: runConclusion(check.conclusion) }),
    ...(check.startedAt !== undefined && { started_at: check.startedAt }),
    ...(check.completedAt !== undefined && check.status === 'completed' && { completed_at: check.completedAt }),
    ...(url !== undefined && { details_url: url }),
    output: {
      title: check.title.slice(0, 255) || check.name,
      summary: (check.summary ?? '').slice(0, maxSummary),
      ...(annotations.length > 0 && { annotations }),
    },
  }
  for (const run of listOf(known).filter((one) => text(one, 'name') === check.name)) {
    try {
      // The annotations of a run are only ever added to: those that are there stay.
      await client.send(
        'PATCH',
        `${repo}/check-runs/${idOf(run)}`,
        integer(inner(run, 'output'), 'annotations_count') > 0 ? withoutAnnotations(body) : body,
        about,
      )
      return
    } catch (error) {
      // A run of another App has the same name: it is theirs.
      if (!isForbidden(error)) throw error
    }
  }
  await client.send('POST', `${repo}/check-runs`, body, about)
}

function withoutAnnotations<T extends { output: object }>(body: T): T {
  const { annotations: _annotations, ...output } = fieldsOf(body.output)
  return { ...body, output }
}

function emptyWhenForbidden(error: unknown): unknown[] {
  if (isForbidden(error)) return []
  throw error
}

function isForbidden(error: unknown): boolean {
  const code = error instanceof Error ? Reflect.get(error, 'code') : undefined
  return code === 'permission-denied' || code === 'not-found'
}
