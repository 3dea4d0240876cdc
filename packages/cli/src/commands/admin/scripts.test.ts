import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { load } from 'js-yaml'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createProgram } from '../../program.ts'

const dir = mkdtempSync(join(tmpdir(), 'plimsoll-scripts-'))
const files: Record<string, string> = {
  'oven.yaml': 'apiVersion: example.com/v1\nkind: Oven\nmetadata: { name: big }\nspec: { racks: [], tray: {}, hot: true }\n',
  'two.yaml':
    'apiVersion: example.com/v1\nkind: Oven\nmetadata: { name: one }\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: two }\n',
  'web.yaml':
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web, generation: 2 }\nspec: { replicas: 1 }\nstatus: { observedGeneration: 1 }\n',
  'note.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: constructor }\ndata: { __proto__: a }\n',
  'no-object.yaml': 'a: b\n',
  'no-yaml.yaml': 'a: [\n',
  'check.lua':
    'print("looked at", obj.metadata.name)\nreturn { status = "Degraded", message = "no racks\\n" .. tostring(#obj.spec.racks) }',
  'broken.lua': 'return obj.status.phase',
  'endless.lua': 'while true do end',
  'libraries.lua': 'return { status = string.upper("h") .. "ealthy" }',
  'silent.lua': 'return nil',
  'oven-actions/discovery.lua': 'return { clean = {}, burn = { disabled = true } }',
  'oven-actions/clean/action.lua': 'obj.spec.hot = false\nobj.spec.level = actionParams["level"]\nreturn obj',
  'actions.yaml':
    'discovery.lua: return { bake = {} }\ndefinitions:\n- name: bake\n  action.lua: |\n    obj.spec.hot = nil\n    return { { operation = "create", resource = { apiVersion = "v1", kind = "ConfigMap", metadata = { name = "cake" } } }, { operation = "patch", resource = obj } }\n',
  'argocd-cm.yaml': `apiVersion: v1
kind: ConfigMap
metadata: { name: argocd-cm }
data:
  resource.customizations.health.cel.example.com_Oven: '[{ status: Suspended, when: self.spec.hot }]'
  resource.customizations.nonsense.example.com_Oven: x
`,
}

beforeAll(() => {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true })
    writeFileSync(join(dir, name), content)
  }
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** What the command prints, and how it ends. Names of files are of the folder. */
async function admin(...args: string[]): Promise<{ out: string; err: string; failure?: string }> {
  const written = { out: '', err: '' }
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      written[stream === 'stdout' ? 'out' : 'err'] += String(text)
      return true
    }),
  )
  try {
    const named = args.map((argument) => (argument in files || argument === 'oven-actions' ? join(dir, argument) : argument))
    await createProgram().parseAsync(['admin', ...named], { from: 'user' })
    return written
  } catch (error) {
    return { ...written, failure: (error as Error).message.replaceAll(`${dir}/`, '') }
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}

describe('admin health', () => {
  it('assesses what is built in', async () => {
    expect(await admin('health', 'web.yaml')).toEqual({
      out: 'STATUS: Progressing\nMESSAGE: Waiting for rollout to finish: observed deployment generation less than desired generation\n',
      err: '',
    })
  })

  it('says of a kind that it has no health', async () => {
    expect(await admin('health', 'note.yaml')).toEqual({ out: "Health script is not configured for '/ConfigMap'\n", err: '' })
  })

  it('assesses by a script, whose prints go elsewhere', async () => {
    expect(await admin('health', 'oven.yaml', '--lua', 'check.lua')).toEqual({
      out: 'STATUS: Degraded\nMESSAGE: no racks\n0\n',
      err: 'looked at\tbig\n',
    })
    expect(JSON.parse((await admin('health', 'oven.yaml', '--lua', 'check.lua', '-o', 'json')).out)).toEqual({
      status: 'Degraded',
      message: 'no racks\n0',
    })
    expect(await admin('health', 'oven.yaml', '--lua', 'silent.lua')).toMatchObject({ out: 'STATUS: \nMESSAGE: \n' })
  })

  it("assesses by the operator's settings, and says what in them cannot be read", async () => {
    const { out, err } = await admin('health', 'oven.yaml', '--argocd-cm-path', 'argocd-cm.yaml')

    expect(out).toBe('STATUS: Suspended\nMESSAGE: \n')
    expect(err).toMatch(/resource\.customizations\.nonsense\.example\.com_Oven: there is no customization "nonsense"/)
  })

  it.each([
    ['broken.lua', /^<string>:1: /],
    ['endless.lua', /steps/],
  ])('says of %s that it is unknown, and fails', async (script, message) => {
    const { out, failure } = await admin('health', 'oven.yaml', '--lua', script)

    const [status, told] = out.split('\n')
    expect(status).toBe('STATUS: Unknown')
    expect(told?.replace('MESSAGE: ', '')).toMatch(message)
    expect(failure).toMatch(/^The health check has failed: /)
  })

  it('gives libraries unless it is told not to', async () => {
    expect((await admin('health', 'oven.yaml', '--lua', 'libraries.lua')).out).toBe('STATUS: Healthy\nMESSAGE: \n')
    expect((await admin('health', 'oven.yaml', '--lua', 'libraries.lua', '--no-open-libs')).out).toMatch(
      /^STATUS: Unknown\nMESSAGE: .*attempt to index/,
    )
  })

  it('takes the first of several documents, and says so', async () => {
    const { err } = await admin('health', 'two.yaml')

    expect(err).toBe(`${join(dir, 'two.yaml')} holds 2 documents: the first one counts.\n`)
  })

  it.each([
    ['no-object.yaml', 'no-object.yaml: the first document is no object of Kubernetes: apiVersion or kind is missing.'],
    ['no-yaml.yaml', expect.stringMatching(/^no-yaml\.yaml is no YAML: /)],
    ['nowhere.yaml', expect.stringMatching(/^nowhere\.yaml cannot be read: /)],
  ])('refuses %s', async (file, failure) => {
    expect((await admin('health', file)).failure).toEqual(failure)
  })
})

describe('admin action', () => {
  const rows = ({ out }: { out: string }): string[][] =>
    out
      .trimEnd()
      .split('\n')
      .map((line) => line.trimEnd().split(/ +/))

  it('lists what is built in, and does it', async () => {
    expect(rows(await admin('action', 'web.yaml'))).toEqual([
      ['NAME', 'DISABLED'],
      ['pause', 'false'],
      ['restart', 'false'],
      ['resume', 'true'],
      ['scale', 'false'],
    ])
    expect(load((await admin('action', 'web.yaml', '--run', 'scale', '--param', 'replicas=4')).out)).toMatchObject({
      spec: { replicas: 4 },
    })
    expect((await admin('action', 'web.yaml', '--run', 'constructor')).failure).toMatch(
      /^Deployment has no action "constructor": built in are pause, /,
    )
  })

  it('lists and runs those of a folder as Argo CD lays it out', async () => {
    expect(rows(await admin('action', 'oven.yaml', '--lua', 'oven-actions'))).toEqual([
      ['NAME', 'DISABLED'],
      ['burn', 'true'],
      ['clean', 'false'],
    ])
    for (const script of ['oven-actions', 'oven-actions/discovery.lua', 'oven-actions/clean/action.lua']) {
      const { out } = await admin('action', 'oven.yaml', '--lua', script, '--run', 'clean', '--param', 'level=3')

      expect(load(out)).toEqual({
        apiVersion: 'example.com/v1',
        kind: 'Oven',
        metadata: { name: 'big' },
        spec: { racks: [], tray: {}, hot: false, level: '3' },
      })
    }
  })

  it('runs the script of an action at once that is given without a name', async () => {
    const { out } = await admin('action', 'oven.yaml', '--lua', 'oven-actions/clean/action.lua')

    expect(load(out)).toMatchObject({ kind: 'Oven', spec: { hot: false } })
  })

  it('shows what differs, and what is made', async () => {
    const changed = await admin('action', 'oven.yaml', '--lua', 'actions.yaml', '--run', 'bake', '-o', 'diff')
    expect(changed.out).toMatch(/^- +hot: true$/m)
    expect(changed.out).toMatch(/^\+ +name: cake$/m)

    const { out } = await admin('action', 'oven.yaml', '--lua', 'actions.yaml', '--run', 'bake')
    expect(out).toMatch(/^---\n# create\napiVersion: v1\nkind: ConfigMap\n[^]*\n---\n# patch\n/)
    const asJson = JSON.parse((await admin('action', 'oven.yaml', '--lua', 'actions.yaml', '--run', 'bake', '-o', 'json')).out) as unknown[]
    expect(asJson).toMatchObject([{ operation: 'create' }, { operation: 'patch', resource: { kind: 'Oven' } }])
  })

  it('fails with what the script says', async () => {
    expect((await admin('action', 'oven.yaml', '--lua', 'broken.lua', '--run', 'x')).failure).toMatch(/attempt to index/)
    expect((await admin('action', 'oven.yaml', '--lua', 'endless.lua', '--run', 'x')).failure).toMatch(/steps/)
    expect((await admin('action', 'oven.yaml', '--lua', 'actions.yaml', '--run', 'x')).failure).toBe('actions.yaml defines no action x.')
  })
})
