import type { ReadableRepositories } from '@plimsoll/git'
import type { KubeObject } from '@plimsoll/kube'
import { createTemplates } from '@plimsoll/render'
import { afterAll, describe, expect, it } from 'vitest'
import { Commits } from './commits.ts'
import type { Destination } from './contract.ts'
import { compose, type Composed } from './message.ts'
import { readSettings } from './settings/read-settings.ts'

const templates = createTemplates()
afterAll(() => templates.close())

const sha = 'a'.repeat(40)
const app = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: { name: 'shöp' },
  spec: { project: 'crew', sources: [{ repoURL: 'https://example.com/chart', chart: 'c' }, { repoURL: 'https://example.com/a.git' }] },
  status: { operationState: { syncResult: { revisions: ['1.2.3', sha] } } },
} as unknown as KubeObject
const settings = readSettings(
  {
    'service.slack': 'token: t',
    'service.email': 'host: mail.example.com\nfrom: a@example.com',
    'service.github': 'token: t',
    'service.webhook.hook': 'url: https://example.com',
    'template.base':
      'message: "{{ .app.metadata.name }} for {{ .recipient }} by {{ .serviceType }}"\nemail: { subject: base, body: "{{ nosuch }}" }\nslack: { username: base, icon: ":ship:" }',
    'template.over': 'slack: { username: over }\ngithub: { status: { state: success, label: "cd/{{ .app.metadata.name }}" } }',
    'template.who':
      'message: "{{ $c := call .repo.GetCommitMetadata (index .app.status.operationState.syncResult.revisions 1) }}{{ $c.Author }}: {{ $c.Message }} {{ .secrets.key }}"',
    'template.many': 'message: "{{ range $i := until 30 }}{{ (call $.repo.GetCommitMetadata (printf \\"%040x\\" $i)).Author }}{{ end }}"',
  },
  { key: 'from the secret' },
)
const asked: string[] = []
const repositories = {
  forProject: (project: string) =>
    ({
      commitMetadata: async (url: string, commit: string) => {
        asked.push(`${project} ${url} ${commit}`)
        return { author: 'Mina', email: '', date: '2026-01-02T03:04:05+09:00', message: 'Add it', tags: [] }
      },
    }) as unknown as ReadableRepositories,
}

function make(names: string[], to: Destination): Promise<Composed> {
  return compose(templates, names, { app, project: undefined, settings, commits: new Commits(repositories, app) }, to)
}

describe('a message', () => {
  it('is of the parts that its service sends: a mistake in another part is none of its own', async () => {
    const { content } = await make(['base', 'over'], { service: 'slack', recipient: 'a' })

    expect(content).toEqual({ message: 'shöp for a by slack', slack: { username: 'over', icon: ':ship:' } })
    await expect(make(['base'], { service: 'email', recipient: 'a' })).rejects.toThrow('function "nosuch" not defined')
  })

  it('for GitHub is about what was synced, of the first source in Git', async () => {
    const { content, about } = await make(['over'], { service: 'github', recipient: '' })

    expect(content).toEqual({ github: { status: { state: 'success', label: 'cd/shöp' } } })
    expect(about).toEqual({ repoURL: 'https://example.com/a.git', revision: sha })
  })

  it('tells of commits in a repository that has them, and of secrets', async () => {
    const { content } = await make(['who'], { service: 'hook', recipient: '' })

    expect(content.message).toBe('Mina: Add it from the secret')
    expect(asked).toEqual([`crew https://example.com/a.git ${sha}`])
  })

  it('that asks for too many commits is refused, and so is one that is not there', async () => {
    await expect(make(['many'], { service: 'hook', recipient: '' })).rejects.toThrow('template many')
    await expect(make(['nowhere'], { service: 'hook', recipient: '' })).rejects.toThrow("there is no template 'nowhere'")
  })
})
