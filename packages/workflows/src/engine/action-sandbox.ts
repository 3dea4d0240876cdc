import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { StepFailure } from '../actions/action-call.ts'
import { openJobFiles } from '../sandbox/job-files.ts'
import { type Bind, translatePath } from '../sandbox/job-folders.ts'
import type { JobFolders, Sandbox } from '../sandbox/sandbox.ts'
import { mounts } from './create-arguments.ts'
import { askEngine, startEngine } from './engine.ts'
import { engineProcess, untilDone } from './engine-process.ts'
import type { JobContainers, Telling } from './job-containers.ts'

/** `ContainerActionHandler` of GitHub's runner. */
const inside = {
  workspace: '/github/workspace',
  temp: '/github/runner_temp',
  home: '/github/home',
  commands: '/github/workflow',
  toolCache: '/github/tool_cache',
} as const

/** One run of an action's image: what is started in it are the arguments of its entry point. `sandbox`: of the job. */
export function actionSandbox(
  containers: JobContainers,
  sandbox: Sandbox,
  run: { image: string; entrypoint?: string },
  telling: Pick<Telling, 'say'>,
): Sandbox {
  const folders: JobFolders = { ...inside, actions: sandbox.inside.actions }
  const { outside } = sandbox
  if (!outside) throw new Error('the folders of this job are not on this machine')
  // Not the home of ordinary steps, where the workspace is.
  const home = sandbox.image ? outside.home : join(containers.options.folder, 'action-home')
  const binds: Bind[] = [
    { from: outside.workspace, to: inside.workspace },
    { from: outside.temp, to: inside.temp },
    { from: home, to: inside.home },
    { from: outside.commands, to: inside.commands },
  ]
  return {
    ...sandbox,
    isolation: 'container',
    inside: folders,
    outside: { ...outside, home },
    files: openJobFiles(folders, { ...outside, home }, { isForAnybody: true }),
    place: `in image '${run.image}'`,
    path: '',
    image: { name: run.image, node: () => Promise.reject(new Error('an action with an image is no action for Node.js')) },
    async start(command, { streams = 'both' } = {}) {
      const engine = await containers.need('The action runs in a container')
      mkdirSync(home, { recursive: true, mode: 0o755 })
      const name = `plimsoll-${randomUUID()}`
      // What is a path of the job is one of the container in there.
      const env = new Map([...command.env].map(([name, value]) => [name, translatePath(value, sandbox.inside, folders)]))
      const given = containers.variables(env, telling)
      const argv = [
        'run',
        '--rm',
        `--name=${name}`,
        ...(await containers.common(engine, run.image)),
        ...mounts(engine, binds),
        `--workdir=${command.workingDirectory}`,
        ...given.argv,
        ...(run.entrypoint === undefined ? [] : [`--entrypoint=${run.entrypoint}`]),
        run.image,
        ...command.argv,
      ]
      if (containers.closing.aborted) throw new StepFailure('The operation was canceled.')
      let hasEnded = false
      const child = startEngine(engine, argv, { environment: given.environment })
      void containers.watch(engine, name)
      return engineProcess(child, {
        streams,
        signal: (signal) =>
          void untilDone(async () => (await askEngine(engine, ['kill', `--signal=${signal}`, name])).code === 0 || hasEnded),
        ended() {
          hasEnded = true
          given.remove()
        },
      })
    },
    close: () => Promise.resolve(),
  }
}
