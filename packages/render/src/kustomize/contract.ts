import type { Sources } from '../engine/tree.ts'
import type { HelmOutput, HelmRequest } from '../helm/contract.ts'

/** What `kustomize build` is told. */
export interface KustomizeRequest {
  /** Folder of the kustomization in `sources.tree`. */
  path: string
  /** `kustomize.images`, `namePrefix` …, put on top of the kustomization file as Argo CD does by `kustomize edit`. Undefined: none. */
  overrides?: KustomizeOverrides
  /** `--load-restrictor LoadRestrictionsNone`: still never outside of the repository's tree. */
  allowOutsideRoot?: boolean
  /** `--enable-helm`. */
  enableHelm?: boolean
  /** Remote bases may be read by `sources.git`. */
  allowRemoteBases?: boolean
  renderHelm(sources: Sources, request: HelmRequest): HelmOutput
  helmDefaults: Pick<HelmRequest, 'version' | 'capabilities' | 'random' | 'now'>
}

/** Shapes of Argo CD's `spec.source.kustomize`. */
export interface KustomizeOverrides {
  namePrefix?: string
  nameSuffix?: string
  namespace?: string
  /** `[old=]name[:tag|@digest]` */
  images?: readonly string[]
  replicas?: readonly { name: string; count: number | string }[]
  commonLabels?: Readonly<Record<string, string>>
  commonAnnotations?: Readonly<Record<string, string>>
  forceCommonLabels?: boolean
  forceCommonAnnotations?: boolean
  commonAnnotationsEnvsubst?: boolean
  labelWithoutSelector?: boolean
  labelIncludeTemplates?: boolean
  components?: readonly string[]
  ignoreMissingComponents?: boolean
  patches?: readonly {
    path?: string
    patch?: string
    target?: Readonly<Record<string, string>>
    options?: Readonly<Record<string, boolean>>
  }[]
}

export interface KustomizeOutput {
  /** In the order in which kustomize prints them. JSON values, parts of which may be frozen and without a prototype: copy before you change them. */
  objects: { object: Record<string, unknown>; origin: string | undefined }[]
  /** YAML as `kubectl kustomize` prints it, byte for byte. Written when it is asked for, which takes as long again: leave it where the objects do. */
  readonly text: string
  warnings: string[]
}

/** Throws `RenderError` for what is wrong with the kustomization. */
export type RenderKustomize = (sources: Sources, request: KustomizeRequest) => KustomizeOutput
