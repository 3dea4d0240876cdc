import { substituteEnvironment } from './build-environment.ts'
import type { EngineTask } from './engine/task.ts'
import { RenderError } from './engine/tree.ts'
import type { UsedInputs } from './engine/used-inputs.ts'
import type { RandomSource, RenderHelm } from './helm/contract.ts'
import { helmVersionOf } from './helm-source.ts'
import { genericVersion } from './kube-version.ts'
import type { KustomizeOverrides, KustomizeRequest } from './kustomize/contract.ts'
import { LooseFields } from './loose-fields.ts'

/** What `kustomize build` is told for a source, as Argo CD tells it (`Build` in util/kustomize/kustomize.go). */
export function kustomizeRequestOf(
  task: EngineTask,
  inputs: UsedInputs,
  random: { source: RandomSource; now: Date },
  renderHelm: RenderHelm,
): KustomizeRequest {
  const fields = new LooseFields(task.source.kustomize, 'spec.source.kustomize')
  const capabilities = inputs.peekCapabilities()
  const apiVersions = fields.texts('apiVersions')
  const kubeVersion = genericVersion(fields.text('kubeVersion') || capabilities.kubeVersion)
  const overrides = overridesOf(fields, (text) => substituteEnvironment(text, (name) => inputs.environment(name)))
  return {
    path: task.path,
    ...(overrides && { overrides }),
    ...buildOptionsOf(task.policy.kustomizeBuildOptions),
    allowRemoteBases: task.policy.remoteBases,
    renderHelm,
    helmDefaults: {
      version: helmVersionOf(new LooseFields(task.source.helm, 'spec.source.helm')),
      capabilities: {
        ...(kubeVersion !== '' && { kubeVersion }),
        apiVersions: apiVersions.length > 0 ? apiVersions : capabilities.apiVersions,
      },
      random: random.source,
      now: random.now,
    },
  }
}

function overridesOf(fields: LooseFields, substitute: (text: string) => string): KustomizeOverrides | undefined {
  const labels = [...fields.pairs('commonLabels')].map(([name, value]) => [name, substitute(value)])
  const substitutes = fields.flag('commonAnnotationsEnvsubst')
  const annotations = [...fields.pairs('commonAnnotations')].map(([name, value]) => [name, substitutes ? substitute(value) : value])
  const replicas = fields.items('replicas').map((replica) => ({ name: replica.text('name'), count: countOf(replica.text('count')) }))
  const patches = fields.items('patches').map((patch) => ({
    ...(patch.has('path') && { path: patch.text('path') }),
    ...(patch.has('patch') && { patch: patch.text('patch') }),
    ...(patch.has('target') && { target: Object.fromEntries(patch.pairs('target')) }),
    ...(patch.has('options') && { options: optionsOf(patch.child('options'), patch.pairs('options')) }),
  }))
  const lists = {
    images: fields.texts('images').map(substitute),
    components: fields.texts('components'),
  }
  const overrides: KustomizeOverrides = {
    ...textField('namePrefix'),
    ...textField('nameSuffix'),
    ...textField('namespace'),
    ...(lists.images.length > 0 && { images: lists.images }),
    ...(replicas.length > 0 && { replicas }),
    ...(labels.length > 0 && { commonLabels: Object.fromEntries(labels) }),
    ...(annotations.length > 0 && { commonAnnotations: Object.fromEntries(annotations) }),
    ...(lists.components.length > 0 && { components: lists.components }),
    ...(patches.length > 0 && { patches }),
  }
  if (Object.keys(overrides).length === 0) return undefined
  const flags = [
    ...(['forceCommonLabels', 'forceCommonAnnotations', 'labelWithoutSelector'] as const),
    ...(['labelIncludeTemplates', 'ignoreMissingComponents'] as const),
  ]
  for (const flag of flags) if (fields.flag(flag)) overrides[flag] = true
  return overrides

  function textField(field: 'namePrefix' | 'nameSuffix' | 'namespace'): KustomizeOverrides {
    return fields.text(field) === '' ? {} : { [field]: fields.text(field) }
  }
}

function countOf(text: string): number {
  if (!/^[-+]?[0-9]+$/.test(text)) {
    throw new RenderError(`expected integer value for count. Received: ${text}`, { remedy: 'Correct spec.source.kustomize.replicas.' })
  }
  return Number(text)
}

function optionsOf(fields: LooseFields, pairs: ReadonlyMap<string, string>): Record<string, boolean> {
  return Object.fromEntries([...pairs.keys()].map((name) => [name, fields.flag(name)]))
}

/** Options that start other programs or leave the repository are not taken. */
function buildOptionsOf(text: string): { enableHelm?: boolean; allowOutsideRoot?: boolean } {
  const words = text.split(/[\s=]+/).filter((word) => word !== '')
  const options: { enableHelm?: boolean; allowOutsideRoot?: boolean } = {}
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? ''
    if (word === '--enable-helm') {
      options.enableHelm = true
      if (words[index + 1] === 'true') index++
    } else if (word === '--load-restrictor' && /^LoadRestrictions(?:None|RootOnly)$/.test(words[index + 1] ?? '')) {
      options.allowOutsideRoot = words[++index] === 'LoadRestrictionsNone'
    } else {
      throw new RenderError(`kustomize.buildOptions has '${word.slice(0, 100)}', which is not supported.`, {
        code: 'source-not-supported',
        remedy: 'Known are --enable-helm and --load-restrictor LoadRestrictionsNone.',
      })
    }
  }
  return options
}
