import type { UseQueryResult } from '@tanstack/react-query'
import type { ResourceDiff } from '@plimsoll/api'
import { Fragment, useMemo, useState } from 'react'
import { iconOf } from '../../../facts/kind.ts'
import { parseObject, toYaml } from '../../../facts/manifest.ts'
import { toDate } from '../../../facts/moment.ts'
import { short } from '../../../facts/why.ts'
import { without } from '../../../facts/without.ts'
import { idOf, rootId, type GraphNode } from '../../../graph/resource-graph.ts'
import { DiffView } from '../../../parts/diff-view.tsx'
import { Bones, Empty } from '../../../parts/empty.tsx'
import { Icon } from '../../../parts/icon.tsx'
import { Failure, Problem } from '../../../parts/problem.tsx'
import { Segmented } from '../../../parts/segmented.tsx'
import { Sync } from '../../../parts/status.tsx'
import { useLanguage } from '../../../words/index.tsx'
import { Prose } from '../../../words/prose.tsx'
import type { InspectorProps } from './inspector.tsx'

type Props = InspectorProps & { node: GraphNode; managed: UseQueryResult<{ items?: ResourceDiff[] | null }> }

export function DiffTab(props: Props) {
  const { node, managed, graph, summary } = props
  const { words } = useLanguage()
  const w = words.inspector
  if (node.id === rootId) return <AllDifferences {...props} />
  if (node.isHook) {
    return (
      <Empty icon="i-runs" title={w.isHook} bare>
        <p>{w.isHookText}</p>
      </Empty>
    )
  }
  if (!node.isManaged) {
    const owner = node.parent === undefined || node.parent === rootId ? undefined : graph.nodes.get(node.parent)
    return (
      <Empty icon="i-split" title={w.notManaged} bare>
        <p>
          <Prose of={w.notManagedText(owner?.name)} />
        </p>
      </Empty>
    )
  }
  if (managed.isPending) return <Bones lines={8} />
  if (managed.isError && !managed.data) {
    return <Failure title={words.failure.title.load(w.theDiff)} error={managed.error} onRetry={() => void managed.refetch()} />
  }
  const diff = managed.data?.items?.find((one) => idOf(one) === node.id)
  if (!diff) return <Bones lines={8} />
  return <OneDifference diff={diff} sync={node.sync} revision={summary.revision} prunes={summary.prune} />
}

function AllDifferences({ graph, onSelect }: Props) {
  const { words } = useLanguage()
  const out = graph.order.map((id) => graph.nodes.get(id)).filter((one) => one !== undefined && one.isManaged && one.sync === 'OutOfSync')
  if (out.length === 0) {
    return (
      <Empty icon="g-synced" title={words.inspector.noDifference} bare>
        <p>{words.inspector.noDifferenceText}</p>
      </Empty>
    )
  }
  return (
    <ul className="pick">
      {out.map(
        (one) =>
          one && (
            <li key={one.id}>
              <button type="button" className="link with-icon" onClick={() => onSelect(one.id)}>
                <Icon name={iconOf(one.kind)} className="kind" />
                {one.kind} <code>{one.name}</code>
              </button>
              <Sync of="OutOfSync" />
            </li>
          ),
      )}
    </ul>
  )
}

function OneDifference({
  diff,
  sync,
  revision,
  prunes,
}: {
  diff: ResourceDiff
  sync: GraphNode['sync']
  revision: string
  prunes: boolean
}) {
  const { words, format } = useLanguage()
  const w = words.inspector
  const [layout, setLayout] = useState<'unified' | 'split'>('unified')
  const live = diff.normalizedLiveState ?? diff.liveState
  const target = diff.predictedLiveState ?? diff.targetState
  const before = useMemo(() => yamlOf(live), [live])
  const after = useMemo(() => yamlOf(target), [target])
  const hasTarget = after !== ''
  const hasLive = before !== ''
  const isSame = before === after && (diff.differences ?? []).length === 0
  if (isSame) {
    if (sync === 'OutOfSync') {
      return (
        <Empty icon="g-outofsync" title="OutOfSync" bare>
          <p>{w.differenceUnknown}</p>
        </Empty>
      )
    }
    return (
      <>
        <Empty icon="g-synced" title={w.noDifference} bare>
          <p>{w.noDifferenceText}</p>
        </Empty>
        <Ignored fields={diff.ignored ?? []} />
      </>
    )
  }
  return (
    <>
      {!hasLive && (
        <Problem title={w.notLive} tone="warn" icon="g-missing" role="status">
          <p>{w.wouldBeCreated}</p>
        </Problem>
      )}
      {!hasTarget && (
        <Problem title={w.notManaged} tone="warn" icon="i-trash" role="status">
          <p>{prunes ? w.wouldBePruned : w.wouldStay}</p>
        </Problem>
      )}
      {(diff.differences ?? []).length > 0 && (
        <ul className="field-diffs" aria-label={w.fieldsThatDiffer}>
          {diff.differences?.map((one) => {
            const at = toDate(one.time)
            return (
              <li key={one.path}>
                <FieldPath path={one.path} />
                <span className="change">
                  {one.live === undefined ? <span className="muted">{w.absent}</span> : <del>{plainJson(one.live)}</del>}
                  <Icon name="i-arrow-right" />
                  {one.target === undefined ? <span className="muted">{w.absent}</span> : <ins>{plainJson(one.target)}</ins>}
                </span>
                {one.manager && <span className="muted small set-by">{w.setBy(one.manager, at && format.moment(at))}</span>}
              </li>
            )
          })}
        </ul>
      )}
      <Ignored fields={diff.ignored ?? []} />
      <div className="diff-frame">
        <div className="diff-head">
          {hasLive && (
            <span>
              <span className="sign-box del" aria-hidden="true">
                −
              </span>
              {w.liveNow}
            </span>
          )}
          {hasTarget && (
            <span>
              <span className="sign-box add" aria-hidden="true">
                +
              </span>
              {w.afterSync}
              {revision && <code className="hash">{short(revision)}</code>}
            </span>
          )}
          <Segmented
            small
            label={w.diffLayout}
            value={layout}
            choices={[
              { value: 'unified', label: w.unified },
              { value: 'split', label: w.split },
            ]}
            onChange={setLayout}
          />
        </div>
        <DiffView before={before} after={after} split={layout === 'split'} label={w.diffOf(diff.kind, diff.name)} />
      </div>
    </>
  )
}

/** What no comparison looks at, and why: both states are shown without it. */
function Ignored({ fields }: { fields: NonNullable<ResourceDiff['ignored']> }) {
  const { words } = useLanguage()
  if (fields.length === 0) return null
  return (
    <details className="ignored-fields">
      <summary>{words.inspector.fieldsIgnored(fields.length)}</summary>
      <ul className="field-diffs">
        {fields.map(({ path, rule }) => (
          <li key={path}>
            <FieldPath path={path} />
            <span className="muted small">
              <Prose of={words.inspector.ignoredBy(rule)} />
            </span>
          </li>
        ))}
      </ul>
    </details>
  )
}

function yamlOf(text: string | undefined): string {
  const object = parseObject(text)
  if (!object) return ''
  return toYaml(without(object, 'status'))
}

/** Without what every workload has in front, and with places to break at. */
function FieldPath({ path }: { path: string }) {
  const parts = path.replace(/^spec\.(?:template\.spec|jobTemplate\.spec\.template\.spec)\./, '').split(/(?<=\.)|(?=\[)/)
  return (
    <code title={path}>
      {parts.map((part, index) => (
        <Fragment key={index}>
          {index > 0 && <wbr />}
          {part}
        </Fragment>
      ))}
    </code>
  )
}

/** A text without its quotes; long values are cut, the diff below has them whole. */
function plainJson(json: string): string {
  let text = json
  try {
    const value: unknown = JSON.parse(json)
    if (typeof value === 'string') text = value
  } catch {
    // As it is.
  }
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}
