/** Flags of `helm template` of 3.18 and 4.1, and what each takes. */
type FlagKind = 'flag' | 'text' | 'list' | 'texts' | 'optional'

interface FlagRule {
  /** `list` is split at commas as CSV, `texts` is not; `optional` needs `=` for its value. */
  kind: FlagKind
  short?: string
  /** What it stands for without a value. */
  alone?: string
  /** Why it cannot be honoured here. */
  refused?: string
}

const needsCluster = 'the renderer has no cluster: nothing is validated against one, and lookup finds nothing'
const foreignProgram = 'it runs a program of its own; a config management plugin is the way to do that'

/** Those that change what is rendered, or that are refused. */
const own: Record<string, FlagRule> = {
  values: { kind: 'list', short: 'f' },
  set: { kind: 'texts' },
  'set-string': { kind: 'texts' },
  'set-json': { kind: 'texts' },
  'set-file': { kind: 'texts' },
  'set-literal': { kind: 'texts' },
  namespace: { kind: 'text', short: 'n' },
  'name-template': { kind: 'text' },
  'generate-name': { kind: 'flag', short: 'g' },
  'kube-version': { kind: 'text' },
  'api-versions': { kind: 'list', short: 'a' },
  'include-crds': { kind: 'flag' },
  'skip-crds': { kind: 'flag' },
  'skip-tests': { kind: 'flag' },
  'no-hooks': { kind: 'flag' },
  'show-only': { kind: 'texts', short: 's' },
  'is-upgrade': { kind: 'flag' },
  'skip-schema-validation': { kind: 'flag' },
  'dependency-update': { kind: 'flag' },
  version: { kind: 'text' },
  devel: { kind: 'flag' },
  repo: { kind: 'text' },
  debug: { kind: 'flag' },
  help: { kind: 'flag', short: 'h' },
  'dry-run': { kind: 'optional', alone: 'client' },
  validate: { kind: 'flag', refused: needsCluster },
  'post-renderer': { kind: 'text', refused: foreignProgram },
  'post-renderer-args': { kind: 'list', refused: foreignProgram },
  'output-dir': { kind: 'text', refused: 'the result goes to standard output' },
  'enable-dns': { kind: 'flag', refused: 'templates may not ask the network' },
  verify: { kind: 'flag', refused: 'signatures of charts are not checked here' },
  username: { kind: 'text', refused: 'credentials belong to the repository in Plimsoll' },
  password: { kind: 'text', refused: 'credentials belong to the repository in Plimsoll' },
}

/** Those that change nothing about what `helm template` prints. */
const withoutEffect: Record<string, FlagKind> = {
  atomic: 'flag',
  'ca-file': 'text',
  'cert-file': 'text',
  'create-namespace': 'flag',
  description: 'text',
  'disable-openapi-validation': 'flag',
  force: 'flag',
  'force-conflicts': 'flag',
  'force-replace': 'flag',
  'hide-notes': 'flag',
  'insecure-skip-tls-verify': 'flag',
  'key-file': 'text',
  keyring: 'text',
  labels: 'list',
  'pass-credentials': 'flag',
  'plain-http': 'flag',
  'release-name': 'flag',
  'render-subchart-notes': 'flag',
  replace: 'flag',
  'rollback-on-failure': 'flag',
  'server-side': 'flag',
  'take-ownership': 'flag',
  timeout: 'text',
  wait: 'optional',
  'wait-for-jobs': 'flag',
  'burst-limit': 'text',
  color: 'text',
  colour: 'text',
  'content-cache': 'text',
  'kube-apiserver': 'text',
  'kube-as-group': 'texts',
  'kube-as-user': 'text',
  'kube-ca-file': 'text',
  'kube-context': 'text',
  'kube-insecure-skip-tls-verify': 'flag',
  'kube-tls-server-name': 'text',
  'kube-token': 'text',
  kubeconfig: 'text',
  qps: 'text',
  'registry-config': 'text',
  'repository-cache': 'text',
  'repository-config': 'text',
}

export const flagRules: ReadonlyMap<string, FlagRule> = new Map([
  ...Object.entries(own),
  ...Object.entries(withoutEffect).map(([name, kind]): [string, FlagRule] => [name, name === 'labels' ? { kind, short: 'l' } : { kind }]),
])

export const shortFlags: ReadonlyMap<string, string> = new Map(
  Array.from(flagRules).flatMap(([name, rule]): [string, string][] => (rule.short === undefined ? [] : [[rule.short, name]])),
)
