import type { Cluster } from '@plimsoll/api'
import type { ReactNode } from 'react'
import { toMs } from '../../facts/moment.ts'
import { Ago } from '../../parts/ago.tsx'
import { Button } from '../../parts/button.tsx'
import { CopyButton } from '../../parts/copy-button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Status } from '../../parts/status.tsx'
import { useWords } from '../../words/index.tsx'
import { clusterLooks } from './clusters.tsx'

/** Everything that is known of one cluster, and nothing that lets somebody in. */
export function ClusterDetails({ cluster, onClose }: { cluster: Cluster; onClose: () => void }) {
  const words = useWords()
  const w = words.clusters
  const { server, name, info, connectionState: state, namespaces, clusterResources, project, config } = cluster
  const pairs = (record: Record<string, string> | undefined) => Object.entries(record ?? {}).map(([key, value]) => `${key}=${value}`)
  const labels = pairs(cluster.labels)
  const annotations = pairs(cluster.annotations)
  const { cacheInfo, unreadableKinds = [] } = info
  return (
    <Dialog wide title={name} onClose={onClose} foot={<Button onClick={onClose}>{words.common.close}</Button>}>
      <dl className="facts">
        <Fact label={w.facts.server}>
          <span className="copied">
            <code>{server}</code>
            <CopyButton text={server} />
          </span>
        </Fact>
        <Fact label={w.facts.connection}>
          <Status look={clusterLooks[state.status]} word={w.states[state.status]} />{' '}
          <span className="muted small">
            <Ago at={toMs(state.attemptedAt)} long />
          </span>
          {state.status === 'Failed' && <span className="line small said">{state.message}</span>}
        </Fact>
        {info.serverVersion && <Fact label={w.facts.version}>{info.serverVersion}</Fact>}
        <Fact label={w.facts.cache}>
          {cacheInfo.resourcesCount ?? 0} <span className="muted small">{w.kinds(cacheInfo.apisCount ?? 0)}</span>
        </Fact>
        {cacheInfo.lastCacheSyncTime && (
          <Fact label={w.facts.readAt}>
            <Ago at={toMs(cacheInfo.lastCacheSyncTime)} long />
          </Fact>
        )}
        <Fact label={w.facts.namespaces}>
          {namespaces ? words.list([...namespaces, ...(clusterResources ? [w.facts.andNone] : [])]) : w.facts.allNamespaces}
        </Fact>
        {project && <Fact label={w.facts.project}>{project}</Fact>}
        <Fact label={w.facts.certificate}>{config.tlsClientConfig.insecure ? w.facts.unchecked : w.facts.checked}</Fact>
        {config.proxyUrl && <Fact label={w.facts.proxy}>{config.proxyUrl}</Fact>}
        {labels.length > 0 && <Fact label={w.facts.labels}>{words.list(labels)}</Fact>}
        {annotations.length > 0 && <Fact label={w.facts.annotations}>{words.list(annotations)}</Fact>}
        {unreadableKinds.length > 0 && (
          <Fact label={w.facts.unreadable}>
            {unreadableKinds.map(({ kind, group, message }) => (
              <span key={`${group}/${kind}`} className="line small said">
                {group === '' ? kind : `${kind}.${group}`}: {message}
              </span>
            ))}
          </Fact>
        )}
      </dl>
    </Dialog>
  )
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="fact">
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  )
}
