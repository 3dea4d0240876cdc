import { PlimsollError } from '@plimsoll/api'
import { fetchOutside, type NetworkPolicy } from '@plimsoll/network'
import type { PluginCall } from '../generate/generator.ts'
import type { AskForge } from '../forges/rest.ts'

const maxBytes = 16 * 1024 * 1024

/** The only way out for generators: what a name leads to is checked when it is dialled, and at each redirect. */
export function createOutside(policy: NetworkPolicy): { ask: AskForge; post(call: PluginCall): Promise<{ status: number; text: string }> } {
  return {
    async ask(url, { headers, method = 'GET', ca }) {
      const answer = await fetchOutside(url, { policy, method, headers, maxBytes, ...(ca !== undefined && { ca }) })
      return { status: answer.status, headers: answer.headers, body: answer.body.toString('utf8') }
    },
    async post({ url, token, body, timeoutMs }) {
      if (!URL.canParse(url)) throw new PlimsollError('generator-failed', `'${url.slice(0, 200)}' is no address of a plugin.`)
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json' }
      const answer = await fetchOutside(new URL(url), { policy, method: 'POST', headers, body, maxBytes, timeoutMs })
      return { status: answer.status, text: answer.body.toString('utf8') }
    },
  }
}
