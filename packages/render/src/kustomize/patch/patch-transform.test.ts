import { describe, expect, it } from 'vitest'
import { RenderError } from '../../engine/tree.ts'
import { cloneValue, isObject, type JsonValue } from '../json.ts'
import type { Patch } from '../kustomization.ts'
import { OpenApi } from '../openapi/index.ts'
import { ResourceList } from '../resource-list.ts'
import { readResources } from '../resource-text.ts'
import { Resource } from '../resource.ts'
import { readYamlConfig } from '../config-text.ts'
import { withPrototype } from './kustomize-for-tests.ts'
import type { PatchReaders } from './patch-source.ts'
import { readJson6902Patch, readPatch, readStrategicMergePatches, type PatchTransform } from './patch-transform.ts'

// Results and messages are those of `kubectl kustomize` of kubectl 1.34.5 (kustomize 5.7.1), as far as this part of it says them.
const schemas = new OpenApi()

function readersOf(files: Readonly<Record<string, string>> = {}): PatchReaders {
  return {
    file(path) {
      const text = files[path]
      if (text === undefined) throw new RenderError(`open ${path}: no such file or directory`)
      return text
    },
    resources: (text) => readResources(text, { isPatch: true }).map((resource) => resource.object),
    yaml: (text) => readYamlConfig(text),
  }
}

function configMap(name: string, rest: { [key: string]: JsonValue } = {}, metadata: { [key: string]: JsonValue } = {}): Resource {
  const object = cloneValue({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, ...rest })
  if (!isObject(object)) throw new Error('no object')
  return new Resource(object)
}

function run(patch: PatchTransform, ...resources: Resource[]): unknown[] {
  const list = ResourceList.of(resources)
  patch(list, schemas)
  list.dropEmpty()
  return [...list].map((resource) => withPrototype(resource.object))
}

function patchText(name: string, rest: string): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${rest}`
}

describe('an entry of patches', () => {
  it('changes nothing when it says that it replaces the whole object', () => {
    const patch = readPatch({ patch: patchText('a', '$patch: replace\ndata: {whole: new}') }, readersOf())

    expect(run(patch, configMap('a', { data: { x: '1' } }))).toMatchObject([{ data: { x: '1' } }])
  })

  it('finds its target by the name in it, and several documents theirs', () => {
    const patch = readPatch({ patch: `${patchText('a', 'data: {x: a}')}\n---\n${patchText('b', 'data: {x: b}')}` }, readersOf())

    expect(run(patch, configMap('a'), configMap('b'), configMap('c'))).toMatchObject([
      { data: { x: 'a' } },
      { data: { x: 'b' } },
      { metadata: { name: 'c' } },
    ])
  })

  it('is read from a file', () => {
    const patch = readPatch({ path: 'p.yaml' }, readersOf({ 'p.yaml': patchText('a', 'data: {x: a}') }))

    expect(run(patch, configMap('a'))).toMatchObject([{ data: { x: 'a' } }])
  })

  it('is put on all that its target selects, whose names stay', () => {
    const patch = readPatch({ patch: patchText('whatever', 'data: {x: y}'), target: { kind: 'ConfigMap', name: 'a|b.*' } }, readersOf())

    expect(run(patch, configMap('a'), configMap('bc'), configMap('ca'))).toMatchObject([
      { metadata: { name: 'a' }, data: { x: 'y' } },
      { metadata: { name: 'bc' }, data: { x: 'y' } },
      { metadata: { name: 'ca' } },
    ])
  })

  it('finds nothing to do when its target selects nothing', () => {
    const patch = readPatch({ patch: patchText('a', 'data: {x: y}'), target: { labelSelector: 'app=web' } }, readersOf())

    expect(run(patch, configMap('a'))).toEqual([{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }])
  })

  it('takes labels for texts when it has a target, null too', () => {
    const text = patchText('a', '  labels: {x: null, y: true, z: 1.10}\n')
    const resource = () => configMap('a', {}, { labels: { x: '1' } })

    expect(run(readPatch({ patch: text, target: { name: 'a' } }, readersOf()), resource())).toMatchObject([
      { metadata: { labels: { x: 'null', y: 'true' } } },
    ])
    expect(run(readPatch({ patch: text }, readersOf()), resource())).toMatchObject([{ metadata: { labels: { y: true, z: 1.1 } } }])
  })

  it('changes the kind and the name only when it may', () => {
    const text = 'apiVersion: v1\nkind: Secret\nmetadata: {name: b}\n'
    const target = { name: 'a' }

    expect(run(readPatch({ patch: text, target }, readersOf()), configMap('a'))).toMatchObject([
      { kind: 'ConfigMap', metadata: { name: 'a' } },
    ])
    const options = new Map([
      ['allowNameChange', true],
      ['allowKindChange', true],
    ])
    expect(run(readPatch({ patch: text, target, options }, readersOf()), configMap('a'))).toMatchObject([
      { kind: 'Secret', metadata: { name: 'b' } },
    ])
  })

  it('removes what it deletes', () => {
    const patch = readPatch({ patch: patchText('a', '$patch: delete') }, readersOf())

    expect(run(patch, configMap('a'), configMap('b'))).toMatchObject([{ metadata: { name: 'b' } }])
  })

  it('does not make two resources one', () => {
    const options = new Map([['allowNameChange', true]])
    const patch = readPatch({ patch: patchText('c', ''), target: { kind: 'ConfigMap' }, options }, readersOf())

    expect(() => run(patch, configMap('a'), configMap('b'))).toThrow(
      'may not add resource with an already registered id: ConfigMap.v1.[noGrp]/c.[noNs]',
    )
  })

  it('is a JSON patch in JSON or YAML, and adds an annotation where there are none', () => {
    const target = { name: 'a' }
    const json = '[{"op": "add", "path": "/metadata/annotations/x", "value": "y"}]'
    const text = '- op: add\n  path: /metadata/annotations/x\n  value: yes\n'

    expect(run(readPatch({ patch: json, target }, readersOf()), configMap('a'))).toMatchObject([{ metadata: { annotations: { x: 'y' } } }])
    // YAML 1.1, as everywhere in a kustomization.
    expect(run(readPatch({ patch: text, target }, readersOf()), configMap('a'))).toMatchObject([
      { metadata: { annotations: { x: 'true' } } },
    ])
  })

  it('makes texts of annotations when it is a JSON patch', () => {
    const patch = readPatch(
      { patch: '[{"op": "add", "path": "/metadata/annotations", "value": {"x": 1000000}}]', target: { name: 'a' } },
      readersOf(),
    )

    expect(run(patch, configMap('a'))).toMatchObject([{ metadata: { annotations: { x: '1e+06' } } }])
  })

  it.each<[Patch, string]>([
    [{}, 'must specify one of patch and path in'],
    [{ patch: 'x', path: 'y' }, "patch and path can't be set at the same time"],
    [{ path: 'none.yaml' }, 'failed to get the patch file from path(none.yaml): open none.yaml: no such file or directory'],
    [{ patch: 'hello' }, 'unable to parse SM or JSON patch from [patch: "hello"]'],
    [{ patch: '[{op: add}]' }, 'unable to parse SM or JSON patch from [patch: "[{op: add}]"]'],
    [{ patch: 'kind: ConfigMap' }, 'unable to parse SM or JSON patch from [patch: "kind: ConfigMap"]'],
    [{ patch: '[{"op":"add"}]' }, 'must specify a target for JSON patch [patch: "[{\\"op\\":\\"add\\"}]"]'],
    [
      { patch: patchText('z', '') },
      'no resource matches strategic merge patch "ConfigMap.v1.[noGrp]/z.[noNs]": no matches for Id ConfigMap.v1.[noGrp]/z.[noNs]; failed to find unique target for patch ConfigMap.v1.[noGrp]/z.[noNs]',
    ],
    [
      { patch: `${patchText('a', '')}---\n${patchText('b', '')}`, target: { name: 'a' } },
      'Multiple Strategic-Merge Patches in one `patches` entry is not allowed to set `patches.target` field',
    ],
    [{ patch: patchText('a', ''), target: { name: '(' } }, 'error parsing regexp'],
  ])('refuses %j in the real words', (entry, message) => {
    expect(() => run(readPatch(entry, readersOf()), configMap('a'))).toThrow(message)
  })
})

describe('patchesStrategicMerge', () => {
  it('holds paths and patches', () => {
    const readers = readersOf({ 'p.yaml': patchText('a', 'data: {x: a}') })
    const patch = readStrategicMergePatches(['p.yaml', patchText('b', 'data: {x: b}')], readers)

    expect(run(patch, configMap('a'), configMap('b'))).toMatchObject([{ data: { x: 'a' } }, { data: { x: 'b' } }])
  })

  it('finds a resource by the name that it had before', () => {
    const resource = configMap('a')
    resource.rememberId()
    resource.setName('prefix-a')

    expect(run(readStrategicMergePatches([patchText('a', 'data: {x: y}')], readersOf()), resource)).toMatchObject([
      { metadata: { name: 'prefix-a' }, data: { x: 'y' } },
    ])
  })
})

describe('patchesJson6902', () => {
  it('wants a name, and is put on what it selects', () => {
    const patch = '- {op: add, path: /data, value: {x: z}}'

    expect(run(readJson6902Patch({ target: { name: 'a' }, patch }, readersOf()), configMap('a'))).toMatchObject([{ data: { x: 'z' } }])
    expect(() => readJson6902Patch({ target: { kind: 'ConfigMap' }, patch }, readersOf())).toThrow('must specify the target name')
  })

  it('does not add an annotation where there are none, unless the resource was renamed', () => {
    const entry = { target: { name: 'a' }, patch: '- {op: add, path: /metadata/annotations/x, value: z}' }
    const renamed = configMap('a')
    renamed.rememberId()
    renamed.setName('b')

    expect(() => run(readJson6902Patch(entry, readersOf()), configMap('a'))).toThrow(
      'add operation does not apply: doc is missing path: "/metadata/annotations/x": missing value',
    )
    expect(run(readJson6902Patch(entry, readersOf()), renamed)).toMatchObject([{ metadata: { name: 'b', annotations: { x: 'z' } } }])
  })
})
