import { readFileSync } from 'node:fs'
import type { ApplicationSource, HelmSource, KustomizeSource } from '@plimsoll/api'
import type { Command } from 'commander'
import { CommandFailure, usageFailure } from '../../exit-code.ts'
import { addSwitch, collect, readPairs } from '../arguments.ts'

/** Flags that say what one source of an application is, as `argocd` has them (argo-cd `cmd/util/app.go`, ConstructSource). */
export interface SourceOptions {
  repo?: string
  path?: string
  revision?: string
  helmChart?: string
  ref?: string
  sourceName?: string
  directoryRecurse?: boolean
  directoryInclude?: string
  directoryExclude?: string
  directoryDisableExtensionFilter?: boolean
  values?: string[]
  ignoreMissingValueFiles?: boolean
  valuesLiteralFile?: string
  releaseName?: string
  helmVersion?: string
  helmPassCredentials?: boolean
  helmSet?: string[]
  helmSetString?: string[]
  helmSetFile?: string[]
  parameter?: string[]
  helmSkipCrds?: boolean
  helmSkipTests?: boolean
  helmSkipSchemaValidation?: boolean
  helmNamespace?: string
  helmKubeVersion?: string
  helmApiVersions?: string[]
  nameprefix?: string
  namesuffix?: string
  kustomizeVersion?: string
  kustomizeImage?: string[]
  kustomizeReplica?: string[]
  kustomizeNamespace?: string
  kustomizeKubeVersion?: string
  kustomizeApiVersions?: string[]
  kustomizeCommonLabel?: string[]
  kustomizeCommonAnnotation?: string[]
  kustomizeLabelWithoutSelector?: boolean
  kustomizeLabelIncludeTemplates?: boolean
  kustomizeForceCommonLabel?: boolean
  kustomizeForceCommonAnnotation?: boolean
  ignoreMissingComponents?: boolean
  configManagementPlugin?: string
  pluginEnv?: string[]
  jsonnetTlaStr?: string[]
  jsonnetTlaCode?: string[]
  jsonnetExtVarStr?: string[]
  jsonnetExtVarCode?: string[]
  jsonnetLibs?: string[]
}

/** Flags that can be given again and again. */
const lists: readonly [flags: string, description: string][] = [
  ['--values <file>', 'value file of the chart, in its folder or as $REF/FILE of another source; can be repeated'],
  ['--helm-set <key=value>', 'parameter of the chart; can be repeated'],
  ['--helm-set-string <key=value>', 'parameter of the chart that is text; can be repeated'],
  ['--helm-set-file <key=path>', "parameter of the chart that is a file's content; can be repeated"],
  ['-p, --parameter <key=value>', 'the same as --helm-set; can be repeated'],
  ['--helm-api-versions <version>', 'API version [GROUP/]VERSION/KIND that templates see; can be repeated'],
  ['--kustomize-image <image>', 'IMAGE:TAG, or OLD=NEW:TAG; can be repeated'],
  ['--kustomize-replica <name=count>', 'replicas of a workload; can be repeated'],
  ['--kustomize-api-versions <version>', 'API version that charts in the kustomization see; can be repeated'],
  ['--kustomize-common-label <key=value>', 'label on everything; can be repeated'],
  ['--kustomize-common-annotation <key=value>', 'annotation on everything; can be repeated'],
  ['--plugin-env <name=value>', 'environment of the plugin; can be repeated'],
  ['--jsonnet-tla-str <key=value>', 'top-level argument of Jsonnet that is text; can be repeated'],
  ['--jsonnet-tla-code <key=value>', 'top-level argument of Jsonnet that is code; can be repeated'],
  ['--jsonnet-ext-var-str <key=value>', 'external variable of Jsonnet that is text; can be repeated'],
  ['--jsonnet-ext-var-code <key=value>', 'external variable of Jsonnet that is code; can be repeated'],
  ['--jsonnet-libs <path>', 'folder of Jsonnet libraries, from the root of the repository; can be repeated'],
]

const switches: readonly [flag: string, description: string][] = [
  ['--directory-recurse', 'folders below the path as well'],
  ['--directory-disable-extension-filter', 'files of any extension may be manifests'],
  ['--ignore-missing-value-files', 'value files that are not there are left out'],
  ['--helm-pass-credentials', "send the repository's credentials to every host"],
  ['--helm-skip-crds', "without the chart's custom resource definitions"],
  ['--helm-skip-tests', "without the chart's tests"],
  ['--helm-skip-schema-validation', "without checking values against the chart's schema"],
  ['--kustomize-label-without-selector', 'common labels not in selectors'],
  ['--kustomize-label-include-templates', 'common labels in templates too'],
  ['--kustomize-force-common-label', 'common labels over those that are there'],
  ['--kustomize-force-common-annotation', 'common annotations over those that are there'],
  ['--ignore-missing-components', 'components that are not there are left out'],
]

export function addSourceOptions(command: Command): void {
  command
    .option('--repo <url>', 'URL of the Git or chart repository, ignored if a file is set')
    .option('--path <path>', 'folder of the repository with manifests, chart or kustomization')
    .option('--revision <revision>', 'branch, tag, commit or version range to follow')
    .option('--helm-chart <name>', 'chart of a chart repository or OCI registry')
    .option('--ref <name>', 'name by which other sources refer to files of this one: $NAME/FILE')
    .option('--source-name <name>', 'name of the source')
    .option('--directory-include <glob>', 'only files of the folder that match')
    .option('--directory-exclude <glob>', 'no files of the folder that match')
    .option('--values-literal-file <file>', 'file of this machine whose content becomes values of the Application')
    .option('--release-name <name>', 'release of the chart (default: name of the application)')
    .option('--helm-version <version>', 'semantics of Helm: v3 or v4')
    .option('--helm-namespace <namespace>', 'namespace that the chart sees')
    .option('--helm-kube-version <version>', 'version of Kubernetes that the chart sees')
    .option('--nameprefix <prefix>', 'prefix of all names, by kustomize')
    .option('--namesuffix <suffix>', 'suffix of all names, by kustomize')
    .option('--kustomize-version <version>', 'kept in the Application')
    .option('--kustomize-namespace <namespace>', 'namespace of everything, by kustomize')
    .option('--kustomize-kube-version <version>', 'version of Kubernetes that charts in the kustomization see')
    .option('--config-management-plugin <name>', 'plugin that makes the manifests')
  for (const [flags, description] of lists) command.option(flags, description, collect)
  for (const [flag, description] of switches) addSwitch(command, flag, description)
}

/** Puts the flags that were given into a source, and says whether there were any. */
export function applySourceOptions(source: ApplicationSource, options: SourceOptions): boolean {
  let changed = false
  const set = <T>(value: T | undefined, put: (value: T) => void): void => {
    if (value === undefined) return
    changed = true
    put(value)
  }
  const directory = (): NonNullable<ApplicationSource['directory']> => (source.directory ??= {})
  const jsonnet = (): NonNullable<NonNullable<ApplicationSource['directory']>['jsonnet']> => (directory().jsonnet ??= {})
  const helm = (): HelmSource => (source.helm ??= {})
  const kustomize = (): KustomizeSource => (source.kustomize ??= {})

  set(options.repo, (value) => (source.repoURL = value))
  set(options.path, (value) => (source.path = value))
  set(options.revision, (value) => (source.targetRevision = value))
  set(options.helmChart, (value) => (source.chart = value))
  set(options.ref, (value) => (source.ref = value))
  set(options.sourceName, (value) => (source.name = value))
  set(options.directoryRecurse, (value) => (directory().recurse = value))
  set(options.directoryInclude, (value) => (directory().include = value))
  set(options.directoryExclude, (value) => (directory().exclude = value))
  set(options.directoryDisableExtensionFilter, (value) => (directory()['disableExtensionFilter'] = value))

  set(options.values, (files) => (helm().valueFiles = files))
  set(options.ignoreMissingValueFiles, (value) => (helm().ignoreMissingValueFiles = value))
  set(options.valuesLiteralFile, (file) => {
    helm().values = readLiteral(file)
    delete helm().valuesObject
  })
  set(options.releaseName, (value) => (helm().releaseName = value))
  set(options.helmVersion, (value) => (helm().version = value))
  set(options.helmPassCredentials, (value) => (helm().passCredentials = value))
  set(options.helmSkipCrds, (value) => (helm().skipCrds = value))
  set(options.helmSkipTests, (value) => (helm().skipTests = value))
  set(options.helmSkipSchemaValidation, (value) => (helm().skipSchemaValidation = value))
  set(options.helmNamespace, (value) => (helm().namespace = value))
  set(options.helmKubeVersion, (value) => (helm().kubeVersion = value))
  set(options.helmApiVersions, (values) => (helm().apiVersions = values))
  for (const [given, forceString] of [
    [[...(options.parameter ?? []), ...(options.helmSet ?? [])], false],
    [options.helmSetString ?? [], true],
  ] as const) {
    for (const [name, value] of pairsOf(given, forceString ? 'helm-set-string' : 'helm-set')) {
      set(value, () => {
        const others = (helm().parameters ?? []).filter((parameter) => parameter.name !== name)
        helm().parameters = [...others, { name, value, ...(forceString && { forceString }) }]
      })
    }
  }
  for (const [name, path] of pairsOf(options.helmSetFile ?? [], 'helm-set-file')) {
    set(path, () => {
      const others = (helm().fileParameters ?? []).filter((parameter) => parameter.name !== name)
      helm().fileParameters = [...others, { name, path }]
    })
  }

  set(options.nameprefix, (value) => (kustomize().namePrefix = value))
  set(options.namesuffix, (value) => (kustomize().nameSuffix = value))
  set(options.kustomizeVersion, (value) => (kustomize().version = value))
  set(options.kustomizeNamespace, (value) => (kustomize().namespace = value))
  set(options.kustomizeKubeVersion, (value) => (kustomize().kubeVersion = value))
  set(options.kustomizeApiVersions, (values) => (kustomize().apiVersions = values))
  set(options.kustomizeImage, (images) => {
    for (const image of images) {
      const others = (kustomize().images ?? []).filter((one) => imageName(one) !== imageName(image))
      kustomize().images = [...others, image]
    }
  })
  set(options.kustomizeReplica, (texts) => {
    for (const [name, count] of pairsOf(texts, 'kustomize-replica')) {
      if (!/^\d{1,9}$/.test(count)) throw usageFailure(`--kustomize-replica '${name}=${count}': the count is a whole number.`)
      const others = (kustomize().replicas ?? []).filter((one) => one.name !== name)
      kustomize().replicas = [...others, { name, count: Number(count) }]
    }
  })
  set(options.kustomizeCommonLabel, (texts) => (kustomize().commonLabels = { ...readPairs(texts, 'kustomize-common-label') }))
  set(options.kustomizeCommonAnnotation, (texts) => {
    kustomize().commonAnnotations = { ...readPairs(texts, 'kustomize-common-annotation') }
  })
  set(options.kustomizeLabelWithoutSelector, (value) => (kustomize().labelWithoutSelector = value))
  set(options.kustomizeLabelIncludeTemplates, (value) => (kustomize().labelIncludeTemplates = value))
  set(options.kustomizeForceCommonLabel, (value) => (kustomize().forceCommonLabels = value))
  set(options.kustomizeForceCommonAnnotation, (value) => (kustomize().forceCommonAnnotations = value))
  set(options.ignoreMissingComponents, (value) => (kustomize().ignoreMissingComponents = value))

  set(options.configManagementPlugin, (name) => (source.plugin = { ...source.plugin, name }))
  set(options.pluginEnv, (texts) => {
    for (const [name, value] of pairsOf(texts, 'plugin-env')) {
      const others = (source.plugin?.env ?? []).filter((one) => one.name !== name)
      source.plugin = { ...source.plugin, env: [...others, { name, value }] }
    }
  })
  const variables = (texts: readonly string[], flag: string, code: boolean): { name: string; value: string; code?: true }[] =>
    pairsOf(texts, flag).map(([name, value]) => ({ name, value, ...(code && { code }) }))
  set(options.jsonnetTlaStr, (texts) => (jsonnet().tlas = [...(jsonnet().tlas ?? []), ...variables(texts, 'jsonnet-tla-str', false)]))
  set(options.jsonnetTlaCode, (texts) => (jsonnet().tlas = [...(jsonnet().tlas ?? []), ...variables(texts, 'jsonnet-tla-code', true)]))
  set(options.jsonnetExtVarStr, (texts) => {
    jsonnet().extVars = [...(jsonnet().extVars ?? []), ...variables(texts, 'jsonnet-ext-var-str', false)]
  })
  set(options.jsonnetExtVarCode, (texts) => {
    jsonnet().extVars = [...(jsonnet().extVars ?? []), ...variables(texts, 'jsonnet-ext-var-code', true)]
  })
  set(options.jsonnetLibs, (paths) => (jsonnet().libs = [...(jsonnet().libs ?? []), ...paths]))
  return changed
}

/** The name that an image override is about: `old` of `old=new:tag`, else the image without tag and digest. */
function imageName(image: string): string {
  const equals = image.indexOf('=')
  if (equals >= 0) return image.slice(0, equals)
  const withoutDigest = image.split('@')[0] ?? ''
  const colon = withoutDigest.lastIndexOf(':')
  return colon > withoutDigest.lastIndexOf('/') ? withoutDigest.slice(0, colon) : withoutDigest
}

function pairsOf(texts: readonly string[], flag: string): [string, string][] {
  return texts.flatMap((text) => Object.entries(readPairs([text], flag)))
}

function readLiteral(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new CommandFailure(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}
