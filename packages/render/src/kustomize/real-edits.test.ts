import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { dump, load } from 'js-yaml'
import { expect, test } from 'vitest'
import { memorySources } from '../testing/memory-sources.ts'
import type { KustomizeOverrides } from './contract.ts'
import { findKustomize } from './testing/find-kustomize.ts'
import { readToolInput } from './tool-input.ts'

const kustomize = findKustomize()

const text = fc.constantFrom('a', 'b-c', '1', 'true', '010', 'x: y', '"q"')
const image = fc.constantFrom('nginx:v2', 'nginx=mirror/nginx:v3', 'redis@sha256:aa', 'nginx=*:v4', 'old=*:*', 'b=c:d@sha256:bb')
const pairs = (maxKeys: number) => fc.dictionary(fc.constantFrom('app', 'team', 'owner'), text, { minKeys: 1, maxKeys })
const overrides = fc.record<Required<KustomizeOverrides>, never>(
  {
    namePrefix: fc.constantFrom('a-', '1-'),
    nameSuffix: fc.constantFrom('-z', '-2'),
    namespace: fc.constantFrom('shop', '1'),
    images: fc.uniqueArray(image, { minLength: 1, maxLength: 3, selector: (each) => each.split(/[=:@]/)[0] }),
    replicas: fc.uniqueArray(fc.record({ name: fc.constantFrom('web', 'other', 'a'), count: fc.nat(5) }), {
      minLength: 1,
      maxLength: 2,
      selector: ({ name }) => name,
    }),
    // kustomize 5.7 takes the second of several labels without selectors for one that is there; 5.8 does not, nor do we.
    commonLabels: pairs(1),
    commonAnnotations: pairs(2),
    forceCommonLabels: fc.boolean(),
    forceCommonAnnotations: fc.boolean(),
    commonAnnotationsEnvsubst: fc.constant(false),
    labelWithoutSelector: fc.boolean(),
    labelIncludeTemplates: fc.boolean(),
    components: fc.uniqueArray(fc.constantFrom('components/red', 'components/blue'), { minLength: 1 }),
    ignoreMissingComponents: fc.constant(false),
    patches: fc.constant([]),
  },
  { requiredKeys: [] },
)

const kustomization = fc.record(
  {
    resources: fc.constant(['web.yaml']),
    bases: fc.constant(['base']),
    namePrefix: fc.constant('file-'),
    images: fc.constant([
      { name: 'nginx', newName: 'mirror', newTag: '1' },
      { name: 'old', digest: 'sha256:cc' },
    ]),
    imageTags: fc.constant([{ name: 'tagged', newTag: '2' }]),
    replicas: fc.constant([{ name: 'web', count: 9 }]),
    labels: fc.constantFrom(
      [{ pairs: { tier: 'x' } }],
      [{ pairs: { app: 'file' }, includeTemplates: true }],
      [{ pairs: { app: 'y' }, includeSelectors: true }],
    ),
    commonLabels: fc.constant({ app: 'file' }),
    commonAnnotations: fc.constant({ owner: 'file', '8': '010' }),
    components: fc.constant(['components/red']),
    configMapGenerator: fc.constant([{ name: 'a', env: 'a.env', literals: ['a=b'], options: { disableNameSuffixHash: true } }]),
    helmCharts: fc.constant([{ name: 'web', valuesInline: { port: 80, on: null, list: [1.5, 'x'] } }]),
  },
  { requiredKeys: ['resources'] },
)

/** As Argo CD runs it (util/kustomize/kustomize.go). */
function editForReal(folder: string, edits: KustomizeOverrides): string {
  const labels = Object.entries(edits.commonLabels ?? {}).map(([key, value]) => `${key}:${value}`)
  const annotations = Object.entries(edits.commonAnnotations ?? {}).map(([key, value]) => `${key}:${value}`)
  const flags = [
    ...(edits.forceCommonLabels === true ? ['--force'] : []),
    ...(edits.labelWithoutSelector === true ? ['--without-selector'] : []),
    ...(edits.labelIncludeTemplates === true ? ['--include-templates'] : []),
  ]
  const commands = [
    ...(edits.namePrefix === undefined ? [] : [['set', 'nameprefix', '--', edits.namePrefix]]),
    ...(edits.nameSuffix === undefined ? [] : [['set', 'namesuffix', '--', edits.nameSuffix]]),
    ...(edits.images === undefined ? [] : [['set', 'image', ...edits.images]]),
    ...(edits.replicas === undefined ? [] : [['set', 'replicas', ...edits.replicas.map(({ name, count }) => `${name}=${count}`)]]),
    ...(labels.length === 0 ? [] : [['add', 'label', ...flags, ...labels]]),
    ...(annotations.length === 0
      ? []
      : [['add', 'annotation', ...(edits.forceCommonAnnotations === true ? ['--force'] : []), ...annotations]]),
    ...(edits.namespace === undefined ? [] : [['set', 'namespace', '--', edits.namespace]]),
    ...(edits.components === undefined ? [] : [['add', 'component', ...edits.components]]),
  ]
  for (const words of commands) {
    const { status, stderr } = spawnSync(kustomize.path, ['edit', ...words], { cwd: folder, encoding: 'utf8' })
    if (status !== 0)
      throw new Error(
        stderr
          .replace(/^Error: /, '')
          .replace(/\nUsage:[^]*/, '')
          .trim(),
      )
  }
  return readFileSync(join(folder, 'kustomization.yaml'), 'utf8')
}

function outcome(run: () => string): unknown {
  try {
    return withoutNothing(load(run()))
  } catch (error) {
    return (error as Error).message
  }
}

/** Go leaves out empty lists, texts and objects. */
function withoutNothing(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNothing)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([, each]) => each !== '' && each !== false && !(Array.isArray(each) && each.length === 0))
  return Object.fromEntries(kept.map(([key, each]) => [key, withoutNothing(each)]))
}

test.skipIf(kustomize.missing !== '')(
  `What an Application changes of a kustomization is what the edits of the real kustomize make of it ${kustomize.missing}`,
  () => {
    const component = 'kind: Component\n'
    const property = fc.property(kustomization, overrides, (file, edits) => {
      const files = {
        'kustomization.yaml': dump(file),
        'components/red/kustomization.yaml': component,
        'components/blue/kustomization.yaml': component,
      }
      const folder = mkdtempSync(join(tmpdir(), 'plimsoll-edits-'))
      try {
        for (const [path, content] of Object.entries(files)) {
          mkdirSync(dirname(join(folder, path)), { recursive: true })
          writeFileSync(join(folder, path), content)
        }

        const real = outcome(() => editForReal(folder, edits))
        const ours = outcome(() => readToolInput(memorySources(files), { ...request, overrides: edits }).edited?.text ?? '')

        expect(ours).toEqual(real)
      } finally {
        rmSync(folder, { recursive: true })
      }
    })
    fc.assert(property, { numRuns: 30 })
  },
  120_000,
)

const request = {
  path: '',
  renderHelm: () => {
    throw new Error('no chart is rendered')
  },
  helmDefaults: { version: '3' as const, capabilities: { apiVersions: [] }, random: { bytes: () => new Uint8Array() }, now: new Date(0) },
}
