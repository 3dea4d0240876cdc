import { type KubeObject, parseLabelSelector, SelectorError } from '@plimsoll/kube'
import { badRequest } from './api-failure.ts'
import { fieldSelectorFor } from './field-selector.ts'
import type { KindDefinition } from './kind-registry.ts'

/** Which objects of a resource a list, a watch or a deletecollection is about. */
export interface Selection {
  /** Undefined: all namespaces. */
  namespace: string | undefined
  /** Set when only one name can match. */
  name: string | undefined
  matches(object: KubeObject): boolean
  /** True when labels and fields leave nothing out. */
  isAll: boolean
}

/** Throws 400 for a selector that cannot be read or that the kind does not support. */
export function selectionOf(
  definition: KindDefinition,
  options: { namespace?: string; labelSelector?: string; fieldSelector?: string },
): Selection {
  const labels = options.labelSelector ? labelMatcher(options.labelSelector) : undefined
  const fields = options.fieldSelector ? fieldSelectorFor(definition, options.fieldSelector) : undefined
  return {
    namespace: options.namespace,
    name: fields?.name,
    matches: (object) =>
      (labels === undefined || labels.matches(object.metadata.labels)) && (fields === undefined || fields.matches(object)),
    isAll: labels === undefined && fields === undefined,
  }
}

function labelMatcher(text: string): ReturnType<typeof parseLabelSelector> {
  try {
    return parseLabelSelector(text)
  } catch (error) {
    if (error instanceof SelectorError) throw badRequest(error.message)
    throw error
  }
}
