import type { Check, MergeRequirement } from '@plimsoll/api'
import type { PullRequestRow } from './forge-rows.ts'
import type { TargetWorkflow } from './target-workflows.ts'

const good = new Set<Check['conclusion']>(['success', 'neutral', 'skipped'])

/**
 * All that is said under the name has to be good, no run that may still say something may be waiting, and somebody whom the target knows has to have said it. Where a workflow file of the target is called
 * so, that file alone: a pull request may bring a second one of the same name, or put one in its place. Where none is, a workflow that comes with
 * the pull request counts when those who may write have brought it, who could set the check by hand as well.
 */
export function requiredCheck(
  name: string,
  {
    row,
    checks,
    workflows,
  }: { row: Pick<PullRequestRow, 'base_branch'>; checks: readonly Check[]; workflows: readonly TargetWorkflow[] | undefined },
): MergeRequirement {
  const of = (isMet: boolean, text: string): MergeRequirement => ({ kind: 'check', isMet, text })
  const said = checks.filter((one) => one.name === name)
  const [first] = said
  if (!first) return of(false, `Check '${name}' has not reported on this head.`)
  const bad = said.find(({ status, conclusion }) => status === 'completed' && !good.has(conclusion))
  if (bad) return of(false, `Check '${name}'${whose(bad, said)}: ${titleOf(bad)}`)
  const open = said.find(({ status }) => status !== 'completed')
  if (open) return of(false, `Check '${name}'${whose(open, said)} is ${open.status === 'queued' ? 'queued' : 'running'}.`)
  const awaited = checks.find((one) => one.source && one.status !== 'completed' && name.startsWith(`${one.name} / `))
  if (awaited) return of(false, `Check '${name}' is not decided: ${titleOf(awaited)}`)
  if (workflows === undefined && said.every(({ source }) => source !== undefined))
    return of(false, `Check '${name}' is a workflow's, and the workflows of '${row.base_branch}' could not be read: whether it is theirs is not known.`) // prettier-ignore
  const known = (workflows ?? []).filter((one) => name === one.name || name.startsWith(`${one.name} / `)).map(({ path }) => path)
  const counts = ({ source }: Check): boolean =>
    source === undefined || (known.length > 0 ? known.includes(source.workflow) : source.trust === 'trusted')
  const counting = said.find(counts)
  if (counting) return of(true, `Check '${name}': ${titleOf(counting)}`)
  const by = said.map(({ source }) => `'${source?.workflow ?? ''}'`).join(', ')
  return of(
    false,
    known.length > 0
      ? `Check '${name}' has not reported: ${by} says so, but on '${row.base_branch}' it is '${known.join(`', '`)}' that does.`
      : `Check '${name}' has not reported: ${by} says so, which comes from outside and is unknown on '${row.base_branch}'.`,
  )
}

function whose({ source }: Check, said: readonly Check[]): string {
  return said.length > 1 && source ? ` of '${source.workflow}'${source.event === undefined ? '' : ` (${source.event})`}` : ''
}

function titleOf({ title, conclusion }: Check): string {
  return title === '' ? (conclusion ?? 'no conclusion') : title
}
