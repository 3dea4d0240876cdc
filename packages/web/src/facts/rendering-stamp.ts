import type { Application } from '@plimsoll/api'
import { isError } from './condition.ts'
import { joinRevisions } from './sources.ts'

/** As `annotations` of `@plimsoll/api` names them; that comes with a validator whose code the policy of the page does not allow. */
const annotations = {
  renderWithBinary: 'plimsoll.dev/render-with-binary',
  randomValues: 'plimsoll.dev/random-values',
  randomRotation: 'plimsoll.dev/random-rotation',
} as const

/** Changes with what an application is rendered from and to, and not with how it does in the cluster. */
export function renderingStamp({ metadata, spec, status }: Application): string {
  const asked = [annotations.renderWithBinary, annotations.randomValues, annotations.randomRotation]
  return JSON.stringify([
    spec.source,
    spec.sources,
    spec.destination,
    joinRevisions(status?.sync),
    asked.map((name) => metadata.annotations?.[name] ?? ''),
    // A commit that cannot be rendered changes nothing else.
    (status?.conditions ?? []).filter((one) => isError(one.type)).map((one) => one.message),
  ])
}

/** When the random values of an application were made anew last, in ms. */
export function rotatedAt({ metadata }: Application): number | undefined {
  try {
    const { at } = JSON.parse(metadata.annotations?.[annotations.randomRotation] ?? '') as { at?: unknown }
    const ms = typeof at === 'string' ? Date.parse(at) : Number.NaN
    return Number.isNaN(ms) ? undefined : ms
  } catch {
    return undefined
  }
}

/** Random values are new at each render, as with Helm itself. */
export function isFreshlyRandom({ metadata }: Application): boolean {
  return metadata.annotations?.[annotations.randomValues] === 'helm'
}
