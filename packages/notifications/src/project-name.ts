import type { KubeObject } from '@plimsoll/kube'

export function projectName({ spec }: KubeObject): string {
  const { project } = (spec ?? {}) as { project?: unknown }
  return typeof project === 'string' && project !== '' ? project : 'default'
}
