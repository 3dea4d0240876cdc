import { readFile } from 'node:fs/promises'
import { request } from 'node:https'

interface Kubeconfig {
  clusters: { cluster: { server: string; 'certificate-authority-data': string } }[]
  users: { user: { token: string } }[]
}

export type ClusterAnswer =
  | { state: 'ready' }
  /** It answers and is ours, but says that it is not ready. */
  | { state: 'starting'; why: string }
  | { state: 'silent'; why: string }

/** Is the cluster of this kubeconfig there and ready? Its certificate must be ours and it must know our token. */
export async function askCluster(kubeconfig: string, timeoutMs: number): Promise<ClusterAnswer> {
  let config: Kubeconfig
  try {
    config = JSON.parse(await readFile(kubeconfig, 'utf8')) as Kubeconfig
  } catch (error) {
    return { state: 'silent', why: `its kubeconfig cannot be read: ${error instanceof Error ? error.message : String(error)}` }
  }
  const cluster = config.clusters[0]?.cluster
  const token = config.users[0]?.user.token
  if (cluster === undefined || token === undefined) return { state: 'silent', why: 'its kubeconfig is incomplete' }
  const ca = Buffer.from(cluster['certificate-authority-data'], 'base64').toString()
  const ask = (path: string): Promise<{ code: number; text: string }> => get(`${cluster.server}${path}`, ca, token, timeoutMs)
  try {
    const known = await ask('/api')
    if (known.code !== 200) return { state: 'silent', why: `it answers ${known.code} to our token` }
    const ready = await ask('/readyz')
    return ready.code === 200 ? { state: 'ready' } : { state: 'starting', why: ready.text }
  } catch (error) {
    return { state: 'silent', why: error instanceof Error ? error.message : String(error) }
  }
}

function get(url: string, ca: string, token: string, timeoutMs: number): Promise<{ code: number; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { ca, agent: false, timeout: timeoutMs, headers: { Authorization: `Bearer ${token}` } }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve({ code: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }))
      response.on('error', reject)
    })
    asked.on('timeout', () => asked.destroy(new Error(`no answer within ${timeoutMs} ms`)))
    asked.on('error', reject)
    asked.end()
  })
}
