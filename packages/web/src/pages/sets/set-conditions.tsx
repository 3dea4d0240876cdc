import type { ApplicationSet, SetCondition } from '@plimsoll/api'
import { useMemo } from 'react'
import { toYaml } from '../../facts/manifest.ts'
import { toMs } from '../../facts/moment.ts'
import { Ago } from '../../parts/ago.tsx'
import { CodeView } from '../../parts/code-view.tsx'
import { CopyButton } from '../../parts/copy-button.tsx'
import { useWords } from '../../words/index.tsx'

/** Everything that the controller says of a set, in its own words. */
export function SetConditions({ set }: { set: ApplicationSet }) {
  const w = useWords().sets
  const conditions = set.status?.conditions ?? []
  if (conditions.length === 0) return null
  return (
    <section className="section" aria-labelledby="set-conditions">
      <div className="section-head">
        <h2 id="set-conditions">{w.conditions}</h2>
      </div>
      <div className="panel fleet">
        <table className="table block-table set-conditions" role="table" aria-labelledby="set-conditions">
          <thead role="rowgroup">
            <tr role="row">
              {(['type', 'status', 'message', 'since'] as const).map((one) => (
                <th key={one} role="columnheader" scope="col">
                  {w.conditionColumns[one]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody role="rowgroup">
            {conditions.map((one) => (
              <Condition key={one.type} condition={one} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function Condition({ condition: { type, status, message, reason, lastTransitionTime } }: { condition: SetCondition }) {
  return (
    <tr role="row">
      <td role="cell" className="nowrap">
        {type}
        <span className="line muted small">{reason}</span>
      </td>
      <td role="cell">{status}</td>
      <td role="cell" className="soft said">
        {message}
      </td>
      <td role="cell" className="soft nowrap">
        <Ago at={toMs(lastTransitionTime)} long />
      </td>
    </tr>
  )
}

/** The set as it is written, without what is only said about it. */
export function SetSpec({ set }: { set: ApplicationSet }) {
  const w = useWords().sets
  const yaml = useMemo(() => {
    const { name, namespace, labels, annotations } = set.metadata
    const metadata = { name, ...(namespace && { namespace }), ...(labels && { labels }), ...(annotations && { annotations }) }
    return toYaml({ apiVersion: 'argoproj.io/v1alpha1', kind: 'ApplicationSet', metadata, spec: set.spec })
  }, [set.metadata, set.spec])
  return (
    <section className="section" aria-labelledby="set-spec">
      <div className="section-head">
        <h2 id="set-spec">{w.spec}</h2>
        <span className="end">
          <CopyButton text={yaml} />
        </span>
      </div>
      <div className="diff-frame">
        <CodeView text={yaml} label={w.specOf(set.metadata.name)} />
      </div>
    </section>
  )
}
