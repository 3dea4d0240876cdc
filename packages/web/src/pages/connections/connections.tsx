import { useQuery } from '@tanstack/react-query'
import type { RemoteConnection } from '@plimsoll/api'
import { useState } from 'react'
import { connectionsApi } from '../../client/connections.ts'
import { ApiError } from '../../client/http.ts'
import { repositoryLabel } from '../../facts/hosted.ts'
import { canAdminister, canWrite } from '../../facts/may.ts'
import { toMs } from '../../facts/moment.ts'
import type { Look } from '../../facts/tone.ts'
import { connectionsQuery } from '../../loaders/connections.ts'
import { queryClient } from '../../loaders/queries.ts'
import { useSession } from '../../loaders/session.ts'
import { Ago } from '../../parts/ago.tsx'
import { Button } from '../../parts/button.tsx'
import { Bones, Empty } from '../../parts/empty.tsx'
import { Icon } from '../../parts/icon.tsx'
import { Menu, MenuItem, MenuLine } from '../../parts/menu.tsx'
import { OutsideLink } from '../../parts/outside-link.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { usePageTitle } from '../../parts/page-title.ts'
import { Failure, useFailureWords } from '../../parts/problem.tsx'
import { Status } from '../../parts/status.tsx'
import { toast } from '../../parts/toasts.tsx'
import { useWords } from '../../words/index.tsx'
import { ConnectDialog } from './connect-dialog.tsx'
import { DisconnectDialog } from './disconnect-dialog.tsx'
import { WebhookDialog } from './webhook-dialog.tsx'

interface Open {
  name: 'connect' | 'webhook' | 'disconnect'
  /** Of the connection that it is about. */
  url?: string
}

const looks: Record<RemoteConnection['state'], Look> = {
  working: { glyph: 'g-ok', tone: 'ok' },
  failing: { glyph: 'g-degraded', tone: 'bad' },
  waiting: { glyph: 'g-queued', tone: 'none' },
}

/** Repositories on GitHub, GitLab and Gitea whose pull requests are followed from here. */
export function Connections() {
  const words = useWords()
  const w = words.connections
  usePageTitle(w.title)
  const session = useSession()
  const identity = session.name === 'in' ? session.identity : undefined
  const mayChange = identity !== undefined && canAdminister(identity)
  const mayTest = identity !== undefined && canWrite(identity)
  const { data, error, isPending, refetch } = useQuery(connectionsQuery)
  const [open, setOpen] = useState<Open>()
  // Trouble first.
  const items = (data?.items ?? []).toSorted((a, b) => Number(b.state === 'failing') - Number(a.state === 'failing'))
  const about = open?.url === undefined ? undefined : items.find(({ url }) => url === open.url)
  const close = () => setOpen(undefined)
  const connect = (
    <Button look="primary" icon="i-plus" reason={mayChange ? undefined : w.notAdmin} onClick={() => setOpen({ name: 'connect' })}>
      {w.connect}
    </Button>
  )
  return (
    <>
      <PageHead title={w.title} lede={w.lede}>
        {items.length > 0 && connect}
      </PageHead>
      {error && !data ? (
        <Failure title={words.failure.title.load(w.theConnections)} error={error} onRetry={() => void refetch()} />
      ) : isPending ? (
        <Bones lines={5} />
      ) : items.length === 0 ? (
        <Empty icon="i-pulls" title={w.none}>
          <p>{w.noneText}</p>
          <div className="buttons">{connect}</div>
        </Empty>
      ) : (
        <div className="panel fleet">
          <table className="table block-table connections-table" role="table" aria-label={w.title}>
            <thead role="rowgroup">
              <tr role="row">
                {(['repository', 'state', 'poll', 'webhook', 'by'] as const).map((one) => (
                  <th key={one} role="columnheader" scope="col">
                    {w.columns[one]}
                  </th>
                ))}
                <th role="columnheader" scope="col">
                  <span className="visually-hidden">{w.columns.actions}</span>
                </th>
              </tr>
            </thead>
            <tbody role="rowgroup">
              {items.map((one) => (
                <Row
                  key={one.url}
                  connection={one}
                  mayChange={mayChange}
                  mayTest={mayTest}
                  onOpen={(name) => setOpen({ name, url: one.url })}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {open?.name === 'connect' && <ConnectDialog {...(about && { known: about })} onClose={close} />}
      {open?.name === 'webhook' && about && <WebhookDialog connection={about} onClose={close} />}
      {open?.name === 'disconnect' && about && <DisconnectDialog connection={about} onClose={close} />}
    </>
  )
}

function Row({
  connection,
  mayChange,
  mayTest,
  onOpen,
}: {
  connection: RemoteConnection
  mayChange: boolean
  mayTest: boolean
  onOpen: (name: Open['name']) => void
}) {
  const words = useWords()
  const w = words.connections
  const { url, provider, state, failure, lastPollAt, lastWebhookAt, hasWebhookSecret, connectedAt, connectedBy } = connection
  const { isBusy, test } = useTest(url)
  const reason = mayChange ? undefined : w.notAdmin
  return (
    <tr role="row">
      <td role="cell" className="c-main">
        <strong>
          <OutsideLink to={url}>{repositoryLabel(url)}</OutsideLink>
        </strong>
        <span className="line muted small">{w.providers[provider]}</span>
      </td>
      <td role="cell" className="c-state">
        <Status look={looks[state]} word={w.states[state]} />
        {failure && <Why failure={failure} />}
      </td>
      <td role="cell" className="soft nowrap" data-label={w.columns.poll}>
        {lastPollAt === undefined ? <span className="muted">{w.never}</span> : <Ago at={toMs(lastPollAt)} long />}
      </td>
      <td role="cell" className="soft nowrap" data-label={w.columns.webhook}>
        {lastWebhookAt === undefined ? (
          <span className="muted" title={w.noWebhookTitle}>
            {hasWebhookSecret ? w.noWebhook : w.noSecret}
          </span>
        ) : (
          <Ago at={toMs(lastWebhookAt)} long />
        )}
      </td>
      <td role="cell" className="soft nowrap" data-label={w.columns.by}>
        {connectedBy}{' '}
        <span className="line muted small">
          <Ago at={toMs(connectedAt)} long />
        </span>
      </td>
      <td role="cell">
        <span className="buttons row-buttons">
          <Button small busy={isBusy} reason={mayTest ? undefined : w.notMaintainer} onClick={test}>
            {w.test}
          </Button>
          <Menu
            label={w.moreOf(repositoryLabel(url))}
            trigger={
              <button
                type="button"
                className="button ghost square small"
                aria-label={w.moreOf(repositoryLabel(url))}
                title={w.moreOf(repositoryLabel(url))}
              >
                <Icon name="i-dots" />
              </button>
            }
          >
            <MenuItem icon="i-lock" reason={reason} onSelect={() => onOpen('connect')}>
              {w.newToken}
            </MenuItem>
            <MenuItem icon="i-refresh" reason={reason} onSelect={() => onOpen('webhook')}>
              {w.webhook.menu}
            </MenuItem>
            <MenuLine />
            <MenuItem icon="i-trash" danger reason={reason} onSelect={() => onOpen('disconnect')}>
              {w.disconnect}
            </MenuItem>
          </Menu>
        </span>
      </td>
    </tr>
  )
}

function Why({ failure }: { failure: NonNullable<RemoteConnection['failure']> }) {
  const { what, remedy } = useFailureWords()(new ApiError(0, failure.reason, failure.message, { remedy: failure.remedy }))
  return (
    <span className="line small said">
      {what} {remedy}
    </span>
  )
}

/** Asks there now. What it says is in the row from then on; this only says that it was said. */
function useTest(url: string): { isBusy: boolean; test: () => void } {
  const words = useWords()
  const w = words.connections
  const inWords = useFailureWords()
  const [isBusy, setBusy] = useState(false)
  const run = async () => {
    setBusy(true)
    try {
      await connectionsApi.test(url)
      toast({ look: looks.working, title: w.answers(repositoryLabel(url)) })
    } catch (cause) {
      const { what, remedy } = inWords(cause)
      toast({ look: looks.failing, title: w.failsTest(repositoryLabel(url)), text: [what, remedy].filter(Boolean).join(' ') })
    } finally {
      setBusy(false)
      void queryClient.invalidateQueries({ queryKey: connectionsQuery.queryKey })
    }
  }
  return { isBusy, test: () => void run() }
}
