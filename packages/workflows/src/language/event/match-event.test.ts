import { describe, expect, test } from 'vitest'
import type { WorkflowEvent } from '../../contract.ts'
import type { EventMatch, Workflow } from '../contract.ts'
import { parseWorkflow } from '../reading/workflow.ts'
import { matchEvent, skipsRuns } from './match-event.ts'

function workflow(on: string): Workflow {
  const { workflow: read, problems } = parseWorkflow(`on: ${on}\njobs: { a: { runs-on: x, steps: [{ run: a }] } }\n`, 'w.yml')
  if (!read) throw new Error(JSON.stringify(problems))
  return read
}

function event(name: string, more: Partial<WorkflowEvent> = {}): WorkflowEvent {
  const ref = name === 'push' ? 'refs/heads/main' : 'refs/pull/1/merge'
  return { id: '1', name, repository: 'r', ref, commit: 'c', workflowsCommit: 'c', actor: 'a', payload: {}, ...more }
}

function match(on: string, told: WorkflowEvent): boolean {
  return matchEvent(workflow(on), told).isMatch
}

describe('push', () => {
  const branch = (name: string, changedPaths?: string[]) =>
    event('push', { ref: `refs/heads/${name}`, ...(changedPaths && { changedPaths }) })
  const tag = (name: string, changedPaths?: string[]) => event('push', { ref: `refs/tags/${name}`, ...(changedPaths && { changedPaths }) })

  test.each<[string, WorkflowEvent, boolean]>([
    ['push', branch('main'), true],
    ['push', tag('v1'), true],
    ['pull_request', branch('main'), false],
    ['{ push: { branches: [main] } }', branch('main'), true],
    ['{ push: { branches: [main] } }', branch('other'), false],
    ['{ push: { branches: [main] } }', tag('main'), false],
    ['{ push: { tags: [v*] } }', tag('v1'), true],
    ['{ push: { tags: [v*] } }', branch('v1'), false],
    ['{ push: { tags: [v*], branches: [main] } }', branch('main'), true],
    ['{ push: { branches-ignore: [wip/**] } }', branch('wip/a'), false],
    ['{ push: { branches-ignore: [wip/**] } }', branch('a'), true],
    ['{ push: { tags-ignore: [x] } }', tag('y'), true],
    ["{ push: { branches: ['**', '!a', 'ab'] } }", branch('a'), false],
    ['{ push: { paths: [src/**] } }', branch('main', ['README.md']), false],
    ['{ push: { paths: [src/**] } }', branch('main', ['README.md', 'src/a']), true],
    ['{ push: { paths: [src/**] } }', branch('main'), true],
    ['{ push: { paths: [src/**] } }', tag('v1', ['README.md']), true],
    ["{ push: { paths: [src/**, '!src/docs/**'] } }", branch('main', ['src/docs/a']), false],
    ['{ push: { paths-ignore: [docs/**] } }', branch('main', ['docs/a', 'docs/b']), false],
    ['{ push: { paths-ignore: [docs/**] } }', branch('main', ['docs/a', 'b']), true],
    ['{ push: { branches: [main], paths: [a] } }', branch('other', ['a']), false],
    ['{ push: { branches: [main], paths: [a] } }', branch('main', ['b']), false],
  ])('%s', (on, told, expected) => {
    expect(match(on, told)).toBe(expected)
  })

  test('A change too large to look at starts the workflow', () => {
    const changedPaths = Array.from({ length: 600_000 }, (_, at) => `docs/${at}`)

    expect(match('{ push: { paths: [src/**] } }', event('push', { changedPaths }))).toBe(true)
  })

  test('It says why not', () => {
    const why = (matched: EventMatch): string => (matched.isMatch ? '' : matched.why)

    expect(why(matchEvent(workflow('{ push: { branches: [main, dev] } }'), branch('topic')))).toBe(
      "push to 'topic' matches none of branches: main, dev",
    )
    expect(why(matchEvent(workflow('{ push: { paths: [src/**] } }'), branch('a', ['x'])))).toBe('none of the changed paths matches src/**')
  })
})

describe('pull_request', () => {
  test.each<[string, Partial<WorkflowEvent>, boolean]>([
    ['pull_request', { action: 'opened' }, true],
    ['pull_request', { action: 'synchronize' }, true],
    ['pull_request', { action: 'reopened' }, true],
    ['pull_request', { action: 'closed' }, false],
    ['pull_request', {}, true],
    ['{ pull_request: { types: [closed] } }', { action: 'closed' }, true],
    ['{ pull_request: { types: [closed] } }', { action: 'opened' }, false],
    ['{ pull_request: { branches: [main] } }', { action: 'opened', baseRef: 'main', headRef: 'x' }, true],
    ['{ pull_request: { branches: [main] } }', { action: 'opened', baseRef: 'refs/heads/main' }, true],
    ['{ pull_request: { branches: [main] } }', { action: 'opened', baseRef: 'dev', headRef: 'main' }, false],
    ['{ pull_request: { branches: [main] } }', { action: 'opened', payload: { pull_request: { base: { ref: 'dev' } } } }, false],
    ['{ pull_request: { paths: [a] } }', { action: 'opened', changedPaths: ['b'] }, false],
    ['pull_request_target', { action: 'opened' }, false],
  ])('%s and %j', (on, more, expected) => {
    expect(match(on, event('pull_request', more))).toBe(expected)
  })
})

describe('other events', () => {
  test.each<[string, WorkflowEvent, boolean]>([
    ["{ schedule: [{ cron: '0 1 * * *' }] }", event('schedule', { payload: { schedule: '0 1 * * *' } }), true],
    ["{ schedule: [{ cron: '0 1 * * *' }] }", event('schedule', { payload: { schedule: '0 2 * * *' } }), false],
    ['workflow_dispatch', event('workflow_dispatch'), true],
    ['workflow_call', event('workflow_call'), false],
    [
      '{ workflow_run: { workflows: [CI], types: [completed], branches: [main] } }',
      event('workflow_run', { action: 'completed', payload: { workflow_run: { name: 'CI', head_branch: 'main' } } }),
      true,
    ],
    ['{ workflow_run: { workflows: [CI] } }', event('workflow_run', { payload: { workflow_run: { name: 'Other' } } }), false],
    ['{ workflow_run: { branches: [main] } }', event('workflow_run', { payload: { workflow_run: { head_branch: 'x' } } }), false],
    ['{ repository_dispatch: { types: [go] } }', event('repository_dispatch', { action: 'go' }), true],
    ['{ repository_dispatch: { types: [go] } }', event('repository_dispatch', { action: 'stop' }), false],
    ['{ issues: { types: [opened] } }', event('issues', { action: 'edited' }), false],
    ['issues', event('issues', { action: 'edited' }), true],
    ['push', event('constructor'), false],
  ])('%s', (on, told, expected) => {
    expect(match(on, told)).toBe(expected)
  })
})

describe('skipping', () => {
  test.each([
    'fix [skip ci]',
    '[CI SKIP] x',
    'a\n\n[no ci]',
    '[skip actions]',
    '[actions skip]',
    'title\n\n\nskip-checks: true',
    'title\n\nbody\n\n\nskip-checks:true\nSigned-off-by: x',
  ])('%j skips', (message) => {
    expect(skipsRuns(message)).toBe(true)
  })

  test.each(['skip ci', '[skipci]', 'skip-checks: true', 'title\n\nskip-checks: true', 'title\n\n\nskip-checks: false', ''])(
    '%j does not',
    (message) => {
      expect(skipsRuns(message)).toBe(false)
    },
  )

  test('Only pushes and pull requests are skipped', () => {
    const payload = { head_commit: { message: 'x [skip ci]' } }

    expect(match('push', event('push', { payload }))).toBe(false)
    expect(match('workflow_dispatch', event('workflow_dispatch', { payload }))).toBe(true)
  })
})
