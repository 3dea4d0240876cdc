import type { Applications, ApplicationSets, ClusterRegistry, CredentialCommand, Log, TargetCluster } from '@plimsoll/applications'
import type { Deliveries } from '@plimsoll/delivery'
import type { Forges } from '@plimsoll/forge'
import type { Models } from '@plimsoll/models'
import type { Notifications } from '@plimsoll/notifications'
import type { CiEvents } from './ci-events.ts'
import type { CiOptions, WorkflowRuns } from './ci-runs.ts'
import type { CiSettings } from './ci-settings.ts'
import type { Credentials } from './credentials/index.ts'
import type { GateRuns } from './gate-runs.ts'
import type { DemoActions } from './routes/demo.ts'
import type { PullPlans } from './pull-plans.ts'
import type { RemoteForges } from './remote-forges.ts'
import type { GitHost, Repositories } from '@plimsoll/git'
import type { Records } from '@plimsoll/records'
import type { ConfigManagementPlugin } from '@plimsoll/render'

export interface ServerOptions {
  /** Everything that this installation keeps. Made when it is missing. */
  dataDir: string
  /** 0: a free one, chosen once and kept in the records, because repository addresses carry it. */
  port: number
  /** Default `127.0.0.1`. */
  host?: string
  /** Home cluster and first target. Absent: as kubectl finds it. */
  kubeconfig?: string
  context?: string
  /** Where Services and Ingresses of the embedded cluster are reached, for links in the console. */
  gatewayUrl?: string
  demo: boolean
  demoActions?: DemoActions
  log: Log
  /** Directory of the built console. Absent: no console. */
  webRoot?: string
  /** What the home cluster is, in words, for the console: `embedded`, `kubeconfig`. */
  clusterInfo?: { kind: 'embedded' | 'kubeconfig'; description?: string }
  /** Further values of the Host header that are ours, with port: `plimsoll.example.com`. */
  allowedHosts?: string[]
  /** Host names, addresses and CIDR ranges of this machine's network that repositories may be fetched from. Default none. */
  allowedGitHosts?: readonly string[]
  /** Addresses of forges that ApplicationSets may ask (Argo CD's `--allowed-scm-providers`). None given: any public one. */
  allowedScmProviders?: readonly string[]
  /** False: no ApplicationSet asks forges elsewhere. Default true. */
  enableScmProviders?: boolean
  /** Bases of kustomizations in other repositories may be read. Default true. */
  allowRemoteBases?: boolean
  /** Foreign programs that renders may start, by name (`helm3`, `helm4`, `kubectl`, `kustomize`, `jsonnet`): a path, or a command on the PATH. Default: a `jsonnet` on the PATH. */
  programs?: Readonly<Record<string, string>>
  /** Programs that clusters may name for their credentials (`execProviderConfig.command`), by that name: a path, or a command on the PATH. Default none. */
  clusterCommands?: Readonly<Record<string, string>>
  /** Variables that clusters may set for these, besides those that are harmless. */
  clusterCommandVariables?: readonly string[]
  /** Config management plugins that applications may use. Default none. */
  plugins?: readonly ConfigManagementPlugin[]
  /** The address that others reach us at, when it is not `http://HOST:PORT`. */
  externalUrl?: string
  /** Default `DATADIR/token`. */
  tokenFile?: string
  /** Where Applications live. Default `argocd`. */
  namespace?: string
  /**
   * Where else they may live (Argo CD's `--application-namespaces`): names, globs, and regular expressions in slashes. Absent: as
   * `application.namespaces` of ConfigMap argocd-cmd-params-cm says.
   */
  applicationNamespaces?: readonly string[]
  /** Applications reconciled at the same time: most of that time they wait for Git and the cluster. Default 32. */
  concurrency?: number
  /** How long `startServer` waits for the cluster before it resolves all the same, and goes on trying. Default 20 s. */
  readyTimeoutMs?: number
  /** How workflows are run. */
  ci?: CiOptions
}

/** What the routes work with. */
export interface Parts {
  applications: Applications
  applicationSets: ApplicationSets
  notifications: Notifications
  repositories: Repositories & GitHost
  /** Pull requests of the repositories that live here, by name, and of those that are connected, by address. */
  forge: Forges
  remoteForges: RemoteForges
  /** What lets us into repositories and registries. */
  credentials: Credentials
  models: Models
  pullPlans: PullPlans
  gates: GateRuns
  deliveries: Deliveries
  /** Runs of workflows, what starts them, and what they are given. */
  runs: WorkflowRuns
  ciEvents: CiEvents
  ciSettings: CiSettings
  records: Records
  home: TargetCluster
  clusters: ClusterRegistry
  clusterCommand?: CredentialCommand
  log: Log
  namespace: string
  /** Undefined once everything is read; until then why an answer would claim more than is known. */
  notReady(): string | undefined
}
