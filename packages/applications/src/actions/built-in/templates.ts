import { cloneJson, type KubeObject } from '@plimsoll/kube'
import { at, isObject, listAt, stringsAt, textAt } from '../../json.ts'
import type { ImpactedResource } from '../action.ts'
import { type ActionContext, type BuiltInAction, changing, making, ownerOf, setAt } from './change.ts'
import { suspension } from './suspension.ts'

const create = { iconClass: 'fa fa-fw fa-plus' }
/** A Job's name becomes a label of its pods. */
const maxName = 63

const isShutDown = (object: KubeObject): boolean => textAt(object, 'spec', 'shutdown') !== undefined || isOver(object)

/** Kinds that other objects are made of, and the workflows made of them (argo-cd `resource_customizations`, 3.x). */
export const templates: Record<string, BuiltInAction[]> = {
  'batch/CronJob': [making('create-job', { ...create, displayName: 'Create Job' }, jobOf), ...suspension(['spec', 'suspend'])],
  'argoproj.io/CronWorkflow': [
    making('create-workflow', { ...create, displayName: 'Create Workflow' }, workflowOfCron),
    ...suspension(['spec', 'suspend']),
  ],
  'argoproj.io/WorkflowTemplate': [making('create-workflow', { ...create, displayName: 'Create Workflow' }, workflowOfTemplate)],
  'argoproj.io/Workflow': [
    ...suspension(['spec', 'suspend'], isOver),
    changing('stop', { isDisabled: isShutDown }, (object) => setAt(object, ['spec', 'shutdown'], 'Stop')),
    changing('terminate', { isDisabled: isShutDown }, (object) => setAt(object, ['spec', 'shutdown'], 'Terminate')),
  ],
}

function isOver(object: KubeObject): boolean {
  return ['Succeeded', 'Failed', 'Error'].includes(textAt(object, 'status', 'phase') ?? '')
}

/** With the minute in its name: asking twice within one makes nothing twice. */
function nameOf({ metadata }: KubeObject, { now }: ActionContext, from: number): string {
  const time = now.toISOString().slice(from, 16).replace(/[-T:]/g, '')
  return `${metadata.name.slice(0, maxName - time.length - 1).replace(/[-.]+$/, '')}-${time}`
}

/** As `kubectl create job --from=cronjob/NAME` makes it. */
function jobOf(object: KubeObject, context: ActionContext): ImpactedResource[] {
  const template = at(object, 'spec', 'jobTemplate')
  const metadata = at(template, 'metadata')
  const spec = at(template, 'spec')
  const job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      ...(isObject(metadata) && (cloneJson(metadata) as object)),
      name: nameOf(object, context, 2),
      ...(object.metadata.namespace !== undefined && { namespace: object.metadata.namespace }),
      annotations: { ...stringsAt(metadata, 'annotations'), 'cronjob.kubernetes.io/instantiate': 'manual' },
      ownerReferences: [ownerOf(object, true)],
    },
    spec: isObject(spec) ? cloneJson(spec) : {},
  }
  return [{ operation: 'create', resource: job as unknown as KubeObject }]
}

const instanceLabel = 'workflows.argoproj.io/controller-instanceid'

/** As `argo submit --from=cronwf/NAME` makes it. */
function workflowOfCron(object: KubeObject, context: ActionContext): ImpactedResource[] {
  const given = at(object, 'spec', 'workflowMetadata')
  const instance = object.metadata.labels?.[instanceLabel]
  const finalizers = listAt(given, 'finalizers')
  const spec = at(object, 'spec', 'workflowSpec')
  const time = context.now.toISOString()
  const workflow = {
    ...workflowFor(object, context, {
      labels: {
        ...stringsAt(given, 'labels'),
        'workflows.argoproj.io/cron-workflow': object.metadata.name,
        ...(instance !== undefined && { [instanceLabel]: instance }),
      },
      annotations: { ...stringsAt(given, 'annotations'), 'workflows.argoproj.io/scheduled-time': `${time.slice(0, 19)}Z` },
      ...(finalizers.length > 0 && { finalizers }),
    }),
    spec: isObject(spec) ? cloneJson(spec) : {},
  }
  return [{ operation: 'create', resource: workflow as unknown as KubeObject }]
}

function workflowOfTemplate(object: KubeObject, context: ActionContext): ImpactedResource[] {
  const workflow = {
    ...workflowFor(object, context, { labels: { 'workflows.argoproj.io/workflow-template': object.metadata.name } }),
    spec: { workflowTemplateRef: { name: object.metadata.name } },
  }
  return [{ operation: 'create', resource: workflow as unknown as KubeObject }]
}

function workflowFor(object: KubeObject, context: ActionContext, metadata: object): object {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Workflow',
    metadata: {
      name: nameOf(object, context, 0),
      ...(object.metadata.namespace !== undefined && { namespace: object.metadata.namespace }),
      ...metadata,
      ownerReferences: [ownerOf(object, false)],
    },
  }
}
