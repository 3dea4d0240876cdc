import { afterAll, describe, expect, it } from 'vitest'
import { createTemplates, type FillRequest } from '../index.ts'

const templates = createTemplates({ limits: { timeoutMs: 4000, outputBytes: 200_000, steps: 200_000 } })
afterAll(() => templates.close())

async function go(text: string, parameters: object = {}, options: string[] = []): Promise<unknown> {
  return result({ template: text, parameters: [parameters as Record<string, unknown>], dialect: 'go', options })
}

async function fast(text: unknown, parameters: object = {}): Promise<unknown> {
  return result({ template: text, parameters: [parameters as Record<string, unknown>], dialect: 'fast' })
}

async function result(request: FillRequest): Promise<unknown> {
  const [filling] = await templates.fill(request)
  return filling !== undefined && 'value' in filling ? filling.value : filling?.problem
}

describe("a text in Go's dialect", () => {
  it.each([
    ['what is not there is no value, and has no fields', '{{ .a }}|{{ .a.b }}|{{ .a.b.c }}', {}, '<no value>|<no value>|<no value>'],
    ['a default steps in for it', '{{ .a.b | default "x" }}', {}, 'x'],
    ['it is false', '{{ if .a.b.c }}y{{ else }}n{{ end }}', {}, 'n'],
    ['null has no fields', '{{ .a.b }}', { a: null }, 'nil pointer evaluating interface {}.b'],
    ['it is no text', '{{ .a | upper }}', {}, 'invalid value; expected string'],
    [
      'numbers are those of JSON',
      '{{ .n }} {{ .f }} {{ .l }} {{ .m }}',
      { n: 8080, f: 1e6, l: ['a', 1], m: { k: 'v' } },
      '8080 1e+06 [a 1] map[k:v]',
    ],
    ['sprig reads any document', '{{ fromJson "[1,2]" }}{{ fromJson "{" }}', {}, '[1 2]<no value>'],
    ['names of parameters may be any', '{{ .constructor }}{{ index . "__proto__" }}', { constructor: 'a', ['__proto__']: 'b' }, 'a'],
    ['Helm is written as text', '{{ "{{ .Values.x }}" }}', {}, '{{ .Values.x }}'],
    ['text beyond ASCII stays', '{{ .name }}-앱', { name: '모델' }, '모델-앱'],
  ])('%s', async (_what, text, parameters, expected) => {
    expect(await go(text, parameters)).toContain(expected)
  })

  it.each([
    ['missingkey=error', '{{ .a }}', 'map has no entry for key "a"'],
    ['missingkey=zero', '{{ .a.b }}', 'nil pointer evaluating'],
    ['missingkey=none', 'plain', "'missingkey=none' is none of Go's"],
    ['unknown', 'plain', "'unknown' is none of Go's"],
  ])('keeps to the option %s', async (option, text, expected) => {
    expect(await go(text, {}, [option])).toContain(expected)
  })

  it('knows a map of texts from a map of anything, as Go does', async () => {
    const labels = new Map([['env', 'prod']])

    expect(await go('{{ .labels.env }}{{ .labels.none }}', { labels }, ['missingkey=zero'])).toBe('prod')
    expect(await go('{{ .labels.none }}', { labels })).toBe('<no value>')
    expect(await go('{{ hasKey .labels "env" }}', { labels })).toContain('expected map[string]interface {}; got map[string]string')
  })

  it.each([
    'env "HOME"',
    'expandenv "$HOME"',
    'getHostByName "localhost"',
    'include "a" .',
    'tpl "a" .',
    'lookup "v1" "Secret" "" ""',
    'toToml .',
  ])('has no %s', async (call) => {
    expect(await go(`{{ ${call} }}`)).toMatch(/function "\w+" not defined/)
  })

  it.each([
    ['{{ normalize "Feat/Foo_Bar.x-" }}', 'feat-foo-bar.x'],
    ['{{ slugify "Feat/Foo_Bar" }}', 'feat-foo-bar'],
    ['{{ slugify 10 "one-two-three-four" }}', 'one-two'],
    ['{{ slugify 10 false "one-two-three-four" }}', 'one-two-th'],
    ['{{ slugify }}', ''],
    ['{{ toYaml .m }}', 'a: 1\nb:\n- x'],
    ['{{ (fromYaml "a: {b: c}").a.b }}', 'c'],
    ['{{ index (fromYamlArray "[a, b]") 1 }}', 'b'],
    ['{{ fromYaml "[a]" }}', 'cannot unmarshal'],
    ['{{ fail "no such environment" }}', 'no such environment'],
  ])('has the functions of Argo CD: %s', async (text, expected) => {
    expect(await go(text, { m: { a: 1, b: ['x'] } })).toContain(expected)
  })

  it('defines nothing for the next text', async () => {
    expect(await result({ template: ['{{ define "a" }}1{{ end }}', '{{ template "a" }}'], parameters: [{}], dialect: 'go' })).toContain(
      'template "a" not defined',
    )
  })
})

describe('a text in the older dialect', () => {
  it.each([
    ['{{name}}-{{ name }}', { name: 'a' }, 'a-a'],
    ['{{path.basename}} {{path[0]}}', { 'path.basename': 'b', 'path[0]': 'apps' }, 'b apps'],
    ['{{ unknown }} {{}}', { '': 'x' }, '{{ unknown }} {{}}'],
    ['{{a}}{{b}}', { a: '{{b}}', b: 'c' }, '{{b}}c'],
    ['{{constructor}}{{toString}}{{__proto__}}', {}, '{{constructor}}{{toString}}{{__proto__}}'],
    ['{{n}}', { n: 5 }, '{{n}}'],
    ['{{ a\n}}', { a: 'x' }, '{{ a\n}}'],
    ['{{a}} {{ a\n}}', { a: 'x' }, 'x x'],
    ['no }} and {{', {}, 'no }} and {{'],
    ['{{a}} {{', { a: 'x' }, 'a tag is opened by {{ and not closed by }}'],
  ])('%j', async (text, parameters, expected) => {
    expect(await fast(text, parameters)).toContain(expected)
  })
})

describe('a template', () => {
  it('is filled in wherever it has text, keys too, and loses what is null', async () => {
    const template = { metadata: { labels: { '{{ .k }}': '{{ .v }}' }, none: null }, list: [1, true, null, '{{ .v }}'] }

    expect(await result({ template, parameters: [{ k: 'key', v: 'value' }], dialect: 'go' })).toEqual({
      metadata: { labels: { key: 'value' } },
      list: [1, true, null, 'value'],
    })
  })

  it('keeps keys such as __proto__ as keys', async () => {
    const template = JSON.parse('{"__proto__": {"a": "{{x}}"}, "constructor": "{{x}}"}') as object

    expect(JSON.stringify(await fast(template, { x: 'y' }))).toBe('{"__proto__":{"a":"y"},"constructor":"y"}')
  })

  it('costs the others nothing where it cannot be filled in', async () => {
    const parameters = [{ a: 'x' }, {}, { a: 'z' }]

    expect(await templates.fill({ template: '{{ .a }}', parameters, dialect: 'go', options: ['missingkey=error'] })).toEqual([
      { value: 'x' },
      { problem: expect.stringContaining('no entry for key "a"') as string },
      { value: 'z' },
    ])
  })

  it('comes with a patch that is read once it is filled in', async () => {
    const patch = 'spec:\n{{- if .prod }}\n  automated: {prune: true}\n{{- end }}\n'
    const fillings = await templates.fill({ template: {}, patch, parameters: [{ prod: true }, { prod: false }], dialect: 'go' })

    expect(fillings).toEqual([
      { value: {}, patch: { spec: { automated: { prune: true } } } },
      { value: {}, patch: { spec: null } },
    ])
    expect(await templates.fill({ template: {}, patch: '{{ .a }}: [', parameters: [{ a: 'b' }], dialect: 'go' })).toEqual([
      { problem: expect.stringMatching(/^templatePatch: /) as string },
    ])
  })

  it('of a generator leaves its values to what the generator gives', async () => {
    const template = {
      matrix: { generators: [{ git: { repoURL: '{{ .url }}', values: { a: '{{ .url }}/{{ .path.path }}', b: '{{ .url }}' } } }] },
      list: { elements: [{ values: { '{{ .url }}': '{{ .url }}' } }] },
    }

    expect(await result({ template, parameters: [{ url: 'here' }], dialect: 'go', as: 'generator' })).toEqual({
      matrix: { generators: [{ git: { repoURL: 'here', values: { a: '{{ .url }}/{{ .path.path }}', b: 'here' } } }] },
      list: { elements: [{ values: { here: 'here' } }] },
    })
  })
})

describe('a poisoned template', () => {
  it.each([
    ['an endless loop', '{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}'],
    ['a call of itself', '{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}'],
    ['a text that doubles', '{{ $x := "0123456789" }}{{ range until 30 }}{{ $x = print $x $x }}{{ end }}{{ $x }}'],
  ])('ends, and is told: %s', async (_what, text) => {
    await expect(go(text)).rejects.toMatchObject({ code: 'manifest-too-large' })
    expect(await go('{{ .a }}', { a: 'fine' })).toBe('fine')
  })

  it('ends where its parameters make too much in the older dialect', async () => {
    await expect(fast('{{a}}'.repeat(1000), { a: 'x'.repeat(1000) })).rejects.toMatchObject({ code: 'manifest-too-large' })
  })

  it('lets others go on meanwhile, when it comes again', async () => {
    const slow = createTemplates({ limits: { timeoutMs: 1500 } })
    const poisoned = { template: '{{ genPrivateKey "rsa" }}', parameters: Array.from({ length: 400 }, () => ({})), dialect: 'go' as const }
    await expect(slow.fill(poisoned)).rejects.toMatchObject({ code: 'render-timeout' })

    const order: string[] = []
    const again = [1, 2].map(() => slow.fill(poisoned).catch(() => order.push('poisoned')))
    await slow.fill({ template: 'fine', parameters: [{}], dialect: 'go' }).then(() => order.push('fine'))
    await Promise.all(again)

    expect(order).toEqual(['fine', 'poisoned', 'poisoned'])
    await slow.close()
  })

  it('ends where it takes too long in few steps', async () => {
    const slow = createTemplates({ limits: { timeoutMs: 300 } })
    const parameters = Array.from({ length: 200 }, () => ({}))

    await expect(slow.fill({ template: '{{ genPrivateKey "rsa" }}', parameters, dialect: 'go' })).rejects.toMatchObject({
      code: 'render-timeout',
    })
    await slow.close()
  })
})

describe('a document', () => {
  it('is read as the first of its stream, into what JSON can say', async () => {
    expect(await templates.read(['a: 1\nb: [x, 2.5, ~]\n---\nc: 1', '[{"a": "b"}]', '', 'a: [', 'on: off'])).toEqual([
      { value: { a: 1, b: ['x', 2.5, null] } },
      { value: [{ a: 'b' }] },
      { value: null },
      { problem: expect.any(String) as string },
      { value: { true: false } },
    ])
  })

  it('is refused where its aliases grow without end', async () => {
    const levels = Array.from({ length: 30 }, (_, at) => `l${at + 1}: &l${at + 1} [*l${at}, *l${at}, *l${at}]`)

    expect(await templates.read([`l0: &l0 x\n${levels.join('\n')}`])).toEqual([{ problem: expect.any(String) as string }])
  })
})

describe('a template of a notification', () => {
  const app = { metadata: { name: 'shop' }, status: { operationState: { startedAt: '2026-01-02T03:04:05Z' } } }
  const filled = (text: string, commits: NonNullable<FillRequest['commits']> = {}): Promise<unknown> =>
    templates.fill({ template: { text }, parameters: [{ app }], dialect: 'go', commits })

  it('calls what stands beside its parameters', async () => {
    expect(await filled('{{ call .strings.ToUpper .app.metadata.name }}')).toEqual([{ value: { text: 'SHOP' } }])
    expect(await filled('{{ (call .time.Parse .app.status.operationState.startedAt).Format .time.Kitchen }}')).toEqual([
      { value: { text: '3:04AM' } },
    ])
    expect(await filled('{{ call .repo.FullNameByRepoURL "git@github.com:team/app.git" }}')).toEqual([{ value: { text: 'team/app' } }])
    expect(await filled('{{ call .repo.RepoURLToHTTPS "ssh://git@example.org/team/app.git" }}')).toEqual([
      { value: { text: 'https://example.org/team/app.git' } },
    ])
  })

  it('is told of a commit as soon as that is known', async () => {
    const text = '{{ (call .repo.GetCommitMetadata "abc").Author }}'
    const commit = { author: 'Mina', date: '2026-01-02T03:04:05+09:00', message: 'Add it', tags: [] }

    expect(await filled(text)).toMatchObject([{ commits: ['abc'] }])
    expect(await filled(text, { abc: commit })).toEqual([{ value: { text: 'Mina' } }])
    expect(await filled(text, { abc: { problem: 'there is no such commit' } })).toEqual([
      { problem: expect.stringContaining('there is no such commit') },
    ])
  })

  it('is refused what it gives too little or the wrong kind of', async () => {
    expect(await filled('{{ call .strings.ToUpper }}')).toMatchObject([{ problem: expect.stringContaining('wrong number of args') }])
    expect(await filled('{{ call .strings.ToUpper 1 }}')).toMatchObject([{ problem: expect.stringContaining('expected string') }])
  })
})
