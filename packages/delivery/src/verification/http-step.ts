import { type Application, durationMs, type Verification, type VerificationView } from '@plimsoll/api'
import type { HttpProbe } from '../contract.ts'

const defaultWithin = '1m'
const attemptMs = 10_000

/** One attempt: what is served may need a moment. Passes with the first answer that is as it should be. */
export async function httpStep(
  step: VerificationView,
  http: NonNullable<Verification['http']>,
  context: { probe: HttpProbe | undefined; application: Application; now: () => number },
): Promise<VerificationView> {
  const { probe, application, now } = context
  const finished = (): string => new Date(now()).toISOString()
  if (probe === undefined) return { ...step, state: 'inconclusive', finishedAt: finished(), text: 'Nothing here can ask over HTTP.' }
  const { within = defaultWithin } = http
  let seen: string
  try {
    const answer = await probe.ask({ ...http, namespace: application.spec.destination.namespace ?? 'default' }, { timeoutMs: attemptMs })
    const isStatus = http.status === undefined ? answer.status >= 200 && answer.status < 300 : answer.status === http.status
    const isBody = http.contains === undefined || answer.body.includes(http.contains)
    if (isStatus && isBody) return { ...step, state: 'pass', finishedAt: finished(), text: `Answered ${answer.status}.` }
    seen = isStatus
      ? `the answer has no '${http.contains?.slice(0, 100) ?? ''}' in it`
      : `it answered ${answer.status}, not ${http.status ?? '2xx'}`
  } catch (error) {
    seen = `no answer: ${error instanceof Error ? error.message : String(error)}`.slice(0, 300)
  }
  const startedAt = Date.parse(step.startedAt ?? finished())
  if (now() - startedAt < durationMs(within)) return { ...step, state: 'running', text: `Not yet: ${seen}.` }
  return { ...step, state: 'fail', finishedAt: finished(), text: `Not within ${within}: ${seen}.` }
}
