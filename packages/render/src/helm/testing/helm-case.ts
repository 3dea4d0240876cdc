import { memorySources, type MemoryFiles } from '../../testing/memory-sources.ts'
import type { HelmOutput, HelmRequest, HelmVersion, ValuesInput } from '../contract.ts'
import { renderHelm } from '../render-helm.ts'

/** A small chart and what `helm template` prints for it; what it says after `Error: ` where it fails, and only `Error` where its words are another's. */
export interface HelmCase {
  promise: string
  files: MemoryFiles
  /** Texts of value files. */
  values?: readonly string[]
  sets?: readonly (readonly [string, string])[]
  name?: string
  namespace?: string
  kubeVersion?: string
  apiVersions?: readonly string[]
  includeCrds?: boolean
  more?: Partial<HelmRequest> & { isUpgrade?: boolean }
  /** What `more` is on the command line. */
  args?: readonly string[]
  result: string | Record<HelmVersion, string>
}

export function requestOf(each: Omit<HelmCase, 'promise' | 'result'>, version: HelmVersion): HelmRequest {
  const { isUpgrade, ...more } = each.more ?? {}
  return {
    version,
    chartPath: 'chart',
    release: { name: each.name ?? 'release-name', namespace: each.namespace ?? 'default', isUpgrade: isUpgrade ?? false },
    values: [
      ...(each.values ?? []).map((text, index): ValuesInput => ({ kind: 'file', name: `values-${index}.yaml`, text: Buffer.from(text) })),
      ...(each.sets ?? []).map(([kind, text]) => ({ kind, text }) as ValuesInput),
    ],
    capabilities: { apiVersions: each.apiVersions ?? [], ...(each.kubeVersion === undefined ? {} : { kubeVersion: each.kubeVersion }) },
    includeCrds: each.includeCrds ?? false,
    resolveDependencies: false,
    random: { bytes: (_, count) => new Uint8Array(count) },
    now: new Date(0),
    ...more,
  }
}

export function renderCase(each: Omit<HelmCase, 'promise' | 'result'>, version: HelmVersion): HelmOutput {
  const files = Object.fromEntries(Object.entries(each.files).map(([path, content]) => [`chart/${path}`, content]))
  return renderHelm(memorySources(files), requestOf(each, version))
}

/** The text of a render, or `Error: ` and what went wrong. */
export function resultOf(each: HelmCase, version: HelmVersion): string {
  try {
    return renderCase(each, version).text
  } catch (error) {
    const expected = expectedOf(each, version)
    return expected === 'Error' ? 'Error' : `Error: ${(error as Error).message.trim()}`
  }
}

export function expectedOf(each: HelmCase, version: HelmVersion): string {
  return typeof each.result === 'string' ? each.result : each.result[version]
}
