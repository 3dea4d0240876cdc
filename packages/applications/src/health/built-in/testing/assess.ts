import type { HealthStatus } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { load } from 'js-yaml'
import { healthOf } from '../../health.ts'

/** The health of an object of a kind (`GROUP/VERSION KIND`) with these fields, as `STATUS: MESSAGE`. */
export function assess(kind: string, fields: string): string {
  const [apiVersion = '', name = ''] = kind.split(' ')
  const { metadata, ...rest } = load(fields) as { metadata?: object }
  const object = { apiVersion, kind: name, metadata: { name: 'a', namespace: 'b', generation: 2, ...metadata }, ...rest } as KubeObject
  const { status, message } = healthOf(object) ?? ({} as HealthStatus)
  return message === undefined ? (status ?? 'none') : `${status}: ${message}`
}
