import { lazy, Suspense } from 'react'
import { ask, useQuestion } from './ask.ts'

const loadSync = () => import('./sync-dialog.tsx')
const loadRollback = () => import('./rollback-dialog.tsx')
const SyncDialog = lazy(() => loadSync().then((one) => ({ default: one.SyncDialog })))
const RollbackDialog = lazy(() => loadRollback().then((one) => ({ default: one.RollbackDialog })))
const ResumeDialog = lazy(() => import('./resume-dialog.tsx').then((one) => ({ default: one.ResumeDialog })))
const DeleteDialog = lazy(() => import('./delete-dialog.tsx').then((one) => ({ default: one.DeleteDialog })))
const RotateDialog = lazy(() => import('./rotate-dialog.tsx').then((one) => ({ default: one.RotateDialog })))
const ConfirmDialog = lazy(() => import('./confirm-dialog.tsx').then((one) => ({ default: one.ConfirmDialog })))
const ActionDialog = lazy(() => import('./action-dialog.tsx').then((one) => ({ default: one.ActionDialog })))
const SeveralDialog = lazy(() => import('./several-dialog.tsx').then((one) => ({ default: one.SeveralDialog })))

/** Fetches what is most likely asked for, before it is. */
export function preloadDialogs(): Promise<unknown> {
  return Promise.all([loadSync(), loadRollback()])
}

/** Draws the dialog that some page asked for. */
export function Dialogs() {
  const question = useQuestion()
  const close = () => ask(undefined)
  return (
    <Suspense>
      {question?.name === 'sync' && <SyncDialog question={question} onClose={close} />}
      {question?.name === 'rollback' && <RollbackDialog question={question} onClose={close} />}
      {question?.name === 'resume' && <ResumeDialog question={question} onClose={close} />}
      {question?.name === 'delete' && <DeleteDialog question={question} onClose={close} />}
      {question?.name === 'rotate' && <RotateDialog question={question} onClose={close} />}
      {question?.name === 'confirm' && <ConfirmDialog question={question} onClose={close} />}
      {question?.name === 'action' && <ActionDialog question={question} onClose={close} />}
      {question?.name === 'several' && <SeveralDialog question={question} onClose={close} />}
    </Suspense>
  )
}
