import type { Command } from 'commander'
import { addGateReports } from './gate/reports.ts'
import { addGateRun } from './gate/run.ts'

/** `plimsoll gate …`: what a model must show before it may serve. */
export function addGateCommands(program: Command): void {
  const gate = program.command('gate').description('what a model must show against the one that serves')
  addGateRun(gate)
  addGateReports(gate)
}
