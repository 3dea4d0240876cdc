import type { HelmRequest } from '../helm/contract.ts'
import type { KustomizeRequest } from '../kustomize/contract.ts'
import type { ForeignPlugin, ToolInput } from '../kustomize/tool-input.ts'

/** How the real tool is asked for what an engine was asked for. */
export interface BinaryPlan {
  /** A program by the name under which the operator enables it; `kubectl` stands in for `kustomize`. */
  tool: 'helm3' | 'helm4' | 'kustomize'
  /** Folder of the repository in which it runs. */
  folder: string
  /** `{files}/NAME` stands for one of `files`, `{helm}` for the Helm of `helm`. Those of kustomize come after its command and the folder. */
  arguments: readonly string[]
  helm?: 'helm3' | 'helm4'
  files: readonly { name: string; content: Uint8Array }[]
  /** Files of the folder that the Application has changed. */
  edits?: readonly { name: string; content: Uint8Array }[]
  /** What the tool would have to run itself. */
  foreign?: readonly ForeignPlugin[]
  /** Why the tool cannot be asked. */
  obstacle?: string
}

/** `helm template`, as Argo CD calls it (util/helm/cmd.go). */
export function helmPlan({ version, chartPath, release, values, capabilities, ...request }: HelmRequest): BinaryPlan {
  const files: { name: string; content: Uint8Array }[] = []
  const file = (content: Uint8Array): string => {
    const name = `input-${files.length}.yaml`
    files.push({ name, content })
    return `{files}/${name}`
  }
  const inputs = values.flatMap((input) => {
    if (input.kind === 'file') return ['--values', file(input.text)]
    if (input.kind === 'object') return ['--values', file(Buffer.from(JSON.stringify(input.value)))]
    if (input.kind === 'set-file') return ['--set-file', input.text.replace(/=content$/, () => `=${file(input.readFile('content'))}`)]
    return [`--${input.kind}`, input.text]
  })
  return {
    tool: version === '3' ? 'helm3' : 'helm4',
    folder: chartPath,
    arguments: [
      'template',
      '.',
      '--name-template',
      release.name,
      ...(release.namespace === '' ? [] : ['--namespace', release.namespace]),
      ...(capabilities.kubeVersion === undefined ? [] : ['--kube-version', capabilities.kubeVersion]),
      ...inputs,
      ...capabilities.apiVersions.flatMap((apiVersion) => ['--api-versions', apiVersion]),
      ...(request.includeCrds ? ['--include-crds'] : []),
      ...(request.skipSchemaValidation === true ? ['--skip-schema-validation'] : []),
      ...(request.skipTests === true ? ['--skip-tests'] : []),
    ],
    files,
  }
}

/** `kustomize build`, or `kubectl kustomize`, as Argo CD calls it (util/kustomize/kustomize.go), with the edits already made. */
export function kustomizePlan(
  { path, allowOutsideRoot, enableHelm, helmDefaults: { version, capabilities } }: KustomizeRequest,
  input: ToolInput | { obstacle: string },
): BinaryPlan {
  const helm = [
    '--enable-helm',
    '--helm-command',
    '{helm}',
    ...(capabilities.kubeVersion === undefined ? [] : ['--helm-kube-version', capabilities.kubeVersion]),
    ...capabilities.apiVersions.flatMap((apiVersion) => ['--helm-api-versions', apiVersion]),
  ]
  return {
    tool: 'kustomize',
    folder: path,
    arguments: [...(allowOutsideRoot === true ? ['--load-restrictor', 'LoadRestrictionsNone'] : []), ...(enableHelm === true ? helm : [])],
    helm: version === '3' ? 'helm3' : 'helm4',
    files: [],
    ...('obstacle' in input
      ? input
      : {
          edits: input.edited === undefined ? [] : [{ name: input.edited.file, content: Buffer.from(input.edited.text) }],
          foreign: [...input.foreign],
        }),
  }
}
