import { findExecutable, ProcessStartError, runProgram } from '@plimsoll/processes'
import type { Programs } from '../contract.ts'

/**
 * Programs as processes of this machine, each in a session of its own that ends as a whole. `programs` are those that the operator has enabled, by
 * name: a path, or a command that is found as a shell would find it. Memory is measured on Linux only; elsewhere only time and output are limited.
 */
export function childPrograms(programs: Readonly<Record<string, string>> = {}): Programs {
  return {
    find(name) {
      const command = Object.hasOwn(programs, name) ? programs[name] : undefined
      if (command === undefined) return Promise.resolve(undefined)
      try {
        return Promise.resolve(findExecutable(command, process.env['PATH'], process.cwd()))
      } catch (error) {
        if (error instanceof ProcessStartError) return Promise.resolve(undefined)
        throw error
      }
    },
    run: ({ command, folder, environment, limits }) => runProgram({ command, folder, environment, ...limits }),
  }
}
