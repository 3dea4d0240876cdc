import { z } from 'zod'

/**
 * What the generators of an ApplicationSet are told (source: argo-cd `pkg/apis/application/v1alpha1/applicationset_types.go`). Every text may be
 * a template where a matrix fills in its second generator from its first.
 */

const stringMap = z.record(z.string(), z.string())

/** An Application as far as it is the same for all. Numbers and switches are as they are; texts are filled in. */
export const SetTemplate = z.looseObject({
  metadata: z
    .looseObject({
      name: z.string().optional(),
      namespace: z.string().optional(),
      labels: stringMap.nullish(),
      annotations: stringMap.nullish(),
      finalizers: z.array(z.string()).nullish(),
    })
    .nullish(),
  spec: z.looseObject({}).nullish(),
})
export type SetTemplate = z.infer<typeof SetTemplate>

/** As Kubernetes has it, but of values that need be no labels: addresses, for instance. */
export const LabelSelector = z.looseObject({
  matchLabels: stringMap.nullish(),
  matchExpressions: z.array(z.looseObject({ key: z.string(), operator: z.string(), values: z.array(z.string()).nullish() })).nullish(),
})
export type LabelSelector = z.infer<typeof LabelSelector>

const common = { template: SetTemplate.nullish(), values: stringMap.nullish() }
const requeueAfterSeconds = z.number().int().nullish()

export const SecretRef = z.looseObject({ secretName: z.string(), key: z.string() })
export type SecretRef = z.infer<typeof SecretRef>
const ConfigMapKeyRef = z.looseObject({ configMapName: z.string(), key: z.string() })

export const ListGenerator = z.looseObject({
  elements: z.array(z.unknown()).nullish(),
  elementsYaml: z.string().nullish(),
  template: SetTemplate.nullish(),
})
export type ListGenerator = z.infer<typeof ListGenerator>

export const ClustersGenerator = z.looseObject({
  ...common,
  selector: LabelSelector.nullish(),
  /** One set of parameters that holds all clusters as a list. */
  flatList: z.boolean().nullish(),
})
export type ClustersGenerator = z.infer<typeof ClustersGenerator>

const GitItem = z.looseObject({ path: z.string(), exclude: z.boolean().nullish() })

export const GitGenerator = z.looseObject({
  ...common,
  repoURL: z.string(),
  revision: z.string().nullish(),
  directories: z.array(GitItem).nullish(),
  files: z.array(GitItem).nullish(),
  requeueAfterSeconds,
  pathParamPrefix: z.string().nullish(),
})
export type GitGenerator = z.infer<typeof GitGenerator>

export const ClusterDecisionGenerator = z.looseObject({
  ...common,
  configMapRef: z.string(),
  name: z.string().nullish(),
  labelSelector: LabelSelector.nullish(),
  requeueAfterSeconds,
})
export type ClusterDecisionGenerator = z.infer<typeof ClusterDecisionGenerator>

export const PluginGenerator = z.looseObject({
  ...common,
  configMapRef: z.looseObject({ name: z.string() }),
  input: z.looseObject({ parameters: z.record(z.string(), z.unknown()).nullish() }).nullish(),
  requeueAfterSeconds,
})
export type PluginGenerator = z.infer<typeof PluginGenerator>

const tokenRef = SecretRef.nullish()
const secure = { insecure: z.boolean().nullish(), caRef: ConfigMapKeyRef.nullish() }
const bitbucketLogin = {
  basicAuth: z.looseObject({ username: z.string(), passwordRef: tokenRef }).nullish(),
  bearerToken: z.looseObject({ tokenRef }).nullish(),
}
const labels = z.array(z.string()).nullish()
const api = z.string().nullish()

export const PullRequestGenerator = z.looseObject({
  ...common,
  github: z.looseObject({ owner: z.string(), repo: z.string(), api, tokenRef, appSecretName: z.string().nullish(), labels }).nullish(),
  gitlab: z.looseObject({ project: z.string(), api, tokenRef, labels, pullRequestState: z.string().nullish(), ...secure }).nullish(),
  gitea: z.looseObject({ owner: z.string(), repo: z.string(), api: z.string(), tokenRef, labels, ...secure }).nullish(),
  bitbucketServer: z.looseObject({ project: z.string(), repo: z.string(), api: z.string(), ...bitbucketLogin, ...secure }).nullish(),
  bitbucket: z.looseObject({ owner: z.string(), repo: z.string(), api, ...bitbucketLogin }).nullish(),
  azuredevops: z.looseObject({ organization: z.string(), project: z.string(), repo: z.string(), api, tokenRef, labels }).nullish(),
  /** Ours: of a repository that lives here. */
  plimsoll: z.looseObject({ repository: z.string() }).nullish(),
  filters: z
    .array(
      z.looseObject({
        branchMatch: z.string().nullish(),
        targetBranchMatch: z.string().nullish(),
        titleMatch: z.string().nullish(),
      }),
    )
    .nullish(),
  requeueAfterSeconds,
  continueOnRepoNotFoundError: z.boolean().nullish(),
})
export type PullRequestGenerator = z.infer<typeof PullRequestGenerator>

const allBranches = z.boolean().nullish()

export const ScmProviderGenerator = z.looseObject({
  ...common,
  github: z
    .looseObject({
      organization: z.string(),
      api,
      tokenRef,
      appSecretName: z.string().nullish(),
      allBranches,
      excludeArchivedRepos: z.boolean().nullish(),
    })
    .nullish(),
  gitlab: z
    .looseObject({
      group: z.string(),
      api,
      tokenRef,
      allBranches,
      includeSubgroups: z.boolean().nullish(),
      includeSharedProjects: z.boolean().nullish(),
      includeArchivedRepos: z.boolean().nullish(),
      topic: z.string().nullish(),
      ...secure,
    })
    .nullish(),
  gitea: z
    .looseObject({
      owner: z.string(),
      api: z.string(),
      tokenRef,
      allBranches,
      excludeArchivedRepos: z.boolean().nullish(),
      ...secure,
    })
    .nullish(),
  bitbucket: z.looseObject({ owner: z.string(), user: z.string(), appPasswordRef: tokenRef, allBranches }).nullish(),
  bitbucketServer: z.looseObject({ project: z.string(), api: z.string(), allBranches, ...bitbucketLogin, ...secure }).nullish(),
  azureDevOps: z.looseObject({ organization: z.string(), teamProject: z.string(), api, accessTokenRef: tokenRef, allBranches }).nullish(),
  awsCodeCommit: z.looseObject({}).nullish(),
  /** Ours: the repositories that live here. */
  plimsoll: z.looseObject({ allBranches }).nullish(),
  filters: z
    .array(
      z.looseObject({
        repositoryMatch: z.string().nullish(),
        pathsExist: z.array(z.string()).nullish(),
        pathsDoNotExist: z.array(z.string()).nullish(),
        labelMatch: z.string().nullish(),
        branchMatch: z.string().nullish(),
      }),
    )
    .nullish(),
  cloneProtocol: z.string().nullish(),
  requeueAfterSeconds,
})
export type ScmProviderGenerator = z.infer<typeof ScmProviderGenerator>
