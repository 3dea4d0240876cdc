/** Where a resource came from, as `buildMetadata: [originAnnotations]` tells it. */
export const originAnnotation = 'config.kubernetes.io/origin'
export const transformationsAnnotation = 'alpha.config.kubernetes.io/transformations'
