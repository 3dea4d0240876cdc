import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ApplicationSpec, fieldPaths } from '@plimsoll/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compatibilityPage, type ProgramCommand, type SettingVerdict } from '../harness/argocd-tables.ts'
import { textOf } from '../harness/pages.ts'
import { root } from '../harness/paths.ts'
import { type Plimsoll, startPlimsoll } from '../harness/plimsoll.ts'

interface KeyVerdict extends SettingVerdict {
  readAs?: string
}

const built = (...path: string[]): string => pathToFileURL(join(root, 'packages', 'cli', 'dist', ...path)).href

async function settings(): Promise<ReadonlyMap<string, readonly KeyVerdict[]>> {
  const { settingsMaps } = (await import(built('migrate', 'settings-keys.js'))) as { settingsMaps: ReadonlyMap<string, KeyVerdict[]> }
  return settingsMaps
}

describe('the page of what is here', () => {
  let plimsoll: Plimsoll
  beforeAll(async () => {
    plimsoll = await startPlimsoll()
  }, 90_000)
  afterAll(() => plimsoll?.stop())

  it('is what the program, its routes and its settings say', async () => {
    const { createProgram } = (await import(built('program.js'))) as { createProgram: () => ProgramCommand }
    const { paths } = await plimsoll.api<{ paths: Record<string, Record<string, unknown>> }>('GET', '/openapi.json')
    const served = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )

    const page = compatibilityPage(createProgram(), served, await settings())

    await expect(page).toMatchFileSnapshot(join(root, 'docs', 'spec', 'argo-cd.md'))
  })
})

const secretOf = (type: string): { kind: string; metadata: object } => ({
  kind: 'Secret',
  metadata: { labels: { 'argocd.argoproj.io/secret-type': type } },
})

describe('a setting of Argo CD', () => {
  /** Everything that could read one. The command that reports on them only names them. */
  const code = ['applications', 'server', 'git', 'registry', 'render', 'network', 'delivery', 'notifications'].flatMap((name) => {
    const folder = join(root, 'packages', name, 'src')
    const files = readdirSync(join(root, 'packages')).includes(name) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : []
    return files
      .filter((file) => file.endsWith('.ts') && !/\.test\.ts$|\/testing\//.test(file))
      .map((file) => readFileSync(join(folder, file), 'utf8'))
  })
  const isRead = (literal: string): boolean => code.some((text) => text.includes(literal))

  it('that is said to count is read somewhere', async () => {
    const unread: string[] = []
    for (const [map, keys] of await settings())
      for (const { keys: names, verdict, readAs } of keys)
        if (verdict === 'same') unread.push(...names.filter((name) => !isRead(readAs ?? `'${name}'`)).map((name) => `${map}: ${name}`))

    expect(unread).toEqual([])
  })

  it('that is said not to count is read nowhere', async () => {
    const read: string[] = []
    for (const [map, keys] of await settings())
      for (const { keys: names, verdict } of keys)
        if (verdict === 'unsupported' || verdict === 'needless')
          read.push(
            ...names.filter((name) => name.includes('.') && !name.includes('*') && isRead(`'${name}'`)).map((name) => `${map}: ${name}`),
          )

    expect(read).toEqual([])
  })

  it('is not in a ConfigMap that is said to be read by nobody, and is', async () => {
    const read = [...(await settings())].filter(
      ([map, keys]) => keys.every(({ verdict }) => verdict === 'unsupported') && isRead(`'${map}'`),
    )

    expect(read.map(([map]) => map)).toEqual([])
  })

  it.each([
    ['a credential template', 'sshPrivateKey', secretOf('repo-creds')],
    ['a cluster', 'execProviderConfig', secretOf('cluster')],
    [
      'a subscription',
      'notifications.argoproj.io/subscribe',
      {
        kind: 'Application',
        metadata: { annotations: { 'notifications.argoproj.io/subscribe.a.b': '' } },
        spec: { destination: { name: 'in-cluster' } },
      },
    ],
  ])('as %s is told as it is exactly when something reads it', async (_what, literal, object) => {
    const { judge, surroundingsOf } = (await import(built('migrate', 'judge.js'))) as {
      judge: (one: object, around: object) => object[]
      surroundingsOf: (objects: object[], namespace: string) => object
    }

    const part = object.kind === 'Secret' ? 'secret' : 'application'
    const findings = judge({ object, part }, surroundingsOf([], 'argocd'))

    expect(findings.length === 0).toBe(isRead(literal))
  })
})

describe('the page of applications', () => {
  it('has every field of spec, at its place', () => {
    const rows = [...textOf('docs/spec/application.md').matchAll(/^\| (`[^|]*)\|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
    )
    // Of several sources each has the fields of one.
    const fields = fieldPaths(ApplicationSpec).filter((path) => !path.startsWith('sources[]'))

    expect(fields.length).toBeGreaterThan(60)
    expect(fields.filter((path) => !rows.includes(path))).toEqual([])
  })
})
