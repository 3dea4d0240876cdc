import type { Application } from '@plimsoll/api'
import type { HttpKubeClient, KubeObject } from '@plimsoll/kube'
import type { Command } from 'commander'
import { CommandFailure, exitCodes, usageFailure } from '../../exit-code.ts'
import type { ArgoObject, Installation } from '../../migrate/argo-object.ts'
import { homeAccess, homeNamespace, isSameCluster, noHome, withCluster } from '../../migrate/clusters.ts'
import { readCluster } from '../../migrate/read-cluster.ts'
import { readFiles } from '../../migrate/read-files.ts'
import { reportOn, reportText } from '../../migrate/report.ts'
import { holdInPlace } from '../../migrate/hold-in-place.ts'
import { takeOver } from '../../migrate/take-over.ts'
import { note, print, printStructured, requireOutput } from '../../output/print.ts'
import { withClient } from '../with-client.ts'
import { printResults } from './results.ts'
import type { FromOptions } from './from-argocd.ts'

export async function runFromArgocd(command: Command, files: string[], options: FromOptions): Promise<void> {
  requireOutput(options.output, ['text', 'json', 'yaml'])
  const applies = options.apply === true && options.dryRun !== true
  if (files.length > 0 && options.inPlace) throw usageFailure('--in-place is about a cluster, and files were given.')
  if (files.length > 0) {
    const installation = await readFiles(files, options.namespace)
    tell(installation, options)
    if (applies) await applyToHome(command, installation.objects, options)
    return end(installation, applies)
  }
  await withCluster(options, async (argocd) => {
    const installation = await readCluster(argocd, options.namespace)
    tell(installation, options)
    if (applies) await applyFromCluster(command, argocd, installation, options)
    end(installation, applies)
  })
}

/** Whoever reads the report by program is not to find sentences in it. */
function sayIn({ output }: FromOptions): (line: string) => void {
  return output === 'text' ? print : note
}

function tell(installation: Installation, options: FromOptions): void {
  const report = reportOn(installation, options.namespace)
  if (!printStructured(report, options.output)) print(reportText(report))
}

function end({ problems, objects }: Installation, applied: boolean): void {
  if (problems.length > 0) {
    throw new CommandFailure(`${problems.length} of what was given could not be read.`, {
      exitCode: exitCodes.notSo,
      remedy: 'Everything else was. Correct it, and run the command again.',
    })
  }
  if (!applied && objects.length > 0) note('Nothing was written. --apply writes it, with automation on hold.')
}

async function applyFromCluster(command: Command, argocd: HttpKubeClient, { objects }: Installation, options: FromOptions): Promise<void> {
  const home = options.inPlace ? undefined : await homeAccess(command)
  if (!options.inPlace && !home) throw noHome()
  const isSame = options.inPlace || (home !== undefined && (await withCluster(home, (client) => isSameCluster(client, argocd))))
  if (!isSame) return applyToHome(command, objects, options)
  if (options.namespace !== homeNamespace)
    throw new CommandFailure(`Argo CD is in namespace ${options.namespace}, and Plimsoll works on Applications in ${homeNamespace}.`, {
      remedy: `Give Plimsoll a home of its own, and run the command without --in-place: the objects are then copied to ${homeNamespace} there.`,
    })
  note('Plimsoll uses the objects of this cluster as they are: nothing has to be copied.')
  await printResults(
    holdInPlace(argocd, objects, { namespace: options.namespace, holds: options.hold !== false, stops: options.stopArgocd ?? false }),
    sayIn(options),
  )
}

async function applyToHome(command: Command, objects: readonly ArgoObject[], options: FromOptions): Promise<void> {
  const home = await homeAccess(command)
  if (!home) throw noHome()
  await withCluster(home, (client) =>
    printResults(
      takeOver(objects, {
        client,
        homeNamespace,
        namespace: options.namespace,
        inCluster: options.inCluster,
        upsert: options.upsert ?? false,
        holds: options.hold !== false,
        includeSecrets: options.includeSecrets ?? false,
        generate: (set) => generated(command, set),
        now: new Date(),
      }),
      sayIn(options),
    ),
  )
}

async function generated(command: Command, set: KubeObject): Promise<Application[]> {
  const { applications } = await withClient(command, (client) =>
    client.send<{ applications: Application[] }>('POST', '/api/v1/applicationsets/generate', { body: { applicationSet: set } }),
  )
  return applications
}
