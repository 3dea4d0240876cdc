import type { ReadableRepositories } from '@plimsoll/git'
import type { KubeObject } from '@plimsoll/kube'
import { createTemplates } from '@plimsoll/render'
import { afterAll, describe, expect, it } from 'vitest'
import { Commits } from '../commits.ts'
import { compose } from '../message.ts'
import { readSettings } from './read-settings.ts'
import { runTrigger } from '../triggers.ts'

const templates = createTemplates()
afterAll(() => templates.close())

const settings = readSettings({ 'service.slack': 'token: t', context: 'argocdUrl: https://cd.example.com' }, {})
const operation = (phase: string): object => ({
  phase,
  message: 'one "thing" failed',
  startedAt: '2026-01-02T03:04:05Z',
  syncResult: { revision: 'abc' },
})
const app = (status: object, metadata: object = {}): KubeObject =>
  ({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'shop', ...metadata },
    spec: { source: { repoURL: 'https://example.com/a.git' } },
    status,
  }) as KubeObject
const noCommits = {
  forProject: () => ({ commitMetadata: async () => Promise.reject(new Error('none')) }) as unknown as ReadableRepositories,
}

async function triggered(application: KubeObject): Promise<string[]> {
  const found: string[] = []
  for (const [name, trigger] of settings.triggers) {
    if (!('value' in trigger)) throw new Error(trigger.problem)
    const results = await runTrigger(trigger.value, {
      app: application,
      project: undefined,
      settings,
      commits: new Commits(noCommits, application),
      now: () => 0,
    })
    for (const { isTriggered, oncePer, problem } of results) {
      expect(problem).toBeUndefined()
      if (isTriggered) found.push(`${name} ${oncePer}`)
    }
  }
  return found.filter((one) => !one.startsWith('on-created')).toSorted()
}

describe('the catalog', () => {
  it.each([
    ['nothing is known yet', app({}), []],
    ['a sync runs', app({ operationState: operation('Running'), health: { status: 'Progressing' } }), ['on-sync-running abc']],
    [
      'all is well',
      app({ operationState: operation('Succeeded'), health: { status: 'Healthy' }, sync: { status: 'Synced' } }),
      ['on-deployed abc', 'on-sync-succeeded abc'],
    ],
    ['a sync has failed', app({ operationState: operation('Error'), sync: { status: 'OutOfSync' } }), ['on-sync-failed abc']],
    ['it is degraded', app({ health: { status: 'Degraded' } }), ['on-health-degraded <nil>']],
    ['nothing can be told', app({ sync: { status: 'Unknown' } }), ['on-sync-status-unknown <nil>']],
    ['it is being deleted', app({}, { deletionTimestamp: '2026-01-02T03:04:05Z' }), ['on-deleted shop']],
  ])('when %s', async (_what, application, wanted) => {
    expect(await triggered(application)).toEqual(wanted)
  })

  it.each([...settings.templates.keys()])('%s is a message with an attachment, whatever the application says', async (name) => {
    for (const application of [
      app({}),
      app({ operationState: operation('Failed'), conditions: [{ type: 'A', message: '"b"\n' }], health: { status: 'Healthy' } }),
    ]) {
      const subject = { app: application, project: undefined, settings, commits: new Commits(noCommits, application) }
      const { content } = await compose(templates, [name], subject, { service: 'slack', recipient: 'a' })

      expect(content.message).toContain('https://cd.example.com/applications/shop')
      expect(JSON.parse(content.slack?.attachments ?? '')).toMatchObject([{ title: 'shop', fields: expect.any(Array) }])
    }
  })
})
