import { createHmac, randomBytes } from 'node:crypto'
import type { RandomSource } from '../helm/contract.ts'

/**
 * The same bytes for the same application, place and call, as long as nobody rotates: HMAC-SHA-256 with the installation's secret, run in counter
 * mode. A commit changes nothing, or it would change every password and certificate.
 */
export function stableRandom(secret: Uint8Array, application: { applicationUid: string; rotation: { id: string } }): RandomSource {
  const key = createHmac('sha256', secret)
    .update(JSON.stringify([application.applicationUid, application.rotation.id]))
    .digest()
  return {
    bytes({ template, functionName, call }, count) {
      const result = Buffer.alloc(count)
      const place = JSON.stringify([template, functionName, call])
      for (let offset = 0, block = 0; offset < count; offset += 32, block++) {
        createHmac('sha256', key).update(`${block} ${place}`).digest().copy(result, offset)
      }
      return result
    },
  }
}

/** What Helm does. */
export const freshRandom: RandomSource = { bytes: (_place, count) => randomBytes(count) }
