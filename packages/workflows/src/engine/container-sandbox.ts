import { randomUUID } from 'node:crypto'
import { StepFailure } from '../actions/action-call.ts'
import { openJobFiles } from '../sandbox/job-files.ts'
import { insideFolders, workspaceName } from '../sandbox/job-folders.ts'
import { environmentScript } from '../sandbox/launch-script.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { askEngine, startEngine } from './engine.ts'
import { engineProcess, untilDone } from './engine-process.ts'
import { nodeInside } from './image-node.ts'
import type { JobContainers, StepsContainer } from './job-containers.ts'

/**
 * Begins a group of processes, so that a signal reaches all of a step: not every engine starts what it is told to as one. `setsid` would go to the
 * background where it is one already.
 */
const asGroup =
  's=$1; shift; read -r _ _ _ _ group _ < /proc/$$/stat; if [ "$group" != $$ ] && command -v setsid > /dev/null; then exec setsid /bin/sh -c "$s" plimsoll-step "$@"; fi; exec /bin/sh -c "$s" plimsoll-step "$@"'
/** Tells its number, takes its environment and becomes the program. */
const launch = (streams: 'both' | 'stdout'): string =>
  `echo $$ > "$1.pid"; e=$1; shift; . "$e"; unset e; cd -- "$1" || exit 126; shift; exec "$@" 2>${streams === 'both' ? '&1' : '/dev/null'}`
const kill = 'kill -s "$1" -- "-$2" 2> /dev/null || kill -s "$1" -- "$2"'

/** Steps in a container of the job. What of ours is no step runs beside it, in the same folders. */
export function containerSandbox(containers: JobContainers, beside: Sandbox, repository: string, image: string): Sandbox {
  const inside = insideFolders('image', workspaceName(repository))
  const running = (): StepsContainer => {
    if (!containers.steps) throw new StepFailure('The container of this job does not run.')
    return containers.steps
  }
  const { outside } = beside
  if (!outside) throw new Error('the folders of this job are not on this machine')
  const files = openJobFiles(inside, outside, { isForAnybody: true })
  let node: Promise<string> | undefined
  const sandbox: Sandbox = {
    isolation: 'container',
    shared: "this machine's kernel, and what of it others reach by network",
    place: `in image '${image}'`,
    inside,
    outside,
    files: { ...files, find: (program, path) => findInside(running(), program, path) },
    get path() {
      return containers.steps?.path ?? ''
    },
    node: beside.node,
    arch: beside.arch,
    scripts: beside.scripts,
    image: {
      name: image,
      async node() {
        return (node ??= nodeInside(running()))
      },
    },
    beside,
    async start(command, { streams = 'both' } = {}) {
      const { engine, id, env } = running()
      const name = `.step-${randomUUID()}`
      const file = await files.put(name, environmentScript(new Map([...env, ...command.env])))
      await files.put(`${name}.pid`, '')
      const argv = ['/bin/sh', '-c', asGroup, 'plimsoll-step', launch(streams), file, command.workingDirectory, ...command.argv]
      const { input } = command
      const child = startEngine(
        engine,
        ['exec', ...(input === undefined ? [] : ['--interactive']), id, ...argv],
        input === undefined ? {} : { input },
      )
      let hasEnded = false
      return engineProcess(child, {
        streams,
        signal(signal) {
          const send = async (): Promise<boolean> => {
            if (hasEnded) return true
            const told = await files.read(`${name}.pid`)
            const pid = 'text' in told ? /^(\d{1,10})\n/.exec(told.text)?.[1] : undefined
            if (pid !== undefined) await askEngine(engine, ['exec', id, '/bin/sh', '-c', kill, 'kill', signal.slice('SIG'.length), pid])
            return pid !== undefined
          }
          void untilDone(send)
        },
        ended() {
          hasEnded = true
          void files.remove([name, `${name}.pid`])
        },
      })
    },
    usage: () => beside.usage(),
    async close() {
      await containers.close()
      await beside.close()
    },
  }
  return sandbox
}

/** Where a program of the image is. */
async function findInside({ engine, id }: StepsContainer, program: string, path: string): Promise<string | undefined> {
  const found = await askEngine(engine, ['exec', id, '/bin/sh', '-c', 'PATH=$1; command -v "$2"', 'find', path, program])
  return found.code === 0 ? found.stdout.trim() : undefined
}
