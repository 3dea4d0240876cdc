/** GitHub Actions workflow files: all that needs no process. The shapes and promises are in `contract.ts`. */
export type * from './contract.ts'
export { nextTimes } from './event/cron.ts'
export { matchEvent, skipsRuns } from './event/match-event.ts'
export {
  evaluate,
  evaluateBoolean,
  evaluateCondition,
  evaluateNumber,
  evaluateStrings,
  evaluateTree,
  ExpressionFailure,
  interpolate,
  parseTemplate,
} from './evaluation.ts'
export { toValue } from './expression/json.ts'
export { evaluateCallOutputs, inputsAsText, resolveCallInputs, resolveCallSecrets, resolveDispatchInputs } from './inputs.ts'
export { linkWorkflows } from './link.ts'
export { lintFile } from './lint.ts'
export { expandMatrix, jobName } from './matrix.ts'
export { orderJobs } from './order.ts'
export { effectivePermissions } from './permissions.ts'
export { parseAction } from './reading/action.ts'
export { describeWorkflow, parseWorkflow } from './reading/workflow.ts'
export { strangerContexts, strangerInputs } from './strangers/find-strangers.ts'
export { calledInputs, jobKnowledge, levelKnowledge } from './strangers/job-knowledge.ts'
export { strangerScripts, strangerScriptsOfAction } from './strangers/scripts.ts'
export { parseUses } from './uses.ts'
