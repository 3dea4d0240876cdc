import { fromGoFlags } from './commands/arguments.ts'
import { renderHelmArguments } from './commands/render.ts'
import { createProgram } from './program.ts'
import { reportFailure } from './report-failure.ts'

// A reader such as `head` that has seen enough ends the command, not with a failure.
process.stdout.on('error', () => process.exit(0))

try {
  const helm = renderHelmArguments(process.argv.slice(2))
  if (helm) await (await import('./commands/render/helm.ts')).renderHelmCommand(helm)
  else await createProgram().parseAsync(fromGoFlags(process.argv.slice(2)), { from: 'user' })
} catch (error) {
  reportFailure(error)
}
