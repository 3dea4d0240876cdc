import { Application } from '@plimsoll/api'
import type { Destination } from '../../clusters/contract.ts'
import type { TargetCluster } from '../../contract.ts'
import { isDnsSubdomain, specProblem } from '../../application-object.ts'

export interface ValidationPorts {
  /** The cluster that a destination leads to, or why to none. */
  resolve(destination: Application['spec']['destination']): Destination
  projectProblems(application: Application, cluster: TargetCluster): readonly string[]
}

/** What is wrong with Applications that were generated, by their name; a name that two of them have is wrong for both. */
export function invalidApplications(applications: readonly Application[], ports: ValidationPorts): Map<string, string> {
  const problems = new Map<string, string>()
  const seen = new Set<string>()
  for (const application of applications) {
    const name = typeof application.metadata.name === 'string' ? application.metadata.name : ''
    const problem = seen.has(name) ? `two applications have the name '${name}'` : problemOf(application, name, ports)
    seen.add(name)
    if (problem !== undefined && !problems.has(name)) problems.set(name, problem)
  }
  return problems
}

function problemOf(application: Application, name: string, ports: ValidationPorts): string | undefined {
  if (name === '') return 'an application has no name: the template must set metadata.name'
  if (!isDnsSubdomain(name)) {
    return `'${name.slice(0, 80)}' is no name for an application (lower case letters, digits, dashes and dots, at most 253); normalize or slugify make one`
  }
  const shape = Application.safeParse(application)
  if (!shape.success) {
    const [issue] = shape.error.issues
    return `application '${name}': ${issue?.path.map(String).join('.') ?? 'it'}: ${issue?.message ?? 'is not valid'}`
  }
  const problem = specProblem(application)
  if (problem !== undefined) return `application '${name}': ${problem}`
  const found = ports.resolve(application.spec.destination)
  if (!found.cluster) return `application '${name}': ${found.problem}`
  const problems = ports.projectProblems(application, found.cluster)
  return problems.length > 0 ? `application '${name}': ${problems.join('; ')}` : undefined
}
