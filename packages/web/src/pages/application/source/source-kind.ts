import type { SourceRendering } from '../../../client/rendering.ts'
import type { SourceAt } from '../../../facts/sources.ts'
import type { IconName } from '../../../parts/icon-sprite.tsx'

export type SourceKind = NonNullable<SourceRendering['sourceType']> | 'reference' | 'unknown'

export function kindOf(source: SourceAt, rendering: SourceRendering): SourceKind {
  return source.isReference ? 'reference' : (rendering.sourceType ?? 'unknown')
}

export function iconOfSource(source: SourceAt): IconName {
  return source.isReference ? 'i-k-configmap' : source.chart ? 'i-k-object' : 'i-projects'
}
