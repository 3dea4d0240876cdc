import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { pullsApi } from '../../client/pulls.ts'
import { canWrite } from '../../facts/may.ts'
import { repositoriesQuery } from '../../loaders/pulls.ts'
import { useSession } from '../../loaders/session.ts'
import { Button } from '../../parts/button.tsx'
import { CopyButton } from '../../parts/copy-button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Bones, Empty } from '../../parts/empty.tsx'
import { Icon } from '../../parts/icon.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { usePageTitle } from '../../parts/page-title.ts'
import { Failure } from '../../parts/problem.tsx'
import { useWords } from '../../words/index.tsx'
import { useSubmit } from '../dialogs/use-submit.ts'

/** Repositories that live here. */
export function Repositories() {
  const words = useWords()
  const w = words.repositories
  usePageTitle(w.title)
  const session = useSession()
  const [isMaking, setMaking] = useState(false)
  const { data, error, isPending, refetch } = useQuery(repositoriesQuery)
  const may = session.name === 'in' && canWrite(session.identity)
  const items = data?.items ?? []
  return (
    <>
      <PageHead title={w.title} lede={w.lede}>
        <Link className="button" to="/settings/repositories">
          <Icon name="i-folder" />
          {words.credentials.title}
        </Link>
        <Link className="button" to="/settings/connections">
          <Icon name="i-pulls" />
          {words.connections.title}
        </Link>
        <Button icon="i-plus" reason={may ? undefined : w.mayNotCreate} onClick={() => setMaking(true)}>
          {w.create}
        </Button>
      </PageHead>
      {error && !data ? (
        <Failure title={words.failure.title.load(w.title)} error={error} onRetry={() => void refetch()} />
      ) : isPending ? (
        <Bones lines={6} />
      ) : items.length === 0 ? (
        <Empty icon="i-folder" title={w.none}>
          <p>{w.noneText}</p>
        </Empty>
      ) : (
        <div className="panel fleet">
          <table className="table" aria-label={w.title}>
            <thead>
              <tr>
                <th scope="col">{w.columns.name}</th>
                <th scope="col">{w.columns.branch}</th>
                <th scope="col" className="c-url">
                  {w.columns.url}
                </th>
              </tr>
            </thead>
            <tbody>
              {items.map((one) => (
                <tr key={one.name} className="link-row">
                  <td>
                    <Link className="name" to="/repositories/$name" params={{ name: one.name }}>
                      {one.name}
                    </Link>
                  </td>
                  <td>{one.defaultBranch ? <code>{one.defaultBranch}</code> : <span className="muted">{w.isEmpty}</span>}</td>
                  <td className="c-url">
                    {one.url && (
                      <span className="copied">
                        <code className="clip">{one.url}</code>
                        <CopyButton text={one.url} label={w.copyUrl} />
                      </span>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {isMaking && <CreateDialog onClose={() => setMaking(false)} />}
    </>
  )
}

function CreateDialog({ onClose }: { onClose: () => void }) {
  const words = useWords()
  const w = words.repositories
  const navigate = useNavigate()
  const client = useQueryClient()
  const [name, setName] = useState('')
  const { isBusy, error, submit } = useSubmit(
    async () => {
      await pullsApi.createRepository(name.trim())
      await client.invalidateQueries({ queryKey: ['repositories'] })
    },
    () => {
      onClose()
      void navigate({ to: '/repositories/$name', params: { name: name.trim() } })
    },
  )
  const reason = name.trim() === '' ? w.needName : undefined
  return (
    <Dialog
      title={w.create}
      onClose={onClose}
      onSubmit={reason === undefined ? submit : undefined}
      foot={
        <>
          <Button onClick={onClose}>{words.common.cancel}</Button>
          <Button look="primary" busy={isBusy} reason={reason} onClick={submit}>
            {w.create}
          </Button>
        </>
      }
    >
      <div className="field">
        <label htmlFor="repository-name">{w.columns.name}</label>
        <span className="input">
          <input
            id="repository-name"
            data-first
            className="mono"
            value={name}
            spellCheck={false}
            onChange={(event) => setName(event.target.value)}
          />
        </span>
        <span className="hint">{w.nameHint}</span>
      </div>
      {error !== undefined && <Failure title={words.failure.title.act(w.create)} error={error} />}
    </Dialog>
  )
}
