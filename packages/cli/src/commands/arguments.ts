import { type Command, InvalidArgumentError } from 'commander'
import { usageFailure } from '../exit-code.ts'

/** Of `--container-engine`, wherever workflows run. */
export const containerEngineHelp =
  'for containers, services and actions with images of workflows: docker, podman or a path; none (default: the first of docker and podman that answers)'

/** Flags that are on or off. Go's flags take `--flag=false`; scripts that were written for `argocd` have it. */
const switches = new Set(
  (
    'upsert validate auto-prune self-heal allow-empty directory-recurse set-finalizer cascade yes wait sync health operation suspended degraded ' +
    'delete async prune dry-run force replace server-side follow apply-out-of-sync-only refresh hard-refresh hard show-operation previous match-case ' +
    'directory-disable-extension-filter ignore-missing-value-files helm-pass-credentials helm-skip-crds helm-skip-tests helm-skip-schema-validation ' +
    'kustomize-label-without-selector kustomize-label-include-templates kustomize-force-common-label kustomize-force-common-annotation ' +
    'ignore-missing-components with-binary diff ' +
    'orphaned all exit-code plaintext insecure grpc-web sso client short assumeYes sync-retry-refresh skip-test-tls show-params ' +
    'retry-refresh preview-changes manual-sync sync-overrun use-and-operator ' +
    'enable-oci enable-lfs insecure-oci-force-http insecure-ignore-host-key insecure-skip-server-verification force-http-basic-auth batch ' +
    'cluster-resources in-cluster disable-compression ' +
    'orphaned-resources orphaned-resources-warn token-only unixtime quiet ' +
    'apply hold include-secrets in-place stop-argocd start-argocd live accept-differences without-argocd'
  ).split(' '),
)

/** `--cascade=false` and `--cascade false`'s Go form become what commander reads: `--no-cascade`. Nothing after `--` is touched. */
export function fromGoFlags(args: readonly string[]): string[] {
  const end = args.indexOf('--')
  return args.map((argument, index) => {
    const match = /^--([A-Za-z-]+)=(true|false|1|0|t|f)$/i.exec(argument)
    if (match === null || (end >= 0 && index > end) || !switches.has(match[1] ?? '')) return argument
    return /^(true|1|t)$/i.test(match[2] ?? '') ? `--${match[1]}` : `--no-${match[1]}`
  })
}

/** Adds a switch that can also be turned off: `--prune`, `--no-prune`. Undefined where neither is given. */
export function addSwitch(command: Command, flags: string, description: string, fallback?: boolean): Command {
  const long = /--([A-Za-z-]+)/.exec(flags)?.[1] ?? ''
  command.option(flags, description, fallback)
  command.addOption(command.createOption(`--no-${long}`).hideHelp())
  return command
}

/** For options that can be given again and again. */
export function collect(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value]
}

export function readSeconds(text: string): number {
  const seconds = Number(text)
  if (!Number.isFinite(seconds) || seconds < 0 || !/^\d+(\.\d+)?$/.test(text)) throw new InvalidArgumentError('It is a number of seconds.')
  return seconds
}

export function readCount(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It is a whole number.')
  return Number(text)
}

/** A number of times, or -1 for no end. */
export function readLimit(text: string): number {
  return text === '-1' ? -1 : readCount(text)
}

/** Numbers that can be given again and again, or with commas between them. */
export function collectCounts(text: string, before: number[] | undefined): number[] {
  return [...(before ?? []), ...text.split(',').map(readCount)]
}

/** `key=value` pairs. */
export function readPairs(pairs: readonly string[] | undefined, flag: string): Record<string, string> {
  const record: Record<string, string> = Object.create(null) as Record<string, string>
  for (const pair of pairs ?? []) {
    const equals = pair.indexOf('=')
    if (equals < 1) throw usageFailure(`--${flag} '${pair}' is not of the form KEY=VALUE.`)
    record[pair.slice(0, equals)] = pair.slice(equals + 1)
  }
  return record
}

/** Names one application on the command line: `demo`, or `team-a/demo`. */
export interface ApplicationArgument {
  name: string
  appNamespace: string | undefined
}

export function readApplicationName(text: string, appNamespace?: string): ApplicationArgument {
  const slash = text.indexOf('/')
  const name = slash < 0 ? text : text.slice(slash + 1)
  if (name === '' || name.includes('/')) throw usageFailure(`'${text}' is not the name of an application.`, 'Use NAME or NAMESPACE/NAME.')
  return { name, appNamespace: slash < 0 ? appNamespace : text.slice(0, slash) }
}

/** As it was called on the command line. */
export function calledName({ name, appNamespace }: ApplicationArgument): string {
  return appNamespace ? `${appNamespace}/${name}` : name
}

export function applicationPath({ name }: ApplicationArgument, below = ''): string {
  return `/api/v1/applications/${encodeURIComponent(name)}${below}`
}
