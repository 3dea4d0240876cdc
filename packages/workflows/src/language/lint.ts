import type { Problem, StrangerScript } from './contract.ts'
import { parseAction } from './reading/action.ts'
import { parseWorkflow } from './reading/workflow.ts'
import { strangerScripts, strangerScriptsOfAction } from './strangers/scripts.ts'

/**
 * All that can be told of one file: a workflow, or an action when it is called `action.yml`. Scripts that hold a stranger's text are
 * warnings: only a run that holds a secret or a token that can write refuses them.
 */
export function lintFile(text: string, path: string): Problem[] {
  if (/(^|\/)action\.ya?ml$/.test(path)) {
    const { action, problems } = parseAction(text, path)
    return merged(problems, action ? strangerScriptsOfAction(action) : [])
  }
  const { workflow, problems } = parseWorkflow(text, path)
  return merged(problems, workflow ? strangerScripts(workflow) : [])
}

function merged(problems: readonly Problem[], scripts: readonly StrangerScript[]): Problem[] {
  const warnings = scripts.map(({ message, line, column }): Problem => ({ message, line, column, severity: 'warning' }))
  return [...problems, ...warnings].toSorted((a, b) => a.line - b.line || a.column - b.column)
}
