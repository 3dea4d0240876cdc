import type { ActionDefinition, Step, StrangerKnowledge, StrangerScript, Template, Workflow } from '../contract.ts'
import { strangerContexts } from './find-strangers.ts'
import { allKnowledge } from './job-knowledge.ts'

/** Every script of a workflow that holds a stranger's text. `inputs`: names that a caller has tainted. */
export function strangerScripts(workflow: Workflow, inputs: ReadonlySet<string> = new Set()): StrangerScript[] {
  const found: StrangerScript[] = []
  const known = allKnowledge(workflow, inputs)
  for (const [id, job] of workflow.jobs) {
    if (job.kind !== 'steps') continue
    const knowledge = known.get(id) ?? {}
    const shells = [workflow.defaults?.shell, job.defaults?.shell]
    for (const [at, step] of job.steps.entries()) {
      const here: StrangerKnowledge = { ...knowledge, env: [...(knowledge.env ?? []), step.env] }
      for (const one of ofStep(step, at, here, shells)) found.push({ ...one, job: id })
    }
  }
  return found
}

/** The same for a composite action; of others, the scripts are their own. */
export function strangerScriptsOfAction(action: ActionDefinition, inputs: ReadonlySet<string> = new Set()): StrangerScript[] {
  if (action.runs.using !== 'composite') return []
  return action.runs.steps.flatMap((step, at) => ofStep(step, at, { inputs, env: [step.env] }, []))
}

function ofStep(step: Step, number: number, knowledge: StrangerKnowledge, shells: readonly (Template | undefined)[]): StrangerScript[] {
  const uses = (template: Template | undefined, where: StrangerScript['where']): StrangerScript[] =>
    template ? strangerContexts(template, knowledge).map((use) => ({ ...use, step: number, where })) : []
  if (step.kind === 'run') {
    const shell = step.shell ?? shells.findLast((one) => one !== undefined)
    return [...uses(step.run, 'run'), ...uses(shell, 'shell')]
  }
  const isScript = step.uses.kind === 'repository' && step.uses.repository.toLowerCase() === 'github-script'
  if (!isScript) return []
  const script = [...step.with].find(([name]) => name.toLowerCase() === 'script')?.[1]
  return uses(script, 'script')
}
