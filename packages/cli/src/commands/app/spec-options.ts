import type { ApplicationSpec } from '@plimsoll/api'
import type { Command } from 'commander'
import { usageFailure } from '../../exit-code.ts'
import { addSwitch, collect, readCount } from '../arguments.ts'
import { addSourceOptions, applySourceOptions, type SourceOptions } from './source-options.ts'
import { chosenSource } from './sources.ts'

/** Flags of `app create` and `app set` that say what the application is, as `argocd` has them. */
export interface SpecOptions extends SourceOptions {
  /** Which of several sources the flags are about, from 1. */
  sourcePosition?: number
  destServer?: string
  destName?: string
  destNamespace?: string
  project?: string
  revisionHistoryLimit?: number
  syncPolicy?: string
  syncOption?: string[]
  autoPrune?: boolean
  selfHeal?: boolean
  allowEmpty?: boolean
  syncRetryLimit?: number
  syncRetryBackoffDuration?: string
  syncRetryBackoffMaxDuration?: string
  syncRetryBackoffFactor?: number
  syncRetryRefresh?: boolean
}

export function addSpecOptions(command: Command): void {
  addSourceOptions(command)
  command
    .option('--source-position <place>', 'which of several sources is meant, from 1', readCount)
    .option('--dest-server <url>', 'cluster to deploy to, by address: https://kubernetes.default.svc is the home cluster')
    .option('--dest-name <name>', 'cluster to deploy to, by name')
    .option('--dest-namespace <namespace>', 'namespace to deploy to')
    .option('--project <name>', 'project of the application')
    .option('--revision-history-limit <count>', 'entries of the history to keep', readCount)
    .option('--sync-policy <policy>', 'manual (or none), automated (or auto, automatic)')
    .option(
      '--sync-option <option>',
      'add a sync option such as CreateNamespace=true, or remove it with a leading !; can be repeated',
      collect,
    )
    .option('--sync-retry-limit <count>', 'how often a failed sync is tried again', readCount)
    .option('--sync-retry-backoff-duration <duration>', 'first wait before a retry', '5s')
    .option('--sync-retry-backoff-max-duration <duration>', 'longest wait before a retry', '3m0s')
    .option('--sync-retry-backoff-factor <factor>', 'each wait is so many times the one before', readCount, 2)
  addSwitch(command, '--auto-prune', 'automated sync deletes what Git has dropped')
  addSwitch(command, '--self-heal', 'automated sync undoes drift')
  addSwitch(command, '--allow-empty', 'automated sync may delete everything')
  addSwitch(command, '--sync-retry-refresh', 'a retry takes the newest revision')
}

/**
 * Puts the flags that were given into a spec, and says whether there were any. The rules are those of argo-cd's `cmd/util/app.go`, SetAppSpecOptions: pruning
 * without a policy is remembered, but not switched on.
 */
export function applySpecOptions(spec: ApplicationSpec, options: SpecOptions): boolean {
  let changed = false
  const set = <T>(value: T | undefined, put: (value: T) => void): void => {
    if (value === undefined) return
    changed = true
    put(value)
  }
  const policy = (): NonNullable<ApplicationSpec['syncPolicy']> => (spec.syncPolicy ??= {})

  const { sourceName: _name, ...asked } = options
  if (applySourceOptions({ repoURL: '' }, spec.sources && spec.sources.length > 0 ? asked : options)) {
    changed = true
    applySourceOptions(chosenSource(spec, options), options)
  }
  set(options.destServer, (value) => (spec.destination.server = value))
  set(options.destName, (value) => (spec.destination.name = value))
  set(options.destNamespace, (value) => (spec.destination.namespace = value))
  set(options.project, (value) => (spec.project = value))
  set(options.revisionHistoryLimit, (value) => (spec.revisionHistoryLimit = value))
  set(options.syncPolicy, (value) => {
    if (['automated', 'automatic', 'auto'].includes(value)) policy().automated = {}
    else if (!['none', 'manual'].includes(value)) throw usageFailure(`Invalid sync-policy: ${value}`, 'Use manual or automated.')
    else if (spec.syncPolicy) delete spec.syncPolicy.automated
  })
  set(options.syncOption, (values) => {
    const kept = new Set(policy().syncOptions)
    for (const value of values) if (!value.startsWith('!')) kept.add(value)
    for (const value of values) if (value.startsWith('!')) kept.delete(value.slice(1))
    policy().syncOptions = [...kept]
  })
  set(options.syncRetryLimit, (limit) => {
    if (limit === 0) delete policy().retry
    else {
      const {
        syncRetryBackoffDuration: duration = '5s',
        syncRetryBackoffMaxDuration: maxDuration = '3m0s',
        syncRetryBackoffFactor: factor = 2,
      } = options
      policy().retry = { limit, backoff: { duration, maxDuration, factor } }
    }
  })
  set(options.syncRetryRefresh, (refresh) => (policy().retry = { ...policy().retry, refresh }))

  const automated = { prune: options.autoPrune, selfHeal: options.selfHeal, allowEmpty: options.allowEmpty }
  for (const [name, value] of Object.entries(automated)) {
    set(value, (given) => {
      policy().automated = { ...(policy().automated ?? { enabled: false }), [name]: given }
    })
  }
  if (spec.syncPolicy && Object.keys(spec.syncPolicy).length === 0) delete spec.syncPolicy
  return changed
}
