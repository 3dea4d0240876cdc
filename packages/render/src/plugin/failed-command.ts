import type { ProgramLimits, ProgramResult } from '../contract.ts'
import { RenderError } from '../engine/tree.ts'
import type { PrivateCopy } from './private-copy.ts'

/** In Argo CD's words (cmpserver/plugin/plugin.go, CmdError), without the place of the copy. */
export function failedCommand(words: readonly string[], result: ProgramResult, limits: ProgramLimits, copy?: PrivateCopy): RenderError {
  const reasons: Record<ProgramResult['end'], string> = {
    exited: `exit status ${result.exitCode ?? 0}`,
    signalled: 'signal: killed',
    timeout: `it did not end within ${limits.timeoutMs / 1000} s`,
    'output-limit': `it printed more than ${limits.outputBytes} bytes`,
    'memory-limit': `it took more than ${Math.round(limits.memoryBytes / 1_000_000)} MB of memory`,
    'not-started': 'it could not be started',
  }
  const stderr = result.stderr.trim().slice(-4000)
  const hidden = (text: string): string => (copy === undefined ? text : text.replaceAll(copy.folder, '.').replaceAll(copy.scratch, '~'))
  const message = `\`${words.join(' ').slice(0, 500)}\` failed ${reasons[result.end]}${stderr === '' ? '' : `: ${stderr}`}`
  const code = result.end === 'timeout' ? 'render-timeout' : result.end.endsWith('limit') ? 'manifest-too-large' : 'render-failed'
  return new RenderError(hidden(message), { code, remedy: 'Correct what the command says, and push.' })
}
