import { joinApiVersion, type KubeObject, type TypeSchema, typeSchemaFor } from '@plimsoll/kube'
import type { AdmissionContext } from '../api-server/kind-registry.ts'
import { type BuiltInType, builtInTypes } from './built-in-types.ts'
import { defaulters } from './defaults/index.ts'
import { Problems } from './field-problem.ts'
import { checkFields, typeProblemOf } from './fields/check-fields.ts'
import type { Kind } from './kind.ts'
import { type Fields, fieldsOrEmpty } from './reading.ts'
import { selectableFieldsOf } from './selectable-fields.ts'
import { convertAutoscaler } from './strategy/convert-autoscaler.ts'
import { convertEvent } from './strategy/convert-event.ts'
import { initialStatuses } from './strategy/initial-status.ts'
import { generateJobSelector } from './strategy/job-selector.ts'
import { admitPod } from './strategy/pod-admission.ts'
import { defaultClassOf } from './strategy/default-class.ts'
import { ServiceAllocator } from './strategy/service-allocation.ts'
import { tableFor } from './tables/index.ts'
import { nameCheckFor, validators } from './validation/index.ts'
import { validateObjectMeta, validateObjectMetaUpdate } from './validation/object-meta.ts'
import { deprecations, warningsFor } from './warnings.ts'

/** Every built-in kind. Each call has its own allocator of addresses and ports, so one per cluster. */
export function builtInKinds(): Kind[] {
  const allocator = new ServiceAllocator()
  return builtInTypes.map((type) => builtInKind(type, allocator))
}

function builtInKind(type: BuiltInType, allocator: ServiceAllocator): Kind {
  const { hasGeneration, hasStatus, isVirtual, ...resource } = type
  const apiVersion = joinApiVersion(type.group, type.version)
  const id = `${apiVersion}/${type.kind}`
  const table = tableFor(type.group, type.kind)
  const deprecation = deprecations.get(id)
  const checkName = nameCheckFor(type.group, type.kind)
  const applyDefaults = defaulters.get(id)
  const validateRest = validators.get(id)
  // The fact table is read when the first object comes.
  let known: TypeSchema | undefined
  const schemaOf = (): TypeSchema | undefined => (known ??= typeSchemaFor(type))
  return {
    type: resource,
    listKind: `${type.kind}List`,
    storageVersion: type.group === 'autoscaling' ? 'v2' : type.version,
    isCustom: false,
    isVirtual,
    get schema() {
      return schemaOf()
    },
    supportsStrategicMerge: true,
    ...conversionOf(type),
    prune(object) {
      const schema = schemaOf()
      return schema === undefined ? [] : checkFields(object, schema).unknown
    },
    typeProblem(object) {
      const schema = schemaOf()
      return schema === undefined ? undefined : typeProblemOf(object, schema)
    },
    applyDefaults(object) {
      // What a merge put together was decoded in parts: amounts and zeros get their form once more.
      const schema = schemaOf()
      if (schema !== undefined) checkFields(object, schema)
      applyDefaults?.(object)
    },
    prepareForCreate: (object, context) => prepareForCreate(id, object, context, hasStatus, allocator),
    ...(id === 'v1/Service' ? { prepareForUpdate: (object, old, context) => allocator.admit(object, old, context) } : {}),
    validate(object, old, subresource) {
      const problems = new Problems()
      validateObjectMeta(object, type.namespaced, checkName, problems)
      if (old !== undefined) validateObjectMetaUpdate(object, old, problems)
      const schema = schemaOf()
      const typeProblem = schema === undefined ? undefined : typeProblemOf(object, schema)
      if (typeProblem !== undefined) problems.typeInvalid('', type.kind, typeProblem)
      else if (subresource !== 'status') validateRest?.(object, old, problems)
      return [...problems.list, ...(id === 'v1/Service' ? allocator.problemsOf(object) : [])]
    },
    ...(deprecation === undefined ? {} : { deprecation }),
    warnings: (object) => warningsFor(id, object),
    generation: hasGeneration ? 'spec' : 'none',
    hasStatus,
    ...(resource.subresources.includes('scale')
      ? { scale: { specReplicas: 'spec.replicas', statusReplicas: 'status.replicas', labelSelector: 'spec.selector' } }
      : {}),
    columns: table.columns,
    cells: (object, now) => table.cells(object, now),
    selectableFields: selectableFieldsOf(id),
  }
}

function conversionOf(type: BuiltInType): Partial<Kind> {
  if (type.group === 'autoscaling') return { convert: convertAutoscaler }
  if (type.group !== 'events.k8s.io') return {}
  return {
    sharedStorage: { group: '', version: 'v1', plural: 'events' },
    convert: (object, toVersion) => convertEvent(object, toVersion === 'events.k8s.io/v1' ? toVersion : 'v1'),
  }
}

function prepareForCreate(
  id: string,
  object: KubeObject,
  context: AdmissionContext,
  hasStatus: boolean,
  allocator: ServiceAllocator,
): void {
  if (hasStatus && id !== 'v1/Node' && id !== 'apiextensions.k8s.io/v1/CustomResourceDefinition') {
    object['status'] = structuredClone(initialStatuses.get(id) ?? {})
  }
  switch (id) {
    case 'v1/Pod':
      admitPod(object, context)
      break
    case 'v1/Namespace': {
      const spec: Fields = { ...fieldsOrEmpty(object['spec']) }
      spec['finalizers'] = ['kubernetes']
      object['spec'] = spec
      break
    }
    case 'v1/Service':
      allocator.admit(object, undefined, context)
      break
    case 'batch/v1/Job':
      generateJobSelector(object)
      break
    case 'v1/PersistentVolumeClaim':
      defaultClassOf(object, 'storageClassName', context.list('storage.k8s.io', 'storageclasses'))
      protectClaim(object)
      break
    case 'networking.k8s.io/v1/Ingress':
      defaultClassOf(object, 'ingressClassName', context.list('networking.k8s.io', 'ingressclasses'))
      break
  }
}

/** Kubernetes' admission plug-in StorageObjectInUseProtection: a claim outlives its deletion until no pod uses it. */
function protectClaim(claim: KubeObject): void {
  const finalizer = 'kubernetes.io/pvc-protection'
  const finalizers = claim.metadata.finalizers ?? []
  if (!finalizers.includes(finalizer)) claim.metadata.finalizers = [...finalizers, finalizer]
}
