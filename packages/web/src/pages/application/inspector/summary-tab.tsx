import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { explain } from '../../../facts/condition.ts'
import { parseObject, pick, pickList, pickMap, pickNumber, pickText, type JsonObject } from '../../../facts/manifest.ts'
import { toDate, toMs } from '../../../facts/moment.ts'
import { nameOfSource, type SourceAt } from '../../../facts/sources.ts'
import type { Look } from '../../../facts/tone.ts'
import { rootId, type GraphNode } from '../../../graph/resource-graph.ts'
import { manifestQuery } from '../../../loaders/queries.ts'
import { Ago } from '../../../parts/ago.tsx'
import { Bones } from '../../../parts/empty.tsx'
import { OutsideLink } from '../../../parts/outside-link.tsx'
import { Failure, Problem } from '../../../parts/problem.tsx'
import { Status } from '../../../parts/status.tsx'
import { useLanguage, useWords } from '../../../words/index.tsx'
import type { Words } from '../../../words/en.ts'
import type { InspectorProps } from './inspector.tsx'
import { keyOf } from './key-of.ts'

type Fact = readonly [label: string, value: ReactNode]

export function SummaryTab(props: InspectorProps & { node: GraphNode }) {
  return props.node.id === rootId ? <ApplicationSummary {...props} /> : <ResourceSummary {...props} />
}

function ResourceSummary({ summary, node, onSelect, graph }: InspectorProps & { node: GraphNode }) {
  const { words, format } = useLanguage()
  const w = words.inspector
  const { data, error, isPending, refetch } = useQuery({
    ...manifestQuery(summary, keyOf(node), node.resourceVersion),
    enabled: !node.isMissing,
  })
  if (node.isMissing) {
    return (
      <Problem title={w.notLive} tone="warn" icon="g-missing" role="status">
        <p>{w.notLiveText}</p>
      </Problem>
    )
  }
  if (isPending) return <Bones lines={6} />
  const object = parseObject(data?.manifest)
  if (!object)
    return (
      <Failure
        title={words.failure.title.load(w.theManifest)}
        error={error ?? new Error(words.failure.unreadable)}
        onRetry={() => void refetch()}
      />
    )
  const created = toDate(pickText(object, 'metadata', 'creationTimestamp'))
  const owner = node.parent !== undefined && node.parent !== rootId ? graph.nodes.get(node.parent) : undefined
  const facts: Fact[] = [
    ...(node.healthMessage ? [[w.facts.message, <span className="said">{explain(node.healthMessage).what}</span>] as const] : []),
    ...(node.simulated ? [[words.tree.simulated, <span className="said">{node.simulated}</span>] as const] : []),
    ...kindFacts(object, words),
    ...(node.namespace ? [[w.facts.namespace, <code>{node.namespace}</code>] as const] : []),
    ...(created ? [[w.facts.created, <span title={format.full(created)}>{format.moment(created)}</span>] as const] : []),
    ...(owner
      ? [
          [
            w.ownedBy,
            <button type="button" className="link" onClick={() => onSelect(owner.id)}>
              {owner.kind} <code>{owner.name}</code>
            </button>,
          ] as const,
        ]
      : []),
    ...(node.urls.length > 0
      ? [
          [
            words.app.facts.links,
            node.urls.map((url) => (
              <span key={url} className="line">
                <OutsideLink to={url}>{url}</OutsideLink>
              </span>
            )),
          ] as const,
        ]
      : []),
    ...managersFact(object, words),
  ]
  return (
    <>
      <Facts facts={facts} />
      <Containers object={object} />
      <Conditions object={object} />
      <Pairs title={w.facts.labels} pairs={pickMap(object, 'metadata', 'labels')} />
      <Pairs
        title={w.facts.annotations}
        pairs={pickMap(object, 'metadata', 'annotations').filter(([name]) => !name.endsWith('last-applied-configuration'))}
      />
    </>
  )
}

export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className="facts">
      {facts.map(([label, value]) => (
        <div key={label} className="fact">
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

/** What one wants to know of an object of this kind, where it is there. */
function kindFacts(object: JsonObject, words: Words): Fact[] {
  const w = words.inspector
  const f = w.facts
  const kind = pickText(object, 'kind')
  const facts: (Fact | undefined)[] = []
  const text = (label: string, ...path: (string | number)[]): Fact | undefined => {
    const value = pickText(object, ...path)
    return value === '' ? undefined : [label, value]
  }
  const wanted = pickNumber(object, 'spec', 'replicas')
  switch (kind) {
    case 'Deployment':
    case 'StatefulSet':
    case 'ReplicaSet':
      facts.push([
        f.replicas,
        w.replicas({
          wanted: wanted ?? 1,
          ready: pickNumber(object, 'status', 'readyReplicas') ?? 0,
          updated: kind === 'ReplicaSet' ? undefined : pickNumber(object, 'status', 'updatedReplicas'),
        }),
      ])
      facts.push(text(f.strategy, 'spec', 'strategy', 'type') ?? text(f.strategy, 'spec', 'updateStrategy', 'type'))
      facts.push(imagesFact(object, f.images, 'spec', 'template', 'spec'))
      break
    case 'DaemonSet':
      facts.push([
        f.replicas,
        w.replicas({
          wanted: pickNumber(object, 'status', 'desiredNumberScheduled') ?? 0,
          ready: pickNumber(object, 'status', 'numberReady') ?? 0,
          updated: undefined,
        }),
      ])
      facts.push(imagesFact(object, f.images, 'spec', 'template', 'spec'))
      break
    case 'Pod':
      facts.push(text(f.phase, 'status', 'phase'), text(f.node, 'spec', 'nodeName'), text(f.podIP, 'status', 'podIP'))
      break
    case 'Job':
      facts.push(text(f.completions, 'spec', 'completions'), imagesFact(object, f.images, 'spec', 'template', 'spec'))
      break
    case 'CronJob':
      facts.push(text(f.schedule, 'spec', 'schedule'))
      facts.push(imagesFact(object, f.images, 'spec', 'jobTemplate', 'spec', 'template', 'spec'))
      {
        const last = toMs(pickText(object, 'status', 'lastScheduleTime'))
        if (last !== undefined) facts.push([f.lastRun, <Ago at={last} long />])
      }
      break
    case 'Service':
      facts.push(text(f.type, 'spec', 'type'), text(f.clusterIP, 'spec', 'clusterIP'))
      facts.push([
        f.ports,
        pickList(object, 'spec', 'ports').map((port, index) => (
          <code key={index} className="line">
            {[
              pickText(port, 'name'),
              `${pickText(port, 'port')} → ${pickText(port, 'targetPort') || pickText(port, 'port')}`,
              pickText(port, 'protocol'),
            ]
              .filter(Boolean)
              .join(' ')}
          </code>
        )),
      ])
      facts.push(selectorFact(object, f.selector, 'spec', 'selector'))
      break
    case 'Ingress':
      facts.push([
        f.hosts,
        pickList(object, 'spec', 'rules').map((rule, index) => (
          <code key={index} className="line">
            {pickText(rule, 'host') || '*'}
            {pickList(rule, 'http', 'paths')
              .map((path) => pickText(path, 'path'))
              .filter(Boolean)
              .join(' ')}
          </code>
        )),
      ])
      {
        const [address] = pickList(object, 'status', 'loadBalancer', 'ingress')
        const shown = pickText(address, 'ip') || pickText(address, 'hostname')
        if (shown) facts.push([f.address, <code>{shown}</code>])
      }
      break
    case 'ConfigMap':
    case 'Secret': {
      const keys = [...pickMap(object, 'data'), ...pickMap(object, 'binaryData'), ...pickMap(object, 'stringData')].map(([name]) => name)
      if (kind === 'Secret') facts.push(text(f.type, 'type'))
      facts.push([
        kind === 'Secret' ? w.keysMasked(keys.length) : w.keys(keys.length),
        keys.map((key) => (
          <code key={key} className="line">
            {key}
          </code>
        )),
      ])
      break
    }
    case 'HorizontalPodAutoscaler':
      facts.push([f.scale, w.between(pickNumber(object, 'spec', 'minReplicas') ?? 1, pickNumber(object, 'spec', 'maxReplicas') ?? 1)])
      facts.push(text(f.replicas, 'status', 'currentReplicas'))
      break
    case 'PersistentVolumeClaim':
      facts.push(
        text(f.phase, 'status', 'phase'),
        text(f.capacity, 'status', 'capacity', 'storage'),
        text(f.storageClass, 'spec', 'storageClassName'),
      )
      break
  }
  return facts.filter((one) => one !== undefined)
}

function imagesFact(object: JsonObject, label: string, ...path: string[]): Fact | undefined {
  const images = pickList(object, ...path, 'containers')
    .map((one) => pickText(one, 'image'))
    .filter(Boolean)
  if (images.length === 0) return undefined
  return [
    label,
    images.map((image, index) => (
      <code key={index} className="line">
        {image}
      </code>
    )),
  ]
}

function selectorFact(object: JsonObject, label: string, ...path: string[]): Fact | undefined {
  const pairs = pickMap(object, ...path)
  if (pairs.length === 0) return undefined
  return [label, pairs.map(([name, value]) => <code key={name} className="line">{`${name}=${value}`}</code>)]
}

function managersFact(object: JsonObject, words: Words): Fact[] {
  const counts = new Map<string, number>()
  for (const entry of pickList(object, 'metadata', 'managedFields')) {
    const manager = pickText(entry, 'manager')
    if (manager) counts.set(manager, (counts.get(manager) ?? 0) + countFields(pick(entry, 'fieldsV1')))
  }
  if (counts.size === 0) return []
  return [[words.inspector.facts.setBy, words.list([...counts].map(([manager, count]) => `${manager} ${count}`))]]
}

function countFields(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const below = Object.values(value)
  return below.length === 0 ? 1 : below.reduce<number>((sum, one) => sum + countFields(one), 0)
}

function Containers({ object }: { object: JsonObject }) {
  const words = useWords()
  const w = words.inspector
  const { facts: f, container: c } = w
  const specs = [
    ...pickList(object, 'spec', 'initContainers').map((spec) => ({ spec, isInit: true })),
    ...pickList(object, 'spec', 'containers').map((spec) => ({ spec, isInit: false })),
  ]
  if (pickText(object, 'kind') !== 'Pod' || specs.length === 0) return null
  const statuses = new Map(
    [...pickList(object, 'status', 'containerStatuses'), ...pickList(object, 'status', 'initContainerStatuses')].map((one) => [
      pickText(one, 'name'),
      one,
    ]),
  )
  return (
    <>
      <h3>{f.containers}</h3>
      <ul className="containers">
        {specs.map(({ spec, isInit }) => {
          const name = pickText(spec, 'name')
          const status = statuses.get(name)
          const state = pick(status, 'state')
          const word =
            pickText(state, 'waiting', 'reason') ||
            pickText(state, 'terminated', 'reason') ||
            (pick(state, 'running') !== undefined ? 'Running' : '')
          const restarts = pickNumber(status, 'restartCount') ?? 0
          const isReady = pick(status, 'ready') === true
          const isDone = pickText(state, 'terminated', 'exitCode') === '0'
          const look: Look =
            isReady || isDone
              ? { glyph: 'g-ok', tone: 'ok' }
              : /BackOff|Error|OOM/.test(word)
                ? { glyph: 'g-degraded', tone: 'bad' }
                : status === undefined
                  ? { glyph: 'g-queued', tone: 'none' }
                  : { glyph: 'g-progress', tone: 'run', turning: true }
          const last = pickText(status, 'lastState', 'terminated', 'reason')
          const message = pickText(state, 'waiting', 'message') || pickText(state, 'terminated', 'message')
          return (
            <li key={name}>
              <span className="container-name">
                <code>{name}</code>
                {isInit && <span className="tag">{c.init}</span>}
              </span>
              <Status look={look} word={word || (isReady ? c.ready : c.notReady)} />
              <code className="soft small">{pickText(spec, 'image')}</code>
              {(restarts > 0 || last || message) && (
                <span className="muted small said">
                  {words.list([
                    ...(restarts > 0 ? [c.restarts(restarts)] : []),
                    ...(last ? [`${last} ${pickText(status, 'lastState', 'terminated', 'exitCode')}`.trim()] : []),
                    ...(message ? [message] : []),
                  ])}
                </span>
              )}
            </li>
          )
        })}
      </ul>
    </>
  )
}

function Conditions({ object }: { object: JsonObject }) {
  const words = useWords()
  const conditions = pickList(object, 'status', 'conditions')
  if (conditions.length === 0) return null
  return (
    <>
      <h3>{words.inspector.facts.conditions}</h3>
      <Facts
        facts={conditions.map((one): Fact => {
          const status = pickText(one, 'status')
          const type = pickText(one, 'type')
          // For these, true is the bad news.
          const isInverse = /Failure|Pressure|Limited|Failed/.test(type)
          const isGood = isInverse ? status === 'False' : status === 'True'
          const look: Look =
            status === 'Unknown'
              ? { glyph: 'g-unknown', tone: 'none' }
              : isGood
                ? { glyph: 'g-ok', tone: 'ok' }
                : { glyph: 'g-warning', tone: 'warn' }
          const at = toMs(pickText(one, 'lastTransitionTime'))
          return [
            type,
            <>
              <Status look={look} word={status} />{' '}
              <span className="muted">
                {pickText(one, 'reason')}
                {at !== undefined && (
                  <>
                    {' '}
                    <Ago at={at} />
                  </>
                )}
              </span>
              {!isGood && pickText(one, 'message') && <span className="line soft small said">{pickText(one, 'message')}</span>}
            </>,
          ]
        })}
      />
    </>
  )
}

function Pairs({ title, pairs }: { title: string; pairs: readonly (readonly [string, string])[] }) {
  if (pairs.length === 0) return null
  return (
    <>
      <h3>{title}</h3>
      <ul className="pairs">
        {pairs.map(([name, value]) => (
          <li key={name} title={`${name}=${value}`}>
            <code>
              <span className="muted">{name}</span> {value}
            </code>
          </li>
        ))}
      </ul>
    </>
  )
}

function sourceFacts(sources: readonly SourceAt[], words: Words): Fact[] {
  const w = words.app.facts
  const [only] = sources
  if (sources.length === 1 && only) {
    return [
      [w.source, <OutsideLink to={only.repoURL}>{only.repoURL}</OutsideLink>],
      only.chart ? [words.create.chart, <code>{only.chart}</code>] : [words.create.path, <code>{only.path || '.'}</code>],
      [w.target, <code>{followed(only)}</code>],
    ]
  }
  return [
    [
      words.source.list,
      sources.map((one) => (
        <span key={one.index} className="line">
          <code>{nameOfSource(one)}</code> <span className="muted">{one.repoURL}</span> <code>{followed(one)}</code>
        </span>
      )),
    ],
  ]
}

function followed(source: SourceAt): string {
  return source.targetRevision || (source.chart ? '*' : 'HEAD')
}

function ApplicationSummary({ application, summary }: InspectorProps) {
  const { words, format } = useLanguage()
  const w = words.app.facts
  const created = toDate(application.metadata.creationTimestamp)
  const compared = toMs(application.status?.reconciledAt)
  const options = application.spec.syncPolicy?.syncOptions ?? []
  const images = application.status?.summary?.images ?? []
  return (
    <>
      <Facts
        facts={[
          ...sourceFacts(summary.sources, words),
          ...(compared === undefined ? [] : [[w.compared, <Ago at={compared} long />] as const]),
          ...(created ? [[w.created, <span title={format.full(created)}>{format.moment(created)}</span>] as const] : []),
          ...(options.length > 0
            ? [
                [
                  words.sync.options,
                  options.map((one) => (
                    <code key={one} className="line">
                      {one}
                    </code>
                  )),
                ] as const,
              ]
            : []),
          ...(images.length > 0
            ? [
                [
                  w.images,
                  images.map((one) => (
                    <code key={one} className="line">
                      {one}
                    </code>
                  )),
                ] as const,
              ]
            : []),
        ]}
      />
      <Pairs title={w.labels} pairs={Object.entries(summary.labels)} />
      <Pairs
        title={words.inspector.facts.annotations}
        pairs={Object.entries(application.metadata.annotations ?? {}).filter(([name]) => !name.endsWith('last-applied-configuration'))}
      />
    </>
  )
}
