import type { WorkflowEvent } from '../contract.ts'
import type { Value, ValueMap } from '../language/contract.ts'
import { mapOf, toValue } from '../step/values.ts'

export interface GithubFacts {
  event: WorkflowEvent
  runId: string
  runNumber: number
  attempt: number
  workflow: { path: string; name: string }
  serverUrl: string
  token?: string
  job?: string
  triggeringActor: string
}

/** `github`, as GitHub documents it ("Contexts reference", github context). Ids are names here: there are no numbers for them. */
export function githubContext(facts: GithubFacts): ValueMap {
  const { event, workflow, serverUrl } = facts
  const refType = event.ref.startsWith('refs/tags/') ? 'tag' : 'branch'
  const workflowRef = `${event.repository}/${workflow.path}@${event.ref}`
  const entries: [string, Value][] = [
    ['actor', event.actor],
    ['actor_id', event.actor],
    ['api_url', `${serverUrl}/api/v1`],
    ['base_ref', event.baseRef?.replace(/^refs\/heads\//, '') ?? ''],
    ['event', toValue(event.payload)],
    ['event_name', event.name],
    ['graphql_url', ''],
    ['head_ref', event.headRef?.replace(/^refs\/heads\//, '') ?? ''],
    ['job', facts.job ?? ''],
    ['ref', event.ref],
    ['ref_name', event.ref.replace(/^refs\/(heads|tags|pull)\//, '')],
    ['ref_protected', false],
    ['ref_type', refType],
    ['repository', event.repository],
    ['repository_id', event.repository],
    ['repository_owner', event.repository.split('/')[0] ?? ''],
    ['repository_owner_id', event.repository.split('/')[0] ?? ''],
    ['repositoryUrl', `${serverUrl}/git/${event.repository}.git`],
    ['retention_days', '90'],
    ['run_id', facts.runId],
    ['run_number', String(facts.runNumber)],
    ['run_attempt', String(facts.attempt)],
    ['secret_source', 'Actions'],
    ['server_url', serverUrl],
    ['sha', event.commit],
    ['triggering_actor', facts.triggeringActor],
    ['workflow', workflow.name],
    ['workflow_ref', workflowRef],
    ['workflow_sha', event.workflowsCommit],
    ...(facts.token === undefined ? [] : [['token', facts.token] as [string, Value]]),
  ]
  return mapOf(entries)
}
