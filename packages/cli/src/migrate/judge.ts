import { type Application, ApplicationSetSpec, ApplicationSpec, AppProjectSpec, unknownFields } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { type ArgoObject, isMap, secretType, textsOf } from './argo-object.ts'
import { namesOfCluster, reachesOther, secretText } from './destinations.ts'
import { type Verdict, verdictOfKey } from './settings-keys.ts'

/** What happens otherwise, or not at all, with one thing that an object says. What no finding is about is taken as it is. */
export interface Finding {
  field: string
  verdict: Exclude<Verdict, 'same'>
  text: string
}

/** What else is known while one object is looked at. */
export interface Surroundings {
  /** The namespace of the control plane. */
  namespace: string
  projects: ReadonlySet<string>
  /** Clusters that Secrets of the installation describe: addresses and names. */
  clusters: ReadonlySet<string>
}

/** Fields of Argo CD's specs that nothing here reads, with what to do instead. List elements are `[]`. */
export const unread: Readonly<Record<string, string>> = {
  'spec.sourceHydrator': 'there is no source hydrator: write what it syncs from to spec.source',
  'spec.source.tagPrefix': 'a range is looked up among all tags',
  'spec.sources[].tagPrefix': 'a range is looked up among all tags',
  'spec.sourceIntegrity': 'its applications are neither compared nor synced: name the keys in spec.signatureKeys',
}

/** Fields that are read by nobody although their schema names them, or that mean something else here. */
const otherwise: readonly { field: RegExp; verdict: Finding['verdict']; text: string }[] = [
  { field: /\.kustomize\.version$/, verdict: 'different', text: 'kustomizations are rendered in process, by one version' },
  { field: /\.helm\.passCredentials$/, verdict: 'unsupported', text: 'credentials never follow to another host' },
  { field: /\.plugin$/, verdict: 'different', text: 'the plugin runs beside the server: start it with `--plugins DIR`' },
]

const syncOptions = new Set(
  (
    'Validate SkipDryRunOnMissingResource Prune PruneLast PrunePropagationPolicy Delete Replace Force ServerSideApply ClientSideApplyMigration ' +
    'ApplyOutOfSyncOnly FailOnSharedResource CreateNamespace RespectIgnoreDifferences'
  ).split(' '),
)

const annotationRules: readonly { name: RegExp; verdict: Finding['verdict']; text: string }[] = [
  {
    name: /^argocd\.argoproj\.io\/skip-reconcile$/,
    verdict: 'different',
    text: 'not read: once it is handed over, Plimsoll works on it. Take automation off where that is not meant',
  },
  {
    name: /^argocd\.argoproj\.io\/manifest-generate-paths$/,
    verdict: 'needless',
    text: 'which files an application is made of is known without it',
  },
  { name: /^argocd\.argoproj\.io\/hydrate$/, verdict: 'unsupported', text: 'there is no source hydrator' },
  {
    name: /^argocd-image-updater\.argoproj\.io\//,
    verdict: 'different',
    text: "it is another program's; deliveries have image policies, and `image set` writes a version",
  },
]

const secretTexts: Readonly<Record<string, string>> = {
  'repo-write-creds': 'not read: what may write stands in the Secret of the repository',
  'repository-write': 'not read: what may write stands in the Secret of the repository',
}

/** Keys of Secrets of repositories and credential templates. */
const credentialKeys: Readonly<Record<string, { verdict: Finding['verdict']; text: string }>> = {
  gcpServiceAccountKey: { verdict: 'unsupported', text: 'use a token or a key' },
  azureServicePrincipalClientSecret: { verdict: 'unsupported', text: 'use a token or a key' },
  useAzureWorkloadIdentity: { verdict: 'unsupported', text: 'use a token or a key' },
  enableLfs: { verdict: 'unsupported', text: 'a pointer stays a pointer' },
  forceHttpBasicAuth: { verdict: 'needless', text: 'user name and password are always sent at once' },
}

export function judge({ object, part }: ArgoObject, around: Surroundings): Finding[] {
  if (part === 'application') return judgeApplication(object, around)
  if (part === 'project') return unreadFields(AppProjectSpec, object)
  if (part === 'set') return [...outside(object, around), ...unreadFields(ApplicationSetSpec, object)]
  if (part === 'settings') return judgeSettings(object)
  if (part === 'secret') return judgeSecret(object)
  return []
}

function judgeApplication(object: KubeObject, around: Surroundings): Finding[] {
  const { metadata } = object
  const spec = isMap(object['spec']) ? object['spec'] : {}
  const parsed = ApplicationSpec.safeParse(object['spec'])
  const findings: Finding[] = [...elsewhere(object, around), ...unreadFields(ApplicationSpec, object)]
  const [issue] = parsed.error?.issues ?? []
  if (issue) {
    const path = issue.path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('')
    findings.push({ field: `spec${path}`, verdict: 'unsupported', text: `it is refused: ${issue.message}` })
  }
  for (const field of leaves(spec, 'spec')) {
    const rule = otherwise.find((one) => one.field.test(field))
    if (rule) findings.push({ field, verdict: rule.verdict, text: rule.text })
  }
  for (const { field, value } of helmVersions(parsed.data)) {
    if (!['', '3', '4', 'v3', 'v4'].includes(value))
      findings.push({ field, verdict: 'unsupported', text: `${value.slice(0, 20)} is refused: there are v3 and v4` })
  }
  const policy = isMap(spec['syncPolicy']) ? spec['syncPolicy'] : {}
  for (const option of Array.isArray(policy['syncOptions']) ? (policy['syncOptions'] as unknown[]).map(String) : []) {
    if (!syncOptions.has(option.split('=', 1)[0] ?? ''))
      findings.push({ field: `spec.syncPolicy.syncOptions ${option}`, verdict: 'unsupported', text: 'kept, without effect' })
  }
  for (const name of Object.keys(textsOf(metadata.annotations))) {
    const rule = annotationRules.find((one) => one.name.test(name))
    if (rule) findings.push({ field: `annotation ${name}`, verdict: rule.verdict, text: rule.text })
  }
  const project = typeof spec['project'] === 'string' && spec['project'] !== '' ? spec['project'] : 'default'
  if (!around.projects.has(project) && project !== 'default')
    findings.push({ field: 'spec.project', verdict: 'unsupported', text: `there is no project ${project} in what was read` })
  if (reachesOther(spec, around.clusters))
    findings.push({
      field: 'spec.destination',
      verdict: 'unsupported',
      text: 'no Secret of what was read describes this cluster: make it known to Plimsoll with `cluster add`',
    })
  if (object['operation'] !== undefined || (object as { status?: Application['status'] }).status?.operationState?.phase === 'Running')
    findings.push({ field: 'operation', verdict: 'different', text: 'a sync is under way: it ends under Argo CD, and is not taken along' })
  return findings
}

function helmVersions(spec: ApplicationSpec | undefined): { field: string; value: string }[] {
  const sources = spec?.sources?.map((source, index) => ({ source, path: `spec.sources[${index}]` })) ?? []
  if (spec?.source) sources.push({ source: spec.source, path: 'spec.source' })
  return sources.map(({ source, path }) => ({ field: `${path}.helm.version`, value: source.helm?.version ?? '' }))
}

function elsewhere({ metadata }: KubeObject, { namespace }: Surroundings): Finding[] {
  if (metadata.namespace === undefined || metadata.namespace === namespace) return []
  return [
    {
      field: 'metadata.namespace',
      verdict: 'different',
      text: 'to another home it is copied into the same namespace, which must be there',
    },
  ]
}

function outside({ metadata }: KubeObject, { namespace }: Surroundings): Finding[] {
  if (metadata.namespace === undefined || metadata.namespace === namespace) return []
  return [{ field: 'metadata.namespace', verdict: 'unsupported', text: `sets count in namespace ${namespace} only: it is left alone here` }]
}

function unreadFields(schema: Parameters<typeof unknownFields>[0], object: KubeObject): Finding[] {
  return unknownFields(schema, object['spec'], 'spec').map((field) => {
    const text = unread[field.replaceAll(/\[\d+\]/g, '[]')]
    return { field, verdict: 'unsupported', text: text ?? 'not known here: kept, without effect' }
  })
}

function judgeSettings({ metadata, ...object }: KubeObject): Finding[] {
  return Object.keys(textsOf(object['data'])).flatMap((key): Finding[] => {
    const found = verdictOfKey(metadata.name, key)
    if (!found) return [{ field: key, verdict: 'unsupported', text: 'not a setting of Argo CD 3.6: not read' }]
    return found.verdict === 'same' ? [] : [{ field: key, verdict: found.verdict, text: found.text }]
  })
}

/** Which of their keys are Argo CD's own identity: another server must not have them. */
const identityKeys =
  /^(server\.secretkey|admin\.password(Mtime)?|admin\.tokens|tls\.(crt|key)|accounts\..*\.(password|passwordMtime|tokens))$/
const webhookKeys = /^webhook\.(github|gitlab)\.secret$/

function judgeSecret(object: KubeObject): Finding[] {
  const type = secretType(object.metadata)
  const keys = Object.keys({ ...textsOf(object['data']), ...textsOf(object['stringData']) })
  if (type !== undefined) {
    const text = Object.hasOwn(secretTexts, type) ? secretTexts[type] : undefined
    if (type === 'cluster') return judgeCluster(object)
    if (type === 'repository' || type === 'repo-creds')
      return keys.flatMap((key) =>
        Object.hasOwn(credentialKeys, key) && credentialKeys[key] ? [{ field: key, ...credentialKeys[key] }] : [],
      )
    return text === undefined ? [] : [{ field: type, verdict: 'unsupported', text }]
  }
  if (object.metadata.name === 'argocd-notifications-secret') return []
  return keys.flatMap((key): Finding[] => {
    if (identityKeys.test(key)) return [{ field: key, verdict: 'needless', text: "it is that installation's own, and stays there" }]
    if (webhookKeys.test(key))
      return [{ field: key, verdict: 'different', text: 'set it with `admin webhook-secret PROVIDER --secret-stdin`' }]
    if (key.startsWith('webhook.')) return [{ field: key, verdict: 'unsupported', text: 'webhooks of this provider are not heard' }]
    return [{ field: key, verdict: 'different', text: 'read where a generator `plugin` names it, and nowhere else' }]
  })
}

/** By the names of the fields alone: what they say is a credential. */
function judgeCluster(secret: KubeObject): Finding[] {
  let config: unknown
  try {
    config = JSON.parse(secretText(secret, 'config') || '{}')
  } catch {
    return [{ field: 'config', verdict: 'unsupported', text: 'it is no JSON: such a cluster does not answer' }]
  }
  if (!isMap(config)) return []
  return [
    ...(isMap(config['awsAuthConfig'])
      ? [{ field: 'config.awsAuthConfig', verdict: 'unsupported' as const, text: 'use execProviderConfig with argocd-k8s-auth or aws' }]
      : []),
    ...(isMap(config['execProviderConfig'])
      ? [
          {
            field: 'config.execProviderConfig',
            verdict: 'different' as const,
            text: 'the operator allows its program: `server start --cluster-command`',
          },
        ]
      : []),
  ]
}

export function isIdentityKey(key: string): boolean {
  return identityKeys.test(key)
}

/** `spec.source.helm.values`: every field that is set, those that hold others as well. */
function leaves(value: unknown, path: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => leaves(item, `${path}[${index}]`))
  if (!isMap(value)) return []
  return Object.entries(value).flatMap(([name, item]) =>
    item === null || item === undefined ? [] : [`${path}.${name}`, ...leaves(item, `${path}.${name}`)],
  )
}

export function surroundingsOf(objects: readonly ArgoObject[], namespace: string): Surroundings {
  const clusters = objects.filter(({ object, part }) => part === 'secret' && secretType(object.metadata) === 'cluster')
  return {
    namespace,
    projects: new Set(objects.filter(({ part }) => part === 'project').map(({ object }) => object.metadata.name)),
    clusters: new Set(clusters.flatMap(({ object }) => namesOfCluster(object))),
  }
}
