import { RenderError } from './engine/tree.ts'

/**
 * The numbers of a version of Kubernetes, without what vendors add: `v1.33.1+k3s1` is `1.33.1` (Argo CD, parseKubeVersion; apimachinery
 * `util/version`, ParseGeneric). '' stays ''.
 */
export function genericVersion(version: string): string {
  if (version === '') return ''
  const numbers = /^\s*v?([0-9]+(?:\.[0-9]+)*)/.exec(version)?.[1]
  if (numbers === undefined || numbers.split('.').some((part) => part.length > 1 && part.startsWith('0'))) {
    throw new RenderError(`could not parse kubernetes version ${version}: could not parse "${version}" as version`, {
      remedy: 'Set kubeVersion to a version such as 1.33.0.',
    })
  }
  return numbers
}
