import { randomUUID } from 'node:crypto'
import type { DeliveriesContext } from '../contract.ts'
import type { Picture, StagePicture } from '../picture.ts'
import type { DeliveryRecords } from '../records/delivery-records.ts'
import { stepsOf } from '../verification/verify-placement.ts'
import { environmentOf } from './environment.ts'
import { planFiles } from './version-values.ts'

/**
 * A stage that no release has come into yet, and whose folder says already what the release of the stage before says: from before there was a
 * delivery. That is put on record, and nothing else is done: there is nothing to write, and so nothing to approve. True when it was.
 */
export async function recordFound(
  context: DeliveriesContext & { store: DeliveryRecords },
  { name, stages, releases, now }: Picture,
  at: StagePicture,
): Promise<boolean> {
  const { application, promotion, fields, placements, stage, index } = at
  const before = stages[index - 1]?.current
  const release = before && releases.find((one) => one.name === before.release)
  if (release === undefined || application === undefined || placements.length > 0) return false
  if (promotion.by !== 'path' || fields.length === 0) return false
  const { repoURL, ref, path, tip } = await environmentOf(application, 'path', context.git)
  if (tip === undefined) return false
  const differing = await planFiles(context.repositories, { repoURL, commit: tip, path }, fields, release.values)
  if (differing.size > 0) return false
  return context.store.addPlacement({
    id: randomUUID(),
    delivery: name,
    stage: stage.name,
    application: stage.application,
    release: release.name,
    kind: 'found',
    by: 'git',
    approvedBy: [],
    repoURL: context.repositories.normalize(repoURL),
    ref,
    commit: tip,
    phase: 'Verifying',
    text: 'Git said so before there was a delivery.',
    startedAt: now,
    since: now,
    placedAt: now,
    steps: stepsOf(stage),
  })
}
