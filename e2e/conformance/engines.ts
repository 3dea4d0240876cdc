import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  directorySources,
  freshRandom,
  type HelmRequest,
  type KustomizeRequest,
  renderHelm,
  renderKustomize,
} from '@plimsoll/render/engines'
import type { RenderCase } from './cases.ts'
import { readFlags, readValues } from './flags.ts'
import { release } from './real-tool.ts'

/** What our side has answered. A message that is not of a `RenderError` is a crash, which no chart may cause. */
export type OurAnswer = { ok: true; text: string; ms: number } | { ok: false; message: string; isCrash: boolean; ms: number }

/** What is random, and what time it is; Helm's way by default. `name` is that of the release, where it is another one. */
export type Chance = Pick<HelmRequest, 'random' | 'now'> & { name?: string }

/** `sources` are for a caller that renders more than once, and has what it read. */
export function renderOurs(
  one: RenderCase,
  version: '3' | '4',
  sources = directorySources(one.root),
  chance: Chance = { random: freshRandom, now: new Date() },
): OurAnswer {
  const startedAt = performance.now()
  try {
    const { text } =
      one.tool === 'helm' ? renderHelm(sources, helmRequest(one, version, chance)) : renderKustomize(sources, kustomizeRequest(one, chance))
    return { ok: true, text, ms: performance.now() - startedAt }
  } catch (error) {
    const ms = performance.now() - startedAt
    if (!(error instanceof Error)) return { ok: false, message: String(error), isCrash: true, ms }
    const isCrash = error.name !== 'RenderError'
    return { ok: false, message: isCrash ? (error.stack ?? error.message) : error.message, isCrash, ms }
  }
}

function helmRequest(
  { root: folder, path, valuesFile, flags }: RenderCase,
  version: '3' | '4',
  { name = release.name, ...chance }: Chance,
): HelmRequest {
  const chart = join(folder, path)
  const effects = readFlags(flags)
  const own =
    valuesFile === undefined
      ? []
      : [{ kind: 'file' as const, name: valuesFile, text: new Uint8Array(readFileSync(join(chart, valuesFile))) }]
  return {
    version,
    chartPath: path,
    release: { name, namespace: effects.namespace ?? release.namespace, isUpgrade: effects.isUpgrade, revision: 1 },
    values: [...own, ...readValues(effects, chart)],
    capabilities: { ...(effects.kubeVersion !== undefined && { kubeVersion: effects.kubeVersion }), apiVersions: effects.apiVersions },
    includeCrds: effects.includeCrds,
    skipTests: effects.skipTests,
    noHooks: effects.noHooks,
    skipSchemaValidation: effects.skipSchemaValidation,
    ...(effects.showOnly.length > 0 && { showOnly: effects.showOnly }),
    resolveDependencies: false,
    ...chance,
  }
}

function kustomizeRequest({ path }: RenderCase, { random, now }: Chance): KustomizeRequest {
  return {
    path,
    enableHelm: true,
    allowRemoteBases: true,
    renderHelm,
    helmDefaults: { version: '3', capabilities: { apiVersions: [] }, random, now },
  }
}
