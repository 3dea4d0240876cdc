import type { ApplicationSource } from '@plimsoll/api'
import { substituteEnvironment } from '../build-environment.ts'
import { RenderError } from '../engine/tree.ts'
import { LooseFields } from '../loose-fields.ts'

/** Linux takes no more for one (execve(2), MAX_ARG_STRLEN). */
const maxVariableBytes = 128 * 1024 - 1

/**
 * What a plugin's commands find in their environment: the build environment, `KUBE_VERSION`, `KUBE_API_VERSIONS`, `spec.source.plugin.env` under
 * `ARGOCD_ENV_`, and the parameters as JSON and one by one (Argo CD, getPluginEnvs; `ApplicationSourcePluginParameters.Environ`). Nothing of ours.
 */
export function pluginEnvironment(source: ApplicationSource, build: ReadonlyMap<string, string>): Record<string, string> {
  const fields = new LooseFields(source.plugin, 'spec.source.plugin')
  const environment = new Map(build)
  for (const entry of fields.items('env')) {
    const name = entry.text('name')
    environment.set(
      `ARGOCD_ENV_${name}`,
      substituteEnvironment(entry.text('value'), (variable) => build.get(variable)),
    )
  }
  const parameters = fields.items('parameters')
  if (fields.has('parameters') || source.plugin) environment.set('ARGOCD_APP_PARAMETERS', JSON.stringify(parameters.map(parameterJson)))
  for (const parameter of parameters) {
    const base = `PARAM_${escapeName(parameter.text('name'))}`
    if (parameter.has('string')) environment.set(base, parameter.text('string'))
    for (const [key, value] of parameter.pairs('map')) environment.set(`${base}_${escapeName(key)}`, value)
    for (const [index, value] of parameter.texts('array').entries()) environment.set(`${base}_${index}`, value)
  }
  for (const [name, value] of environment) {
    if (!/^[^=\0]+$/.test(name) || value.includes('\0')) throw unfit(name, 'has a character that no variable may have')
    if (Buffer.byteLength(`${name}=${value}`) > maxVariableBytes) throw unfit(name, `has more than ${maxVariableBytes} bytes`)
  }
  return Object.fromEntries(environment)
}

function parameterJson(parameter: LooseFields): Record<string, unknown> {
  return {
    ...(parameter.has('array') && { array: parameter.texts('array') }),
    ...(parameter.has('map') && { map: Object.fromEntries([...parameter.pairs('map')].toSorted(([a], [b]) => (a < b ? -1 : 1))) }),
    name: parameter.text('name'),
    ...(parameter.has('string') && { string: parameter.text('string') }),
  }
}

function escapeName(name: string): string {
  return name.toUpperCase().replaceAll(/[^A-Z0-9_]/g, '_')
}

function unfit(name: string, reason: string): RenderError {
  return new RenderError(`The environment variable ${name.slice(0, 100)} ${reason}.`, {
    remedy: 'Correct spec.source.plugin of the Application.',
  })
}
