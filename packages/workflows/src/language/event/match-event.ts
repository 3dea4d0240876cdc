import type { WorkflowEvent } from '../../contract.ts'
import type { EventMatch, EventTrigger, Workflow } from '../contract.ts'
import { eventTable } from './event-table.ts'
import { nameSelector } from './glob.ts'

/** Paths times patterns that are looked at; a change that is larger starts the workflow, as one does that GitHub cannot diff. */
const mostComparisons = 500_000

/** Is the event one that starts the workflow? */
export function matchEvent(workflow: Workflow, event: WorkflowEvent): EventMatch {
  const trigger = workflow.events.get(event.name)
  if (!trigger) return no(`the workflow is not started by ${event.name}`)
  if (event.name === 'workflow_call') return no('the workflow is called by others, not by an event')
  const message = headMessage(event)
  if (message !== undefined && skipsRuns(message)) return no('the message of the head commit asks to skip it')
  return (
    checkTypes(trigger, event) ??
    checkSchedule(trigger, event) ??
    checkRefs(trigger, event) ??
    checkPaths(trigger, event) ??
    checkWorkflows(trigger, event) ?? { isMatch: true }
  )
}

/**
 * GitHub's documentation, "Skipping workflow runs": one of five markers anywhere, or a trailer `skip-checks: true` after two
 * empty lines. Only for push and pull_request.
 */
export function skipsRuns(message: string): boolean {
  if (/\[(?:skip ci|ci skip|no ci|skip actions|actions skip)\]/i.test(message)) return true
  const [, ...trailers] = message.replaceAll('\r\n', '\n').trimEnd().split('\n\n\n')
  return trailers.length > 0 && /^skip-checks: ?true$/im.test(trailers.at(-1) ?? '')
}

function headMessage(event: WorkflowEvent): string | undefined {
  if (event.name !== 'push' && event.name !== 'pull_request') return undefined
  return text(at(event.payload, 'head_commit', 'message'))
}

function checkTypes(trigger: EventTrigger, event: WorkflowEvent): EventMatch | undefined {
  const types = trigger.types ?? eventTable.get(trigger.name)?.defaultTypes
  // An event that somebody makes up by hand has no activity: it stands for one that starts the workflow.
  if (!types || types.length === 0 || event.action === undefined || types.includes(event.action)) return undefined
  return no(`activity '${event.action}' is none of ${types.join(', ')}`)
}

function checkSchedule(trigger: EventTrigger, event: WorkflowEvent): EventMatch | undefined {
  const cron = text(at(event.payload, 'schedule'))
  if (trigger.name !== 'schedule' || cron === undefined) return undefined
  return trigger.schedule?.some((one) => one.value === cron) ? undefined : no(`'${cron}' is none of the workflow's schedules`)
}

function checkRefs(trigger: EventTrigger, event: WorkflowEvent): EventMatch | undefined {
  const hasBranches = trigger.branches !== undefined || trigger.branchesIgnore !== undefined
  const hasTags = trigger.tags !== undefined || trigger.tagsIgnore !== undefined
  if (!hasBranches && !hasTags) return undefined
  const ref = filteredRef(event)
  if (ref === undefined) return undefined
  if (trigger.name === 'push' && ref.startsWith('refs/tags/')) {
    const tag = ref.slice('refs/tags/'.length)
    if (!hasTags) return no(`tag '${tag}': the workflow names branches only`)
    return checkNames(`push of tag '${tag}'`, tag, 'tags', trigger.tags, trigger.tagsIgnore)
  }
  const branch = ref.replace(/^refs\/heads\//, '')
  if (!hasBranches) return no(`branch '${branch}': the workflow names tags only`)
  const what = trigger.name === 'push' ? `push to '${branch}'` : `${trigger.name} for '${branch}'`
  return checkNames(what, branch, 'branches', trigger.branches, trigger.branchesIgnore)
}

/** What `branches` is about: of a pull request its base, of a finished run its head. */
function filteredRef(event: WorkflowEvent): string | undefined {
  switch (event.name) {
    case 'pull_request':
    case 'pull_request_target':
      return event.baseRef ?? text(at(event.payload, 'pull_request', 'base', 'ref')) ?? event.pullRequest?.base
    case 'merge_group':
      return event.baseRef ?? text(at(event.payload, 'merge_group', 'base_ref'))
    case 'workflow_run':
      return text(at(event.payload, 'workflow_run', 'head_branch')) ?? event.headRef
    default:
      return event.ref
  }
}

function checkNames(
  what: string,
  name: string,
  kind: string,
  wanted: readonly string[] | undefined,
  ignored: readonly string[] | undefined,
): EventMatch | undefined {
  if (wanted && !nameSelector(wanted)(name)) return no(`${what} matches none of ${kind}: ${wanted.join(', ')}`)
  if (ignored && nameSelector(ignored)(name)) return no(`${what} is ignored by ${kind}-ignore: ${ignored.join(', ')}`)
  return undefined
}

/** GitHub does not look at paths when a tag is pushed, nor when it cannot tell what has changed. */
function checkPaths(trigger: EventTrigger, event: WorkflowEvent): EventMatch | undefined {
  const { paths, pathsIgnore } = trigger
  const changed = event.changedPaths
  if ((!paths && !pathsIgnore) || !changed || event.ref.startsWith('refs/tags/')) return undefined
  if (changed.length * (paths ?? pathsIgnore ?? []).length > mostComparisons) return undefined
  if (paths && !changed.some(nameSelector(paths))) return no(`none of the changed paths matches ${paths.join(', ')}`)
  if (pathsIgnore && changed.every(nameSelector(pathsIgnore))) return no(`all changed paths are ignored by ${pathsIgnore.join(', ')}`)
  return undefined
}

function checkWorkflows(trigger: EventTrigger, event: WorkflowEvent): EventMatch | undefined {
  if (trigger.name !== 'workflow_run' || !trigger.workflows) return undefined
  const name = text(at(event.payload, 'workflow_run', 'name')) ?? text(at(event.payload, 'workflow', 'name'))
  if (name === undefined || nameSelector(trigger.workflows)(name) || trigger.workflows.includes(name)) return undefined
  return no(`workflow '${name}' is none of ${trigger.workflows.join(', ')}`)
}

function at(value: unknown, ...path: string[]): unknown {
  let current = value
  for (const key of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) return undefined
    current = (current as Record<string, unknown>)[key]
  }
  return current
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function no(why: string): EventMatch {
  return { isMatch: false, why }
}
