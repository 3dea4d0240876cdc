import { useQuery } from '@tanstack/react-query'
import type { PullRequest } from '@plimsoll/api'
import { useId, useState } from 'react'
import { pullsApi } from '../../client/pulls.ts'
import { repositoryQuery, useLookAgain } from '../../loaders/pulls.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Failure } from '../../parts/problem.tsx'
import { useWords } from '../../words/index.tsx'
import { useSubmit } from '../dialogs/use-submit.ts'
import { BranchSelect } from './branch-select.tsx'

export function EditDialog({ pull, onClose }: { pull: PullRequest; onClose: () => void }) {
  const words = useWords()
  const w = words.pulls
  const id = useId()
  const [title, setTitle] = useState(pull.title)
  const [body, setBody] = useState(pull.body)
  const [base, setBase] = useState(pull.base.branch)
  const lookAgain = useLookAgain(pull.repository, pull.number)
  const { data: repository } = useQuery(repositoryQuery(pull.repository))
  const { isBusy, error, submit } = useSubmit(async () => {
    await pullsApi.update(pull.repository, pull.number, {
      ...(title !== pull.title && { title }),
      ...(body !== pull.body && { body }),
      ...(base !== pull.base.branch && { base }),
    })
    await lookAgain()
  }, onClose)
  const reason = title.trim() === '' ? w.needTitle : undefined
  return (
    <Dialog
      wide
      title={w.editTitle(pull.number)}
      onClose={onClose}
      onSubmit={reason === undefined ? submit : undefined}
      foot={
        <>
          <Button onClick={onClose}>{words.common.cancel}</Button>
          <Button look="primary" busy={isBusy} reason={reason} onClick={submit}>
            {w.save}
          </Button>
        </>
      }
    >
      <div className="field">
        <label htmlFor={`${id}-title`}>{w.titleField}</label>
        <span className="input">
          <input id={`${id}-title`} data-first maxLength={256} value={title} onChange={(event) => setTitle(event.target.value)} />
        </span>
      </div>
      <div className="field">
        <label htmlFor={`${id}-body`}>{w.description}</label>
        <textarea
          id={`${id}-body`}
          className="input"
          rows={8}
          maxLength={65_536}
          value={body}
          onChange={(event) => setBody(event.target.value)}
        />
        <span className="hint">{w.markdownHint}</span>
      </div>
      {pull.state === 'open' && (
        <div className="field">
          <label htmlFor={`${id}-base`}>{w.target}</label>
          <BranchSelect
            id={`${id}-base`}
            value={base}
            branches={(repository?.branches ?? []).map(({ name }) => name).filter((name) => name !== pull.head.branch)}
            onChange={setBase}
          />
          {base !== pull.base.branch && <span className="hint">{w.targetHint}</span>}
        </div>
      )}
      {error !== undefined && <Failure title={words.failure.title.act(w.theChange)} error={error} />}
    </Dialog>
  )
}
