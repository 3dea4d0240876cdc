import { useQuery } from '@tanstack/react-query'
import type { ResourceDiff } from '@plimsoll/api'
import { useMemo, useState } from 'react'
import { parseObject, pick, pickText, toYaml } from '../../../facts/manifest.ts'
import { short } from '../../../facts/why.ts'
import { rootId, type GraphNode } from '../../../graph/resource-graph.ts'
import { manifestQuery } from '../../../loaders/queries.ts'
import { Button } from '../../../parts/button.tsx'
import { CodeView } from '../../../parts/code-view.tsx'
import { CopyButton } from '../../../parts/copy-button.tsx'
import { Bones } from '../../../parts/empty.tsx'
import { Failure } from '../../../parts/problem.tsx'
import { Segmented } from '../../../parts/segmented.tsx'
import { useWords } from '../../../words/index.tsx'
import { Prose } from '../../../words/prose.tsx'
import type { InspectorProps } from './inspector.tsx'
import { keyOf } from './key-of.ts'

/** The object as YAML: as the cluster holds it, or as Git does. */
export function ManifestTab({ application, summary, node, diff }: InspectorProps & { node: GraphNode; diff: ResourceDiff | undefined }) {
  const words = useWords()
  const w = words.inspector
  const isRoot = node.id === rootId
  const target = diff?.targetState
  const [side, setSide] = useState<'live' | 'git'>(node.isMissing ? 'git' : 'live')
  const [withManagedFields, setWithManagedFields] = useState(false)
  const { data, error, isPending, refetch } = useQuery({
    ...manifestQuery(summary, keyOf(node), node.resourceVersion),
    enabled: !isRoot && !node.isMissing,
  })
  const isGit = side === 'git' && target !== undefined
  const object = useMemo(
    () => (isGit ? parseObject(target) : isRoot ? ({ ...application } as Record<string, unknown>) : parseObject(data?.manifest)),
    [isGit, target, isRoot, application, data],
  )
  const yaml = useMemo(() => (object ? toYaml(object, { withManagedFields }) : ''), [object, withManagedFields])
  if (!object) {
    if (!isGit && !isRoot && isPending && !node.isMissing) return <Bones lines={12} />
    if (node.isMissing && target === undefined) return <Bones lines={12} />
    return (
      <Failure
        title={words.failure.title.load(w.theManifest)}
        error={error ?? new Error(words.failure.unreadable)}
        onRetry={() => void refetch()}
      />
    )
  }
  const hasManagedFields = pick(object, 'metadata', 'managedFields') !== undefined
  return (
    <>
      {target !== undefined && !node.isMissing && (
        <Segmented
          small
          label={w.manifestSource}
          value={side}
          choices={[
            { value: 'live', label: w.live },
            { value: 'git', label: w.git },
          ]}
          onChange={setSide}
        />
      )}
      <div className="diff-frame">
        <div className="diff-head">
          <span className="said">
            <Prose
              of={
                isGit
                  ? w.fromGit(short(summary.revision) || summary.targetRevision)
                  : w.resourceVersion(pickText(object, 'metadata', 'resourceVersion'))
              }
            />
          </span>
          <span className="end">
            {hasManagedFields && (
              <Button small look="ghost" aria-pressed={withManagedFields} onClick={() => setWithManagedFields(!withManagedFields)}>
                managedFields
              </Button>
            )}
            <CopyButton text={yaml} />
          </span>
        </div>
        <CodeView text={yaml} label={w.manifestOf(node.kind, node.name)} />
      </div>
      {node.kind === 'Secret' && <p className="muted small">{w.masked}</p>}
    </>
  )
}
