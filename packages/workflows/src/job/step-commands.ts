import { parseCommand } from '../log/workflow-command.ts'
import type { StepCall } from './frame.ts'
import type { JobExecution } from './job-execution.ts'

/** One line that a step has printed: what is a command to us is obeyed, everything else is shown. */
export function takeLine(
  job: JobExecution,
  line: string,
  call: StepCall,
  options: { isContinued: boolean; hears: boolean },
): Promise<void> | undefined {
  const { log, masker } = job.tools
  const { number } = call.frame.record
  const command = options.hears && !options.isContinued ? parseCommand(line) : undefined
  if (command === undefined) return log.write(number, line)
  const { name, value, properties } = command
  if (call.commandsStoppedBy !== undefined) {
    if (name !== call.commandsStoppedBy.toLowerCase()) return log.write(number, line)
    delete call.commandsStoppedBy
    return undefined
  }
  switch (name) {
    case 'add-mask':
      if (value.trim() === '') return log.write(number, "Can't add secret mask for empty string in ##[add-mask] command.", 'warning')
      masker.add(value)
      return undefined
    case 'group':
      return log.write(number, value, 'group')
    case 'endgroup':
      return log.write(number, '', 'endgroup')
    case 'debug':
      return job.spec.isDebug ? log.write(number, value, 'debug') : undefined
    case 'notice':
    case 'warning':
    case 'error':
      annotate(job, name, value, properties, call)
      return log.write(number, value, name)
    case 'stop-commands':
      // The runner refuses words that are commands: they would start them again.
      if (value.trim() === '' || /^(add-mask|group|endgroup|debug|notice|warning|error|stop-commands|echo|pause-logging)$/i.test(value))
        return log.write(number, `Invalid token for stop-commands: '${value}'.`, 'error')
      call.commandsStoppedBy = value.trim()
      return log.write(number, line)
    case 'save-state':
      call.state.set(properties.get('name') ?? '', value)
      return undefined
    case 'set-output':
      job.setOutput(properties.get('name') ?? '', value, call)
      return log.write(number, 'The `set-output` command is deprecated. Write to $GITHUB_OUTPUT instead.', 'warning')
    case 'set-env':
    case 'add-path':
      return log.write(
        number,
        `The \`${name}\` command is disabled. Write to $GITHUB_${name === 'set-env' ? 'ENV' : 'PATH'} instead.`,
        'error',
      )
    case 'echo':
    case 'add-matcher':
    case 'remove-matcher':
      return undefined
    default:
      return log.write(number, line)
  }
}

function annotate(
  job: JobExecution,
  name: 'notice' | 'warning' | 'error',
  value: string,
  properties: ReadonlyMap<string, string>,
  call: StepCall,
): void {
  const number = (key: string): number | undefined => {
    const found = Number(properties.get(key))
    return Number.isInteger(found) && found > 0 ? found : undefined
  }
  const file = properties.get('file')
  const column = number('col')
  const title = properties.get('title')
  const workspace = `${job.tools.sandbox.inside.workspace}/`
  job.annotateStep(name === 'error' ? 'failure' : name, value, call.frame, call.step, {
    ...(file !== undefined && { path: file.startsWith(workspace) ? file.slice(workspace.length) : file, line: number('line') ?? 1 }),
    ...(column !== undefined && { column }),
    ...(title !== undefined && { title }),
  })
}
