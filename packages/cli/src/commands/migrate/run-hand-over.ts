import { annotations, type Application } from '@plimsoll/api'
import type { Command } from 'commander'
import type { ApiClient } from '../../client/api-client.ts'
import { CommandFailure, exitCodes, usageFailure } from '../../exit-code.ts'
import {
  type ArgocdSide,
  argocdSide,
  isOurs,
  isSyncing,
  leaveToUs,
  notLeftAlone,
  takeBack,
  theirApplication,
} from '../../migrate/argocd-side.ts'
import { differencesBetween, readState, stateOf } from '../../migrate/argocd-state.ts'
import { withCluster } from '../../migrate/clusters.ts'
import { stopControllers } from '../../migrate/controllers.ts'
import { migrationHold, othersHold } from '../../migrate/hold.ts'
import { automationOf } from '../../migrate/plain-object.ts'
import { print } from '../../output/print.ts'
import { printable } from '../../output/table.ts'
import { withClient } from '../with-client.ts'
import { annotate, lookAgain, movingName, underMigration } from './under-migration.ts'
import type { HandOverOptions } from './hand-over.ts'

const stopTimeoutMs = 120_000

export async function runHandOver(command: Command, names: string[], options: HandOverOptions): Promise<void> {
  requireNames(names, options)
  await withClient(command, async (client) => {
    const applications = await underMigration(client, names)
    if (options.withoutArgocd) return each(applications, (one) => handOver(client, one, undefined, options))
    await withCluster(options, async (argocd) => {
      if (options.stopArgocd) await stopControllers(argocd, options.namespace, stopTimeoutMs)
      const side = await argocdSide(argocd, options.namespace)
      await each(applications, (one) => handOver(client, one, side, options))
    })
  })
}

export async function runHandBack(command: Command, names: string[], options: HandOverOptions): Promise<void> {
  requireNames(names, options)
  await withClient(command, async (client) => {
    const { items } = await client.get<{ items: Application[] | null }>('/api/v1/applications')
    const isHandedOver = ({ metadata }: Application): boolean => metadata.annotations?.[annotations.handedOver] !== undefined
    const applications = options.all ? (items ?? []).filter(isHandedOver) : await underMigration(client, names)
    await withCluster(options, async (argocd) => {
      const side = await argocdSide(argocd, options.namespace)
      await each(applications, (one) => handBack(client, one, side))
    })
  })
}

function requireNames(names: readonly string[], { all }: HandOverOptions): void {
  if (names.length === 0 && !all) throw usageFailure('No application is named.', 'Name some, or say --all.')
  if (names.length > 0 && all) throw usageFailure('Names and --all exclude each other.')
}

/** One that is refused keeps no other from going. */
async function each(applications: readonly Application[], work: (application: Application) => Promise<Outcome>): Promise<void> {
  let refused = 0
  for (const application of applications) {
    const { isDone, text } = await work(application)
    if (!isDone) refused++
    print(printable(`${movingName(application)}: ${text}`))
  }
  if (applications.length === 0) print('No application is being moved from Argo CD.')
  if (refused > 0)
    throw new CommandFailure(`${refused} of ${applications.length} stay where they are.`, {
      exitCode: exitCodes.notSo,
      remedy: 'The reason stands beside each. The command can be run again.',
    })
}

interface Outcome {
  isDone: boolean
  text: string
}

/** First Argo CD lets go, then Plimsoll takes it: killed in between, nobody syncs by itself, and the next run goes on. */
async function handOver(
  client: ApiClient,
  application: Application,
  side: ArgocdSide | undefined,
  { acceptDifferences, withoutArgocd }: HandOverOptions,
): Promise<Outcome> {
  const notes = application.metadata.annotations ?? {}
  if (notes[annotations.handedOver] !== undefined) return { isDone: true, text: 'it is handed over already' }
  const state = readState(notes[annotations.argocdState])
  if (!state) return { isDone: false, text: 'refused: it does not come from Argo CD (`plimsoll migrate from-argocd --apply`)' }
  const theirs = side && (await theirApplication(side, application))
  const problem = theirs && notLeftAlone(theirs, application, side)
  if (problem !== undefined) return { isDone: false, text: `refused: ${problem}` }
  if (!acceptDifferences) {
    // Of one object there is one status, and by now it is Plimsoll's.
    const said = (theirs && !isOurs(theirs, application) ? stateOf(theirs['status']) : undefined) ?? state
    const differences =
      said.sync === undefined ? ['Argo CD has said nothing of it'] : differencesBetween(said, await lookAgain(client, application))
    const [first, ...others] = differences
    if (first !== undefined) {
      const rest = others.length === 0 ? '' : ` and ${others.length} more`
      return { isDone: false, text: `refused: it looks different (${first}${rest}): see \`migrate compare\`, or --accept-differences` }
    }
  }
  const at = new Date().toISOString()
  if (side && theirs && !isOurs(theirs, application)) {
    await leaveToUs(side, theirs, at)
    const now = await theirApplication(side, application)
    if (now && isSyncing(now)) {
      await takeBack(side, now)
      return { isDone: false, text: 'refused: a sync has just begun in Argo CD: wait until it has ended' }
    }
  }
  const hold = othersHold(notes[annotations.hold])
  await annotate(client, application, {
    [annotations.argocdState]: null,
    [annotations.handedOver]: at,
    ...(hold === undefined && { [annotations.hold]: null }),
  })
  const automation = automationOf(application.spec)
  const what = hold !== undefined ? `it stays on hold: ${hold}` : automation ? 'automation is on' : 'it is synced by hand, as before'
  const gone = !theirs && !withoutArgocd ? '; Argo CD does not have it' : ''
  return { isDone: true, text: `handed over, ${what}${gone}` }
}

/** First Plimsoll lets go. */
async function handBack(client: ApiClient, application: Application, side: ArgocdSide): Promise<Outcome> {
  const theirs = await theirApplication(side, application)
  if (!theirs)
    return { isDone: false, text: 'refused: Argo CD does not have it: write it there first, with `plimsoll migrate to-argocd --apply`' }
  if (isOurs(theirs, application))
    return {
      isDone: false,
      text: 'refused: both use this object. Stop Plimsoll, then `plimsoll migrate to-argocd --in-place --start-argocd`',
    }
  const isHeld = application.metadata.annotations?.[annotations.hold] !== undefined
  if (!isHeld && automationOf(application.spec))
    await annotate(client, application, { [annotations.hold]: migrationHold('it is handed back to Argo CD', new Date()) })
  // What had begun before the hold goes on.
  if (isSyncing(await lookAgain(client, application)))
    return { isDone: false, text: 'it is on hold, and a sync is under way: wait until it has ended' }
  await annotate(client, application, { [annotations.handedOver]: null })
  await takeBack(side, theirs)
  return { isDone: true, text: 'handed back: Argo CD works on it, and automation here is on hold' }
}
