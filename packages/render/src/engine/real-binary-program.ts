import type { Programs } from '../contract.ts'
import type { BinaryPlan } from './binary-plan.ts'
import { RenderError } from './tree.ts'

/** A real tool, and how it is called. */
export interface RealTool {
  /** That of the enabled program. */
  name: string
  /** Absolute path. */
  program: string
  arguments: readonly string[]
  /** It starts files of the repository, those that are executable there. */
  startsFiles: boolean
}

/** The program for a plan among those that the operator has enabled. Throws `RenderError` where there is none, or where it could not do all of it. */
export async function findTool(plan: BinaryPlan, programs: Programs, runsForeign: boolean): Promise<RealTool> {
  const tool =
    plan.tool === 'kustomize' ? await findKustomize(programs) : { name: plan.tool, program: await programs.find(plan.tool), words: [] }
  const { name, program, words } = tool
  if (program === undefined)
    throw refused(plan.tool === 'kustomize' ? 'neither kustomize nor kubectl is enabled here' : `no ${name} is enabled here`)
  if (plan.obstacle !== undefined) throw refused(plan.obstacle)
  const foreign = runsForeign ? (plan.foreign ?? []) : []
  const startsFiles = foreign.includes('program')
  // Both of these kustomize leaves out without a word, which would make other manifests of the same files.
  if (foreign.includes('unknown')) throw refused('one of its functions is neither a container nor a program')
  if (startsFiles && name === 'kubectl') {
    throw refused('one of its functions or plugins is a program, which kubectl does not run, and no kustomize is enabled here', {
      remedy:
        'Let the operator start the server with --program kustomize=PATH, or use a function in a container, or a config management plugin.',
    })
  }
  return {
    name,
    program,
    arguments: [
      ...words,
      ...plan.arguments,
      ...(foreign.length > 0 ? ['--enable-alpha-plugins'] : []),
      ...(startsFiles ? ['--enable-exec'] : []),
    ],
    startsFiles,
  }
}

/** Of its own where there is one: it does more than the one in kubectl. */
async function findKustomize(programs: Programs): Promise<{ name: string; program: string | undefined; words: readonly string[] }> {
  const program = await programs.find('kustomize')
  if (program !== undefined) return { name: 'kustomize', program, words: ['build', '.'] }
  return { name: 'kubectl', program: await programs.find('kubectl'), words: ['kustomize', '.'] }
}

export function refused(reason: string, options: { remedy?: string } = {}): RenderError {
  return new RenderError(`The real tool cannot be run: ${reason}.`, {
    code: 'source-not-supported',
    remedy: options.remedy ?? 'Let the operator enable it, or remove the annotation plimsoll.dev/render-with-binary.',
  })
}
