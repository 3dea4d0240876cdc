import { RenderError } from '../engine/tree.ts'
import { fromBytes, type GoFunction, GoStruct, type GoValue, toBytes, typedList, type TypedList } from '../go/value.ts'
import { fixed } from '../sprig/go-function.ts'
import { writeJson } from '../yaml/index.ts'
import { defaultApiVersions } from './default-api-versions.ts'
import { normaliseVersion } from './version-range.ts'

export interface KubeVersion {
  /** `.Capabilities.KubeVersion.Version` and `GitVersion`. */
  version: string
  /** What constraints are checked against, and what it prints as: Helm 4 leaves out all suffixes. */
  normal: string
  major: string
  minor: string
}

const defaults: Readonly<Record<'3' | '4', KubeVersion>> = {
  '3': { version: 'v1.33.0', normal: 'v1.33.0', major: '1', minor: '33' },
  '4': { version: 'v1.35.0', normal: 'v1.35.0', major: '1', minor: '35' },
}

const helmVersions = {
  '3': {
    fields: [
      ['Version', 'v3.18.0'],
      ['GitCommit', 'cc58e3f5a3aa615c6a86275e6f4444b5fdd3cc4e'],
      ['GitTreeState', 'clean'],
      ['GoVersion', 'go1.24.3'],
    ],
    json: ['version', 'git_commit', 'git_tree_state', 'go_version'],
  },
  '4': {
    fields: [
      ['Version', 'v4.1.4'],
      ['GitCommit', '05fa37973dc9e42b76e1d2883494c87174b6074f'],
      ['GitTreeState', 'clean'],
      ['GoVersion', 'go1.25.9'],
      ['KubeClientVersion', 'v1.35'],
    ],
    json: ['version', 'git_commit', 'git_tree_state', 'go_version', 'kube_client_version'],
  },
} as const

/** `ParseKubeVersion`. Throws `RenderError` (`invalid kube version 'x': …`). */
export function readKubeVersion(text: string | undefined, version: '3' | '4'): KubeVersion {
  if (text === undefined || text === '') return defaults[version]
  return version === '3' ? readSemantic(text) : readGeneric(text)
}

function readSemantic(text: string): KubeVersion {
  const read = normaliseVersion(text)
  if (read === undefined) throw new RenderError(`invalid kube version '${text}': Invalid Semantic Version`)
  return { version: `v${read.text}`, normal: `v${read.text}`, major: read.major, minor: read.minor }
}

/** k8s.io/apimachinery's `ParseGeneric`: at least two numbers, the first without a zero before it; what follows is left out. */
function readGeneric(text: string): KubeVersion {
  const match = /^\s*v?([0-9]{1,19}(?:\.[0-9]{1,19})*)/.exec(text.slice(0, 256))
  const parts = match?.[1]?.split('.') ?? []
  const [major, minor] = parts
  if (major === undefined) throw new RenderError(`invalid kube version '${text}': could not parse "${text}" as version`)
  if (minor === undefined) throw new RenderError(`invalid kube version '${text}': illegal version string "${text}"`)
  if (major.length > 1 && major.startsWith('0')) {
    throw new RenderError(`invalid kube version '${text}': illegal zero-prefixed version component "${major}" in "${text}"`)
  }
  return {
    version: text.startsWith('v') ? text : `v${text}`,
    normal: `v${parts.map((part) => BigInt(part)).join('.')}`,
    major: String(BigInt(major)),
    minor: String(BigInt(minor)),
  }
}

/** `.Capabilities`. `onUse` is told when what depends on the cluster is asked for. */
export function capabilitiesObject(
  version: '3' | '4',
  kubeVersion: KubeVersion,
  extraApiVersions: readonly string[],
  onUse: () => void,
): GoStruct {
  const name = version === '3' ? 'chartutil' : 'common'
  const fields = new WatchedFields(onUse)
  fields.set('KubeVersion', kubeVersionObject(name, kubeVersion))
  fields.set('APIVersions', apiVersionSet(name, [...defaultApiVersions[version], ...extraApiVersions.map(toBytes)]))
  fields.set('HelmVersion', helmVersionObject(version))
  const capabilities = new GoStruct(`*${name}.Capabilities`, { kind: 'ptr' })
  Object.defineProperty(capabilities, 'fields', { value: fields })
  return capabilities
}

class WatchedFields extends Map<string, GoValue> {
  readonly #onUse: () => void

  constructor(onUse: () => void) {
    super()
    this.#onUse = onUse
  }

  override get(key: string): GoValue {
    if (key !== 'HelmVersion') this.#onUse()
    return super.get(key)
  }

  override [Symbol.iterator](): MapIterator<[string, GoValue]> {
    this.#onUse()
    return super[Symbol.iterator]()
  }
}

function kubeVersionObject(name: string, kubeVersion: KubeVersion): GoStruct {
  const method = (text: string): GoFunction => ({ parameters: [], call: () => text })
  const [version, normal] = [toBytes(kubeVersion.version), toBytes(kubeVersion.normal)]
  const { major, minor } = kubeVersion
  const printed = name === 'common' ? [version, normal, major, minor] : [version, major, minor]
  return new GoStruct(`${name}.KubeVersion`, {
    fields: [
      ['Version', version],
      ['Major', major],
      ['Minor', minor],
    ],
    methods: [
      ['String', method(normal)],
      ['GitVersion', method(version)],
    ],
    text: () => `{${printed.join(' ')}}`,
    pointerText: () => normal,
    json: () => `{"Version":${writeJson(version)},"Major":${writeJson(major)},"Minor":${writeJson(minor)}}`,
  })
}

function apiVersionSet(name: string, versions: readonly string[]): TypedList {
  const set = typedList('string', versions)
  const known = new Set(versions)
  set.type = `${name}.VersionSet`
  set.methods = new Map([['Has', fixed(['string'], (version) => known.has(version))]])
  return set
}

function helmVersionObject(version: '3' | '4'): GoStruct {
  const { fields, json } = helmVersions[version]
  return new GoStruct('version.BuildInfo', {
    fields,
    json: () => `{${json.map((key, index) => `"${key}":"${fromBytes(fields[index]?.[1] ?? '')}"`).join(',')}}`,
  })
}
