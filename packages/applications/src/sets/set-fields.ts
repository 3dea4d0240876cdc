import { type ApplicationSet, PlimsollError } from '@plimsoll/api'
import { isDnsSubdomain } from '../application-object.ts'
import { kindsIn } from './generate/transform.ts'
import { ignoredBy } from './reconcile/ignored-differences.ts'
import { sentSetProblem } from './reconcile/set-object.ts'

/** Refuses what can never work, naming the field; answers with the namespace filled in, and without what is not for senders to say. */
export function checkedSet(sent: ApplicationSet, controlPlaneNamespace: string): ApplicationSet {
  const problem = sentSetProblem(sent)
  if (problem !== undefined) throw invalid(problem)
  const { name } = sent.metadata
  if (!isDnsSubdomain(name)) {
    throw invalid(
      `metadata.name: "${name.slice(0, 80)}" is not a name (lower case letters, digits, dashes and dots, at most 253, beginning and ending with a letter or digit)`,
    )
  }
  const namespace = sent.metadata.namespace || controlPlaneNamespace
  if (namespace !== controlPlaneNamespace) {
    throw invalid(`metadata.namespace: "${namespace.slice(0, 80)}" is not where ApplicationSets live. Use ${controlPlaneNamespace}`)
  }
  for (const [index, generator] of sent.spec.generators.entries()) {
    if (kindsIn(generator).length > 0) continue
    const names = Object.keys(generator).map((one) => `'${one.slice(0, 40)}'`)
    throw invalid(`spec.generators[${index}]: ${names.length === 0 ? 'is empty' : `${names.join(', ')} is no generator`}`)
  }
  const [unreadable] = ignoredBy(sent)?.problems ?? []
  if (unreadable !== undefined) throw invalid(unreadable)
  const { status: _status, ...rest } = sent
  const { labels, annotations, finalizers } = sent.metadata
  return {
    ...rest,
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'ApplicationSet',
    metadata: { name, namespace, ...(labels && { labels }), ...(annotations && { annotations }), ...(finalizers && { finalizers }) },
  }
}

function invalid(message: string): PlimsollError {
  return new PlimsollError('invalid-application-set', `${message}.`)
}
