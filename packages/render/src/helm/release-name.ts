import { RenderError } from '../engine/tree.ts'
import { quote } from '../go/format.ts'

/** `ValidateReleaseName`. Throws `RenderError` in the words of each version. */
export function checkReleaseName(name: string, version: '3' | '4'): void {
  const problem = problemOf(name)
  if (problem === undefined) return
  throw new RenderError(`${version === '4' ? 'release name check failed: ' : ''}release name ${quote(name)}: ${problem}`, {
    remedy: 'Set spec.source.helm.releaseName to a name of at most 53 small letters, digits, dots and hyphens.',
  })
}

function problemOf(name: string): string | undefined {
  if (name === '') return 'no name provided'
  if (name.length <= 53 && name.split('.').every((part) => /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/.test(part))) return undefined
  return String.raw`invalid release name, must match regex ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the length must not be longer than 53`
}
