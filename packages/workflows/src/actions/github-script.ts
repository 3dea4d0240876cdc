import { join } from 'node:path'
import { type BuiltinAction, StepFailure } from './action-call.ts'

/** actions/github-script: JavaScript with `github`, `context`, `core`, `exec`, `glob`, `io`, in a process of its own as every step. */
export const githubScript: BuiltinAction = {
  inputs: {
    script: '',
    'github-token': '',
    debug: 'false',
    'user-agent': '',
    previews: '',
    'result-encoding': 'json',
    retries: '0',
    'retry-exempt-status-codes': '',
    'base-url': '',
  },
  async main(call) {
    const script = call.input('script')
    if (script === '') throw new StepFailure("Input 'script' is needed.")
    call.say(script)
    const env: [string, string][] = [
      ['PLIMSOLL_SCRIPT', script],
      ['PLIMSOLL_TOKEN', call.input('github-token') || call.spec.token],
      ['PLIMSOLL_RESULT_ENCODING', call.input('result-encoding')],
    ]
    const code = await call.heard([call.sandbox.node, join(call.sandbox.scripts, 'github-script.mjs')], { env })
    if (code !== 0) throw new StepFailure(`The script has failed with exit code ${code}.`)
  },
}
