import { createTemplates } from '@plimsoll/render'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { generated, type Memory, namesOf } from '../testing/memory-sources.ts'

const templates = createTemplates()
afterAll(() => templates.close())

const template = `
template:
  metadata:
    name: '{{ .name }}'
    labels: { 'team-{{ .name }}': '{{ .team }}' }
  spec:
    project: default
    source:
      repoURL: https://git.example.org/apps.git
      path: apps/{{ .name }}
      helm:
        valuesObject: { replicas: 2, nested: { host: '{{ .name }}.example.org' } }
        parameters: [{ name: tag, value: '{{ .team }}' }]
    destination: { server: https://kubernetes.default.svc, namespace: '{{ .name }}' }
`
const one = `
goTemplate: true
goTemplateOptions: [missingkey=error]
generators: [{ list: { elements: [{ name: web, team: shop }] } }]
${template}`

async function made(yaml: string, memory?: Memory) {
  const generation = await generated(templates, yaml, memory)
  if (!generation.ok) throw generation.error
  return generation
}

async function failure(yaml: string): Promise<{ reason: string; message: string }> {
  const generation = await generated(templates, yaml)
  if (generation.ok) throw new Error('it was generated')
  return { reason: generation.reason, message: generation.error.message }
}

describe('an Application out of a template', () => {
  it('has every text filled in, in the namespace of the set, and takes along what it deploys', async () => {
    const { applications, counts } = await made(one)

    expect(counts).toEqual([1])
    expect(applications).toEqual([
      {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'Application',
        metadata: {
          name: 'web',
          namespace: 'argocd',
          labels: { 'team-web': 'shop' },
          finalizers: ['resources-finalizer.argocd.argoproj.io'],
        },
        spec: {
          project: 'default',
          source: {
            repoURL: 'https://git.example.org/apps.git',
            path: 'apps/web',
            helm: { valuesObject: { replicas: 2, nested: { host: 'web.example.org' } }, parameters: [{ name: 'tag', value: 'shop' }] },
          },
          destination: { server: 'https://kubernetes.default.svc', namespace: 'web' },
        },
      },
    ])
  })

  it.each([
    ['syncPolicy: { preserveResourcesOnDeletion: true }', '', undefined],
    ['syncPolicy: { preserveResourcesOnDeletion: false }', '', ['resources-finalizer.argocd.argoproj.io']],
    ['', 'finalizers: [example.org/own]', ['example.org/own']],
    ['syncPolicy: { preserveResourcesOnDeletion: true }', 'finalizers: [example.org/own]', ['example.org/own']],
  ])('keeps what it deploys where %s %s says so', async (policy, finalizers, expected) => {
    const { applications } = await made(`${one.replace('  metadata:\n', `  metadata:\n    ${finalizers}\n`)}\n${policy}`)

    expect(applications[0]?.metadata.finalizers).toEqual(expected)
  })

  it('never leaves the namespace of its set', async () => {
    const { applications } = await made(one.replace('  metadata:\n', '  metadata:\n    namespace: kube-system\n'))

    expect(applications[0]?.metadata.namespace).toBe('argocd')
  })

  it('is the template as it stands where there are no parameters', async () => {
    const { applications } = await made(`goTemplate: true\ngenerators: [{ list: { elements: [{}] } }]\n${template}`)

    expect(applications[0]?.metadata).toEqual({ name: '{{ .name }}', labels: { 'team-{{ .name }}': '{{ .team }}' }, namespace: 'argocd' })
  })

  it('takes nothing else from the template', async () => {
    const { applications } = await made(one.replace('  metadata:\n', '  metadata:\n    uid: abc\n    ownerReferences: []\n'))

    expect(Object.keys(applications[0]?.metadata ?? {}).toSorted()).toEqual(['finalizers', 'labels', 'name', 'namespace'])
  })
})

describe("a generator's own template", () => {
  const own = (text: string): string =>
    one.replace('elements: [{ name: web, team: shop }]', `elements: [{ name: web, team: shop }], template: ${text}`)

  it('goes before that of the set, and takes from it what it leaves empty', async () => {
    const { applications } = await made(
      own(
        "{ metadata: { labels: { own: '{{ .team }}' } }, spec: { project: shop, source: { path: own, helm: { parameters: [] } }, destination: {} } }",
      ),
    )

    expect(applications[0]).toMatchObject({
      metadata: { name: 'web', labels: { own: 'shop', 'team-web': 'shop' } },
      spec: {
        project: 'shop',
        source: { repoURL: 'https://git.example.org/apps.git', path: 'own', helm: { parameters: [{ name: 'tag', value: 'shop' }] } },
        destination: { server: 'https://kubernetes.default.svc', namespace: 'web' },
      },
    })
  })

  it('has lists and valuesObject as a whole', async () => {
    const { applications } = await made(
      own('{ spec: { source: { helm: { parameters: [{ name: a, value: b }], valuesObject: { only: this } } } } }'),
    )

    expect(applications[0]?.spec.source?.helm).toEqual({ parameters: [{ name: 'a', value: 'b' }], valuesObject: { only: 'this' } })
  })

  it('counts for its own generator', async () => {
    const { applications, counts } = await made(
      own('{ spec: { source: { path: own } } }').replace(
        'generators: [',
        'generators: [{ list: { elements: [{ name: api, team: shop }] } }, ',
      ),
    )

    expect(counts).toEqual([1, 1])
    expect(applications.map(({ spec }) => spec.source?.path)).toEqual(['apps/api', 'own'])
  })
})

describe('templatePatch', () => {
  const patched = (patch: string): string => `${one}\ntemplatePatch: |\n${patch.replaceAll(/^/gm, '  ')}`

  it('adds what texts cannot say, by conditions and loops', async () => {
    const { applications } = await made(
      patched(`metadata:
  annotations: { team: '{{ .team }}' }
spec:
  source:
    helm:
      valueFiles:
      {{- range list "a" "b" }}
      - {{ . }}.yaml
      {{- end }}
{{- if eq .team "shop" }}
  syncPolicy: { automated: { prune: true } }
{{- end }}`),
    )

    expect(applications[0]).toMatchObject({
      metadata: { name: 'web', annotations: { team: 'shop' } },
      spec: {
        source: { path: 'apps/web', helm: { valueFiles: ['a.yaml', 'b.yaml'], valuesObject: { replicas: 2 } } },
        syncPolicy: { automated: { prune: true } },
      },
    })
  })

  it('may be JSON, may take fields away, and replaces lists', async () => {
    const { applications } = await made(
      patched('{"spec": {"source": {"helm": {"parameters": [{"name": "x", "value": "{{ .name }}"}], "valuesObject": null}}}}'),
    )

    expect(applications[0]?.spec.source?.helm).toEqual({ parameters: [{ name: 'x', value: 'web' }] })
  })

  it('never changes the project or the namespace, and sets neither status nor operation', async () => {
    const { applications } = await made(
      patched(
        'metadata: { namespace: kube-system }\nspec: { project: secret }\nstatus: { health: { status: Healthy } }\noperation: { sync: {} }',
      ),
    )

    expect(applications[0]).toMatchObject({ metadata: { namespace: 'argocd' }, spec: { project: 'default' } })
    expect(Object.keys(applications[0] ?? {}).toSorted()).toEqual(['apiVersion', 'kind', 'metadata', 'spec'])
  })

  it('adds to the finalizers', async () => {
    const { applications } = await made(patched('metadata: { finalizers: [example.org/own] }'))

    expect(applications[0]?.metadata.finalizers).toEqual(['resources-finalizer.argocd.argoproj.io', 'example.org/own'])
  })

  it.each([
    ['hello world', 'must be a map'],
    ['a: [', 'error converting YAML'],
    ['specs: {}', "'specs' is no field of an Application"],
    ['{{ .none }}: x', 'no entry for key "none"'],
  ])('fails in words: %s', async (patch, expected) => {
    expect((await failure(patched(patch))).message).toContain(expected)
  })

  it('that is filled in with nothing changes nothing', async () => {
    expect((await made(patched('{{ if false }}x{{ end }}'))).applications[0]?.spec.source?.path).toBe('apps/web')
  })
})

describe('a set that cannot be generated', () => {
  it('says which text, and what parameters there are', async () => {
    const found = await failure(one.replace('{{ .team }}', '{{ .tema }}'))

    expect(found.reason).toBe('template')
    expect(found.message).toContain('\'{{ .tema }}\': template: base:1:3: executing "base" at <.tema>: map has no entry for key "tema"')
    expect(found.message).toContain('There are the parameters name, team.')
  })

  it.each([
    ['a loop without end', '{{ range until 1000000 }}{{ range until 1000000 }}{{ end }}{{ end }}'],
    ['a call of itself', '{{ define "x" }}{{ template "x" }}{{ end }}{{ template "x" }}'],
    ['a function that is not there', '{{ env "HOME" }}'],
    ['no end', '{{ .name'],
  ])('fails by itself, and nothing with it: %s', async (_what, text) => {
    const [poisoned, healthy] = await Promise.all([failure(one.replace('{{ .team }}', text.replaceAll("'", "''"))), made(one)])

    expect(poisoned.reason).toBe('template')
    expect(healthy.applications).toHaveLength(1)
  })

  it('refuses an option that Go does not know', async () => {
    expect((await failure(one.replace('missingkey=error', 'missingkey=ignore'))).message).toContain("'missingkey=ignore' is none of Go's")
  })
})

const parameterName = fc.constantFrom('a', 'b', 'c', 'constructor', '__proto__', 'toString', 'values')
const word = fc.constantFrom('x', 'y', 'z', '1', '')
const element = fc.dictionary(parameterName, word, { minKeys: 1, maxKeys: 4 })

describe('for any lists', () => {
  it('a matrix is their product, in order, the first one over the second', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(element, { maxLength: 4 }), fc.array(element, { maxLength: 4 }), async (first, second) => {
        const generators = JSON.stringify([{ matrix: { generators: [{ list: { elements: first } }, { list: { elements: second } }] } }])

        const names = await namesOf(templates, generators, '{{ toJson . }}')

        const expected = first.flatMap((outer) => second.map((inner) => ({ ...inner, ...outer })))
        expect((names as string[]).map((text) => JSON.parse(text) as unknown)).toEqual(expected)
      }),
      { numRuns: 40 },
    )
  })

  it('a merge has as many as its first list, each with the last word that was said about its keys', async () => {
    const named = fc.record(
      { key: fc.constantFrom('k1', 'k2', 'k3', '__proto__', 'constructor'), a: word, b: word },
      { requiredKeys: ['key'] },
    )
    const unique = fc.uniqueArray(named, { selector: ({ key }) => key, maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(unique, fc.array(unique, { minLength: 1, maxLength: 3 }), async (base, overrides) => {
        const lists = [base, ...overrides].map((elements) => ({ list: { elements } }))
        const generators = JSON.stringify([{ merge: { mergeKeys: ['key'], generators: lists } }])

        const names = await namesOf(templates, generators, '{{ toJson . }}')

        const said = (key: string): object[] => overrides.flatMap((list) => list.filter((one) => one.key === key))
        const expected = base.map((one) => Object.assign({}, one, ...said(one.key)) as object)
        expect((names as string[]).map((text) => JSON.parse(text) as unknown)).toEqual(expected)
      }),
      { numRuns: 40 },
    )
  })
})
