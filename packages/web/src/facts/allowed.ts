import type { AppSummary } from './summary.ts'

/** Why something cannot be done now. The words stand in the catalogue under the same name. */
export type ReasonKey =
  | 'operation-running'
  | 'no-operation'
  | 'already-terminating'
  | 'being-deleted'
  | 'no-earlier-revision'
  | 'not-held'
  | 'automation-moves-it'

export type Action = 'sync' | 'refresh' | 'rollback' | 'resume' | 'terminate' | 'delete' | 'dryRunRollback' | 'rotate'

/**
 * What is allowed in which state, and the server's rule that it mirrors. The server decides; this only says so before the click.
 * An action that is not allowed stays where it is, with its reason.
 */
const rules: Record<Action, (app: AppSummary) => ReasonKey | undefined> = {
  // `operation-in-progress`: one operation at a time; a deleted application takes none.
  sync: (app) => (isDeleting(app) ? 'being-deleted' : isOperating(app) ? 'operation-running' : undefined),
  // Looking again never harms.
  refresh: () => undefined,
  // `rollback-impossible`: there must be an earlier revision in the history.
  rollback: (app) =>
    isDeleting(app) ? 'being-deleted' : isOperating(app) ? 'operation-running' : app.previous ? undefined : 'no-earlier-revision',
  dryRunRollback: (app) => (app.previous ? undefined : 'no-earlier-revision'),
  resume: (app) => (app.hold ? undefined : 'not-held'),
  terminate: (app) =>
    app.operation?.phase === 'Terminating' ? 'already-terminating' : app.operation?.phase === 'Running' ? undefined : 'no-operation',
  // The next sync applies new values, so none may come any more.
  rotate: (app) => (isDeleting(app) ? 'being-deleted' : undefined),
  delete: (app) => (isDeleting(app) ? 'being-deleted' : undefined),
}

export function whyNot(action: Action, app: AppSummary): ReasonKey | undefined {
  return rules[action](app)
}

function isDeleting(app: AppSummary): boolean {
  return app.deletingSince !== undefined
}

function isOperating(app: AppSummary): boolean {
  return app.isRequested || app.operation?.phase === 'Running' || app.operation?.phase === 'Terminating'
}
