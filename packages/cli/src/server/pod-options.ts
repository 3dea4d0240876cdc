import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { ServerOptions } from '@plimsoll/server'
import { parseDocument } from 'yaml'
import { CommandFailure } from '../exit-code.ts'
import type { ServerStartOptions } from './run-server.ts'

/** How jobs run in pods, by the options of `server start`. What is about pods says nothing without them, and is refused. */
export function readPodOptions(options: ServerStartOptions): NonNullable<ServerOptions['ci']> {
  const { kubeconfig, ciRunOn = kubeconfig === undefined ? 'machine' : 'pods', ciImage, ciNamespace, ciPodTemplate, ciServerUrl } = options
  const given = { 'ci-image': ciImage, 'ci-namespace': ciNamespace, 'ci-pod-template': ciPodTemplate, 'ci-server-url': ciServerUrl }
  if (ciRunOn === 'pods' && kubeconfig === undefined)
    throw new CommandFailure('The embedded cluster runs containers as processes of this machine: jobs cannot be its pods.', {
      remedy: 'Give --kubeconfig with a cluster of your own, or leave --ci-run-on out.',
    })
  const [unused] = ciRunOn === 'pods' ? [] : Object.entries(given).find(([, value]) => value !== undefined) ?? [] // prettier-ignore
  if (unused !== undefined)
    throw new CommandFailure(`--${unused} is about jobs in pods, and jobs run on this machine.`, {
      remedy: 'Leave it out, or give --kubeconfig without --ci-run-on machine.',
    })
  if (ciServerUrl !== undefined && !/^https?:\/\/[^/]/.test(ciServerUrl))
    throw new CommandFailure(`--ci-server-url '${ciServerUrl}' is no address.`, {
      remedy: 'Give one such as https://plimsoll.example.com.',
    })
  return {
    runOn: ciRunOn,
    ...(ciImage !== undefined && { image: ciImage }),
    ...(ciNamespace !== undefined && { namespace: ciNamespace }),
    ...(ciServerUrl !== undefined && { serverUrl: ciServerUrl }),
    ...(ciPodTemplate !== undefined && { podTemplate: readTemplate(resolve(ciPodTemplate)) }),
  }
}

function readTemplate(file: string): Record<string, unknown> {
  try {
    const document = parseDocument(readFileSync(file, 'utf8'))
    const [fault] = document.errors
    if (fault) throw fault
    const template = document.toJS({ maxAliasCount: 100 }) as unknown
    if (typeof template === 'object' && template !== null && !Array.isArray(template)) return template as Record<string, unknown>
    throw new Error('it is no object')
  } catch (error) {
    throw new CommandFailure(`--ci-pod-template ${file}: ${error instanceof Error ? error.message : String(error)}`, {
      remedy: 'Give YAML of a Pod: what is in it is merged over the pod of each job.',
    })
  }
}
