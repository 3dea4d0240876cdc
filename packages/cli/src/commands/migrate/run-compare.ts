import { annotations, type Application } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import type { Command } from 'commander'
import type { ApiClient } from '../../client/api-client.ts'
import { CommandFailure, exitCodes } from '../../exit-code.ts'
import { differencesBetween, readState, stateOf } from '../../migrate/argocd-state.ts'
import { withCluster } from '../../migrate/clusters.ts'
import { applicationsIn } from '../../migrate/take-over.ts'
import { print, printStructured, requireOutput } from '../../output/print.ts'
import { printable } from '../../output/table.ts'
import { withClient } from '../with-client.ts'
import { lookAgain, movingName, underMigration } from './under-migration.ts'
import type { CompareOptions } from './compare.ts'

interface Compared {
  application: string
  /** When Argo CD said what is compared with. */
  at: string
  differences: string[]
}

export async function runCompare(command: Command, names: string[], options: CompareOptions): Promise<void> {
  requireOutput(options.output, ['text', 'json', 'yaml'])
  const there = options.live ? await withCluster(options, (client) => applicationsIn(client, options.namespace)) : undefined
  const compared = await withClient(command, async (client) => {
    const applications = await underMigration(client, names)
    const results: Compared[] = []
    for (let begin = 0; begin < applications.length; begin += atOnce) {
      const some = applications.slice(begin, begin + atOnce)
      results.push(...(await Promise.all(some.map((application) => compare(client, application, there)))))
    }
    return results
  })
  if (!printStructured(compared, options.output)) print(comparisonText(compared))
  const different = compared.filter(({ differences }) => differences.length > 0)
  if (different.length > 0)
    throw new CommandFailure(`${different.length} of ${compared.length} look different.`, {
      exitCode: exitCodes.notSo,
      remedy: 'Automation that is handed over would act on what Plimsoll sees: `app diff NAME` and `app plan NAME` show it.',
    })
}

const shown = 20
const atOnce = 8

async function compare(client: ApiClient, application: Application, there: ReadonlyMap<string, KubeObject> | undefined): Promise<Compared> {
  const { annotations: notes = {} } = application.metadata
  const name = movingName(application)
  const live = there?.get(name)
  // Of one object there is one status, and it is Plimsoll's.
  const isOther = live !== undefined && live.metadata.uid !== application.metadata.uid
  const theirs = isOther ? stateOf(live['status']) : readState(notes[annotations.argocdState])
  if (theirs?.sync === undefined) return { application: name, at: '', differences: ['Argo CD has said nothing of it'] }
  return { application: name, at: theirs.at, differences: differencesBetween(theirs, await lookAgain(client, application)) }
}

function comparisonText(compared: readonly Compared[]): string {
  if (compared.length === 0) return 'No application is being moved from Argo CD.'
  const lines = compared.flatMap(({ application, differences }) =>
    differences.length === 0
      ? [`${application}: the same`]
      : [
          `${application}:`,
          ...differences.slice(0, shown).map((line) => `  ${line}`),
          ...(differences.length > shown ? [`  and ${differences.length - shown} more`] : []),
        ],
  )
  return lines.map(printable).join('\n')
}
