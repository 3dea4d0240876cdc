import { writePrivate } from './certificates.ts'

export interface KubeconfigFacts {
  /** `https://127.0.0.1:PORT`. */
  server: string
  /** PEM. */
  ca: string
  token: string
}

/** JSON is YAML, and needs no quoting rules. */
export async function writeKubeconfig(path: string, facts: KubeconfigFacts): Promise<void> {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'plimsoll', cluster: { server: facts.server, 'certificate-authority-data': Buffer.from(facts.ca).toString('base64') } },
    ],
    users: [{ name: 'plimsoll-admin', user: { token: facts.token } }],
    contexts: [{ name: 'plimsoll', context: { cluster: 'plimsoll', user: 'plimsoll-admin', namespace: 'default' } }],
    'current-context': 'plimsoll',
    preferences: {},
  }
  await writePrivate(path, `${JSON.stringify(config, undefined, 2)}\n`)
}
