/**
 * What becomes of each setting of Argo CD (argo-cd 3.6, `docs/operator-manual/*.yaml`, `util/settings/settings.go`). The report and the page "Coming from
 * Argo CD" say what stands here, and `e2e/tests/docs.test.ts` holds it against the code: what counts must be read somewhere, and what is read must count.
 */

/**
 * - `same`: it counts, with the same meaning. - `different`: it counts, or the thing is there, otherwise. - `unsupported`: nothing is done with it.
 * - `needless`: it is about a part that is not there, and nothing is lost.
 */
export type Verdict = 'same' | 'different' | 'unsupported' | 'needless'

export interface KeyVerdict {
  /** Keys, with `*` for any text. */
  keys: readonly string[]
  verdict: Verdict
  text: string
  /** The literal by which the code reads it, where that is not the key itself. */
  readAs?: string
}

const noSingleSignOn = 'people sign in with accounts of Plimsoll (`account create`); there is no single sign-on in this version'
const ownParts = 'about a process, a cache or a connection between processes that Plimsoll does not have'
const consoleLooks = "the console's looks and links cannot be set"
const ownLimits = "Plimsoll's limits are its own"

const argocdCm: readonly KeyVerdict[] = [
  {
    keys: ['resource.customizations'],
    verdict: 'same',
    text: 'checks of health in Lua, actions, ignored differences, known types, with wildcards',
  },
  {
    keys: ['resource.customizations.health.*'],
    verdict: 'same',
    text: 'Lua; `cel.` before the kind and a list of rules is CEL, ours',
    readAs: "case 'health'",
  },
  { keys: ['resource.customizations.useOpenLibs.*'], verdict: 'same', text: 'as in Argo CD', readAs: "case 'useOpenLibs'" },
  { keys: ['resource.customizations.actions.*'], verdict: 'same', text: 'Lua', readAs: "case 'actions'" },
  {
    keys: ['resource.customizations.ignoreDifferences.*'],
    verdict: 'same',
    text: 'JSON pointers, jq, managers of fields',
    readAs: "'ignoreDifferences'",
  },
  { keys: ['resource.customizations.knownTypeFields.*'], verdict: 'same', text: 'as in Argo CD', readAs: "'knownTypeFields'" },
  { keys: ['resource.compareoptions'], verdict: 'same', text: '`ignoreResourceStatusField`; the other options are always on' },
  { keys: ['resource.sensitive.mask.annotations'], verdict: 'same', text: 'values of these annotations are shown to nobody' },
  {
    keys: ['resource.customizations.ignoreResourceUpdates.*', 'resource.ignoreResourceUpdatesEnabled'],
    verdict: 'needless',
    text: 'a change that makes no difference costs nothing worth a setting',
  },
  {
    keys: ['application.resourceTrackingMethod', 'application.instanceLabelKey'],
    verdict: 'different',
    text: 'objects are known by the annotation `argocd.argoproj.io/tracking-id` alone; the label is neither read nor written',
  },
  { keys: ['installationID'], verdict: 'unsupported', text: 'two installations that deploy to one namespace are not told apart by it' },
  {
    keys: ['timeout.reconciliation', 'timeout.reconciliation.jitter'],
    verdict: 'different',
    text: 'how often Git is asked is fixed; webhooks and pushes are heard at once',
  },
  {
    keys: ['resource.exclusions', 'resource.inclusions'],
    verdict: 'unsupported',
    text: 'only Events, Leases and reviews of access are left out',
  },
  { keys: ['url', 'additionalUrls'], verdict: 'needless', text: 'the address is the one by which the server is reached' },
  {
    keys: ['kustomize.buildOptions', 'kustomize.buildOptions.*'],
    verdict: 'unsupported',
    text: '`--enable-helm` is on; other options are not read',
  },
  {
    keys: ['kustomize.version.*', 'kustomize.path.*'],
    verdict: 'unsupported',
    text: 'kustomizations are rendered in process, by one version',
  },
  { keys: ['kustomize.enable', 'helm.enable', 'jsonnet.enable'], verdict: 'unsupported', text: 'no kind of source can be turned off' },
  { keys: ['helm.valuesFileSchemes'], verdict: 'unsupported', text: 'value files come from repositories' },
  { keys: ['accounts.*', 'admin.enabled', 'passwordPattern'], verdict: 'unsupported', text: 'accounts are made with `account create`' },
  {
    keys: ['dex.config', 'dex.auth.connectorId', 'oidc.config', 'oidc.tls.insecure.skip.verify'],
    verdict: 'unsupported',
    text: noSingleSignOn,
  },
  { keys: ['users.anonymous.enabled'], verdict: 'unsupported', text: 'nobody is let in without signing in' },
  { keys: ['users.session.duration'], verdict: 'unsupported', text: 'how long a session lasts is fixed' },
  { keys: ['globalProjects'], verdict: 'same', text: 'projects that others inherit from', readAs: 'globalProjects' },
  { keys: ['cluster.inClusterEnabled'], verdict: 'unsupported', text: 'the home cluster is always a destination' },
  { keys: ['resource.respectRBAC'], verdict: 'needless', text: 'kinds that may not be listed are left out and named' },
  {
    keys: ['application.sync.impersonation.enabled', 'application.sync.impersonation.enforced'],
    verdict: 'same',
    text: 'a sync has the rights of the service account that its project names',
  },
  {
    keys: ['application.sync.requireOverridePrivilegeForRevisionSync', 'server.rbac.*'],
    verdict: 'unsupported',
    text: 'what the roles may is fixed: see People',
  },
  { keys: ['exec.enabled', 'exec.shells'], verdict: 'unsupported', text: 'there are no terminals in the console' },
  { keys: ['statusbadge.enabled', 'statusbadge.url'], verdict: 'unsupported', text: 'there are no badges' },
  {
    keys: ['application.links', 'project.links', 'resource.links'],
    verdict: 'unsupported',
    text: 'links come from annotations `link.argocd.argoproj.io/…`',
  },
  {
    keys: ['resource.customLabels', 'resource.includeEventLabelKeys', 'resource.excludeEventLabelKeys', 'application.allowedNodeLabels'],
    verdict: 'unsupported',
    text: 'no further labels are shown, or put on events',
  },
  {
    keys: ['webhook.maxPayloadSizeMB', 'webhook.refresh.jitter', 'webhook.refresh.jitter.threshold'],
    verdict: 'needless',
    text: ownLimits,
  },
  { keys: ['server.maxPodLogsToRender'], verdict: 'needless', text: ownLimits },
  {
    keys: ['sourceHydrator.*', 'commit.author.name', 'commit.author.email'],
    verdict: 'unsupported',
    text: 'there is no source hydrator; deliveries commit in the name of who decided',
  },
  { keys: ['extension.config'], verdict: 'unsupported', text: 'there are no extensions' },
  { keys: ['ui.*', 'help.*', 'ga.*'], verdict: 'needless', text: consoleLooks },
]

const commandParameters: readonly KeyVerdict[] = [
  { keys: ['controller.diff.server.side'], verdict: 'same', text: 'compare by the API server' },
  {
    keys: ['ignore.normalizer.jq.timeout', 'controller.ignore.normalizer.jq.timeout'],
    verdict: 'same',
    text: 'for an expression of jq; 60 s at most',
  },
  {
    keys: ['application.namespaces'],
    verdict: 'same',
    text: 'where Applications count besides the control plane; a change counts at once',
  },
  { keys: ['applicationsetcontroller.namespaces'], verdict: 'unsupported', text: "sets count in the control plane's namespace only" },
  {
    keys: ['applicationsetcontroller.allowed.scm.providers', 'applicationsetcontroller.enable.scm.providers'],
    verdict: 'different',
    text: 'flags of the server: `--allowed-scm-providers`, `--no-scm-providers`',
  },
  {
    keys: ['applicationsetcontroller.policy', 'applicationsetcontroller.enable.policy.override', 'applicationsetcontroller.dryrun'],
    verdict: 'unsupported',
    text: "each set's own `applicationsSync` counts",
  },
  { keys: ['applicationsetcontroller.enable.progressive.syncs'], verdict: 'different', text: '`RollingSync` is always on' },
  {
    keys: ['applicationsetcontroller.global.preserved.annotations', 'applicationsetcontroller.global.preserved.labels'],
    verdict: 'unsupported',
    text: "write them to each set's `preservedFields`",
  },
  {
    keys: [
      'applicationsetcontroller.enable.tokenref.strict.mode',
      'applicationsetcontroller.enable.new.git.file.globbing',
      'applicationsetcontroller.scm.root.ca.path',
      'applicationsetcontroller.enable.git.submodule',
    ],
    verdict: 'unsupported',
    text: 'see Application sets for what is read instead',
  },
  {
    keys: ['controller.self.heal.timeout.seconds', 'controller.self.heal.backoff.*'],
    verdict: 'different',
    text: 'a burst of 50 repairs is answered at once, then one every 3 s',
  },
  { keys: ['controller.sync.timeout.seconds'], verdict: 'unsupported', text: 'a sync ends when it is through, or terminated' },
  { keys: ['controller.sync.wave.delay.seconds'], verdict: 'unsupported', text: 'a wave waits for health, not for a time' },
  { keys: ['controller.resource.health.persist'], verdict: 'different', text: 'the health of each object is always in the status' },
  { keys: ['controller.repo.error.grace.period.seconds'], verdict: 'different', text: 'the last good state keeps running, however long' },
  { keys: ['controller.metrics.*'], verdict: 'unsupported', text: 'labels of metrics cannot be set' },
  { keys: ['server.sync.replace.allowed'], verdict: 'unsupported', text: 'who may sync may replace' },
  {
    keys: ['server.disable.auth', 'server.insecure'],
    verdict: 'unsupported',
    text: 'nobody is let in without signing in; the server listens on loopback',
  },
  { keys: ['server.basehref', 'server.rootpath'], verdict: 'unsupported', text: 'the console is served at the root' },
  {
    keys: ['reposerver.enable.git.submodule', 'reposerver.include.hidden.directories', 'reposerver.allow.oob.symlinks'],
    verdict: 'unsupported',
    text: 'see Rendering for what a source may read',
  },
  { keys: ['hydrator.enabled'], verdict: 'unsupported', text: 'there is no source hydrator' },
  {
    keys: ['notificationscontroller.selfservice.enabled'],
    verdict: 'unsupported',
    text: "notifications are configured in the control plane's namespace",
  },
  {
    keys: [
      'repo.server',
      'commit.server',
      'redis.*',
      'otlp.*',
      'log.format.timestamp',
      'controller.*',
      'server.*',
      'reposerver.*',
      'commitserver.*',
      'dexserver.*',
      'applicationsetcontroller.*',
      'notificationscontroller.*',
    ],
    verdict: 'needless',
    text: ownParts,
  },
]

const rbac: readonly KeyVerdict[] = [
  {
    keys: ['policy.csv', 'policy.*.csv', 'policy.default', 'policy.matchMode', 'scopes'],
    verdict: 'same',
    text: 'who may what, with the roles of projects; accounts have a role of their own beside it: see Who may do what',
    readAs: "'policy.csv'",
  },
]

const notifications: readonly KeyVerdict[] = [
  {
    keys: ['service.slack', 'service.webhook', 'service.email', 'service.github'].flatMap((key) => [key, `${key}.*`]),
    verdict: 'same',
    text: 'ways of sending, with their settings',
    readAs: "kind === 'service'",
  },
  { keys: ['service.*'], verdict: 'unsupported', text: 'this way of sending is not here' },
  { keys: ['template.*'], verdict: 'same', text: 'Go templates with sprig', readAs: "kind === 'template'" },
  { keys: ['trigger.*'], verdict: 'same', text: 'conditions of expr-lang', readAs: "kind === 'trigger'" },
  { keys: ['defaultTriggers', 'defaultTriggers.*'], verdict: 'same', text: 'as in Argo CD', readAs: "'defaultTriggers'" },
  { keys: ['subscriptions', 'context'], verdict: 'same', text: 'as in Argo CD' },
]

const anyKey = (text: string, readAs: string): readonly KeyVerdict[] => [{ keys: ['*'], verdict: 'same', text, readAs }]

/** By the name of the ConfigMap. */
export const settingsMaps: ReadonlyMap<string, readonly KeyVerdict[]> = new Map([
  ['argocd-cm', argocdCm],
  ['argocd-cmd-params-cm', commandParameters],
  ['argocd-rbac-cm', rbac],
  ['argocd-notifications-cm', notifications],
  ['argocd-ssh-known-hosts-cm', anyKey('host keys of SSH, under `ssh_known_hosts`', "'argocd-ssh-known-hosts-cm'")],
  ['argocd-tls-certs-cm', anyKey('certificates, by the name of their host', "'argocd-tls-certs-cm'")],
  ['argocd-gpg-keys-cm', anyKey('public keys of GPG', "'argocd-gpg-keys-cm'")],
])

/** What becomes of a key; undefined for one that Argo CD does not have either. */
export function verdictOfKey(map: string, key: string): KeyVerdict | undefined {
  return settingsMaps.get(map)?.find(({ keys }) => keys.some((pattern) => matches(pattern, key)))
}

function matches(pattern: string, key: string): boolean {
  const star = pattern.indexOf('*')
  if (star < 0) return pattern === key
  return key.length >= pattern.length - 1 && key.startsWith(pattern.slice(0, star)) && key.endsWith(pattern.slice(star + 1))
}
