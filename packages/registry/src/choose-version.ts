import { compareVersions, highestMatch, parseVersion, PlimsollError } from '@plimsoll/api'
import type { ChartRequest } from './contract.ts'

const shownVersions = 8

/**
 * The version that a constraint names among those that there are. An exact one is taken as it is written, with or without `v`; no constraint is the
 * newest that is no pre-release (helm pkg/repo, IndexFile.Get). Throws `revision-not-found` with what was found.
 */
export function chooseVersion({ repoURL, chart, version }: ChartRequest, available: readonly string[]): string {
  const wanted = version.trim()
  const exact = available.find((one) => one === wanted) ?? available.find((one) => one.replace(/^v/, '') === wanted.replace(/^v/, ''))
  const chosen = wanted !== '' && exact !== undefined ? exact : highestMatch(wanted === '' ? '*' : wanted, available)
  if (chosen !== undefined) return chosen
  if (available.length === 0) {
    throw new PlimsollError('revision-not-found', `There is no chart '${chart}' in ${repoURL}.`, {
      remedy: 'Check the names of chart and repository.',
    })
  }
  const newest = available
    .flatMap((text) => {
      const parsed = parseVersion(text)
      return parsed ? [{ text, parsed }] : []
    })
    .toSorted((a, b) => compareVersions(b.parsed, a.parsed))
    .map(({ text }) => text)
  const found = newest.slice(0, shownVersions).join(', ') + (newest.length > shownVersions ? ', …' : '')
  throw new PlimsollError('revision-not-found', `Chart '${chart}' in ${repoURL} has no version matching '${wanted}' (found ${found}).`, {
    remedy: 'Set targetRevision to one of these.',
  })
}
