import type { Records } from '@plimsoll/records'

/** Deliveries that have had their effect, for a day: longer than any of the three tries again. */
export interface SeenDeliveries {
  /** True for whoever asks first; false from then on, also after a restart and to all who ask at the same time. */
  isFirst(delivery: string): Promise<boolean>
}

const rememberedMs = 24 * 60 * 60_000
const sweepEvery = 200

const migrations = [
  [
    'CREATE TABLE webhook_delivery (name TEXT NOT NULL PRIMARY KEY, at BIGINT NOT NULL)',
    'CREATE INDEX webhook_delivery_at ON webhook_delivery (at)',
  ],
]

export async function openSeenDeliveries(records: Pick<Records, 'room'>, clock: { now(): number }): Promise<SeenDeliveries> {
  const tables = await records.room('webhook', migrations)
  let asked = 0
  return {
    async isFirst(delivery) {
      const now = clock.now()
      if (asked++ % sweepEvery === 0) await tables.run('DELETE FROM webhook_delivery WHERE at < $1', [now - rememberedMs])
      const { changes } = await tables.run('INSERT INTO webhook_delivery (name, at) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING', [
        delivery,
        now,
      ])
      return changes === 1
    },
  }
}
