import { type Check, PlimsollError } from '@plimsoll/api'
import type { Principal } from './auth/principal.ts'

/**
 * `gate: NAME` is what a gate has said, `plan: NAME` what a plan has shown. Nobody else speaks under these names: whoever may set checks would
 * otherwise pass a gate without its report, and without the override that stays on record.
 */
const own = /^\s*(?:gate|plan)\s*:/i

/** For the name of a check that a workflow file chose. */
export function nameOfRunCheck(name: string): string {
  return own.test(name) ? `workflow ${name.trimStart()}`.slice(0, 255) : name
}

/** Throws `permission-denied` for a check that is not theirs to set; `known` are those of the commit. */
export function checkSetter({ name, commit }: Pick<Check, 'name' | 'commit'>, by: Principal, known: readonly Check[]): void {
  if (own.test(name)) {
    throw new PlimsollError('permission-denied', `Check '${name}' is set by ${/gate/i.test(name) ? 'its gate' : 'the plan'} alone.`, {
      remedy: 'Run the gate (`plimsoll gate run`); what it says can be overridden, with a reason.',
    })
  }
  if (by.run === undefined) return
  const { about } = by.run
  if (about === undefined || about.commit !== commit)
    throw new PlimsollError(
      'permission-denied',
      `A run speaks of the commit that it is about, ${about?.commit ?? 'which is none'}, and of no other.`,
      {
        remedy: 'Of a pull request that is its head: github.event.pull_request.head.sha.',
      },
    )
  // `WORKFLOW / JOB` is what runs themselves say of their jobs (packages/workflows, checksOf).
  if (name.includes(' / ') || known.some((one) => one.name === name && one.detailsUrl?.startsWith('/runs/') === true))
    throw new PlimsollError('permission-denied', `Check '${name}' is what a run says of its job: no step sets it.`, {
      remedy: 'Give the check a name of its own, without " / ".',
    })
}
