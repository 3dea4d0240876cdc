/**
 * Runs of GitHub Actions workflows.
 *
 * Terminology
 * - event: something that happened to a repository and may start workflows. - run: one workflow, started by one event; each attempt runs its jobs anew.
 * - job: steps in one workspace, one after the other. - sandbox: where they run; what of the machine they see.
 * - trust: whether somebody with write access stands behind what runs. - outside: of a pull request by somebody without it.
 */
export * from './contract.ts'
export { createWorkflowRuns } from './run/create-workflow-runs.ts'
export type { RunsContext } from './run/runs-context.ts'
export { openPodCluster, type PodCluster } from './sandbox/pods/pod-cluster.ts'
export type { PodsOptions } from './sandbox/pods/open-pods.ts'
export type { JobLimits } from './job/job-spec.ts'
export { readSchedules, scheduledBetween } from './run/schedules.ts'
export { linkWorkflows, lintFile, parseWorkflow, type LoadedWorkflow } from './language/index.ts'
export { openLocalRuns, type LocalRuns, type LocalRunsOptions } from './local/open-local-runs.ts'
