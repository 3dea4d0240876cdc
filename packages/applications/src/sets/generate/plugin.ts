import { PlimsollError, type PluginGenerator } from '@plimsoll/api'
import { isObject, listAt, textAt } from '../../json.ts'
import type { Asked, Generator, PluginCall } from './generator.ts'
import { flattened, type Parameters } from './parameters.ts'
import { isGo, withValues } from './values.ts'

const defaultRequeueMs = 30 * 60_000
const defaultTimeoutMs = 30_000
const longestTimeoutMs = 120_000

/**
 * A program of somebody's, asked over HTTP: `POST BASEURL/api/v1/getparams.execute` with the name of the set and what the spec gives it
 * (argo-cd docs/operator-manual/applicationset/Generators-Plugin.md, 3.x).
 */
export const plugin: Generator<PluginGenerator> = {
  async generate(spec, asked) {
    const input = { parameters: spec.input?.parameters ?? {} }
    const body = JSON.stringify({ applicationSetName: asked.set.metadata.name, input })
    const answer = await asked.sources.post({ ...(await pluginOf(spec, asked)), body })
    const found = parametersOf(answer, asked).map((one) => ({ ...(isGo(asked) ? one : flattened(one)), generator: { input } }))
    return withValues(found, spec.values, asked)
  },
  requeueAfterMs: ({ requeueAfterSeconds }) => (typeof requeueAfterSeconds === 'number' ? requeueAfterSeconds * 1000 : defaultRequeueMs),
}

async function pluginOf({ configMapRef: { name } }: PluginGenerator, asked: Asked): Promise<Omit<PluginCall, 'body'>> {
  const data = await asked.sources.configMap(name)
  if (data === undefined) throw failed(asked, `there is no ConfigMap '${name}' in the namespace of the ApplicationSet`)
  const baseUrl = data.get('baseUrl') ?? ''
  if (!/^https?:\/\/[^\s]+$/.test(baseUrl)) throw failed(asked, `ConfigMap '${name}' must say baseUrl, an address by http or https`)
  const seconds = data.get('requestTimeout')
  if (seconds !== undefined && !/^\d{1,6}$/.test(seconds))
    throw failed(asked, `requestTimeout of ConfigMap '${name}' must be a number of seconds`)
  return {
    url: `${baseUrl.replace(/\/+$/, '')}/api/v1/getparams.execute`,
    token: await tokenOf(data.get('token') ?? '', name, asked),
    timeoutMs: Math.min(longestTimeoutMs, seconds === undefined || Number(seconds) === 0 ? defaultTimeoutMs : Number(seconds) * 1000),
  }
}

/** `$KEY` of Secret `argocd-secret`, or `$SECRET:KEY`. The Secret says that it is Argo CD's: no other is read for this. */
async function tokenOf(reference: string, configMap: string, asked: Asked): Promise<string> {
  const match = /^\$(?:([^:]+):)?(.+)$/.exec(reference)
  if (!match) throw failed(asked, `token of ConfigMap '${configMap}' must name a key of a Secret: $KEY or $SECRET:KEY`)
  const [, secretName = 'argocd-secret', key = ''] = match
  const secret = await asked.sources.secret(secretName)
  if (secret === undefined) throw failed(asked, `there is no Secret '${secretName}' in the namespace of the ApplicationSet`)
  if (secretName !== 'argocd-secret' && secret.labels.get('app.kubernetes.io/part-of') !== 'argocd') {
    throw failed(asked, `Secret '${secretName}' has no label app.kubernetes.io/part-of: argocd, which lets plugins use it`)
  }
  const token = secret.data.get(key)
  if (token === undefined) throw failed(asked, `Secret '${secretName}' has no key '${key.slice(0, 100)}'`)
  return token
}

function parametersOf({ status, text }: { status: number; text: string }, asked: Asked): Parameters[] {
  let answer: unknown
  try {
    answer = JSON.parse(text)
  } catch {
    if (status >= 200 && status < 300) throw failed(asked, 'the plugin answered with something that is no JSON')
  }
  if (status < 200 || status >= 300) {
    const said = textAt(answer, 'message') ?? textAt(answer, 'error')
    throw failed(asked, `the plugin answered ${status}${said === undefined ? '' : `: ${said.slice(0, 300)}`}`)
  }
  const found = listAt(answer, 'output', 'parameters')
  if (!isObject(answer) || !isObject(answer['output']) || !Array.isArray(answer['output']['parameters'])) {
    throw failed(asked, 'the plugin answered without a list output.parameters')
  }
  return found.map((one, index) => {
    if (!isObject(one)) throw failed(asked, `output.parameters[${index}] of the plugin is no map`)
    return one
  })
}

function failed({ where }: Asked, why: string): PlimsollError {
  return new PlimsollError('generator-failed', `${where}: ${why}.`)
}
