import type { YamlLimits } from '../yaml/index.ts'

/** Far above any chart: the largest public ones have a few thousand values, and a few hundred thousand in their custom resource definitions. */
export const yamlLimits: YamlLimits = { values: 1_000_000, depth: 1000 }
