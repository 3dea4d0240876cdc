import { useQuery } from '@tanstack/react-query'
import { calledOf } from '../../facts/application-name.ts'
import { summarize } from '../../facts/summary.ts'
import { idOf } from '../../graph/resource-graph.ts'
import { applicationQuery } from '../../loaders/queries.ts'
import { useWords } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import { confirmDeletion } from './actions.ts'
import type { Question } from './ask.ts'
import { SubmitDialog } from './submit-dialog.tsx'
import { useSubmit } from './use-submit.ts'

/** More are counted. */
const most = 12

/** `Prune=confirm` and `Delete=confirm`: what waits goes only when somebody says so. */
export function ConfirmDialog({ question: { app }, onClose }: { question: Extract<Question, { name: 'confirm' }>; onClose: () => void }) {
  const words = useWords()
  const w = words.app.confirm
  const { data: application } = useQuery({ ...applicationQuery(app), refetchOnMount: 'always' })
  const { isBusy, error, submit } = useSubmit(() => confirmDeletion(app, words), onClose)
  const what = (application && summarize(application).waitsFor) ?? 'pruning'
  const concerned = (application?.status?.resources ?? []).filter(
    (one) => one.requiresDeletionConfirmation === true && (what === 'deletion' || one.requiresPruning === true),
  )
  return (
    <SubmitDialog
      isDangerous
      title={<Prose of={w.title[what](calledOf(app))} />}
      submitLabel={w.submit[what]}
      icon="i-trash"
      submission={{ isBusy, error, submit }}
      failed={w.failed}
      onClose={onClose}
    >
      <p>{w.text}</p>
      <ul>
        {concerned.slice(0, most).map((one) => (
          <li key={idOf(one)}>
            {one.kind} <code>{one.name}</code>
          </li>
        ))}
        {concerned.length > most && <li>{w.more(concerned.length - most)}</li>}
      </ul>
    </SubmitDialog>
  )
}
