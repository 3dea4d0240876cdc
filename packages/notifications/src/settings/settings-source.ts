import type { TargetCluster } from '@plimsoll/applications'
import type { KubeObject, ObjectKey } from '@plimsoll/kube'
import { type NotificationSettings, readSettings } from './read-settings.ts'

const configMap = { group: '', kind: 'ConfigMap', name: 'argocd-notifications-cm' }
const secret = { group: '', kind: 'Secret', name: 'argocd-notifications-secret' }

/** The settings as they are now, read again only when they have changed. */
export class SettingsSource {
  readonly #cache: TargetCluster['cache']
  readonly #namespace: string
  readonly #consoleUrl: () => string
  #last: { map: KubeObject | undefined; secret: KubeObject | undefined; settings: NotificationSettings } | undefined

  constructor(cache: TargetCluster['cache'], namespace: string, consoleUrl: () => string) {
    this.#cache = cache
    this.#namespace = namespace
    this.#consoleUrl = consoleUrl
  }

  isAbout({ group, kind, namespace, name }: ObjectKey): boolean {
    return namespace === this.#namespace && [configMap, secret].some((one) => one.group === group && one.kind === kind && one.name === name)
  }

  current(): NotificationSettings {
    const map = this.#cache.get({ ...configMap, namespace: this.#namespace })
    const secrets = this.#cache.get({ ...secret, namespace: this.#namespace })
    if (this.#last === undefined || this.#last.map !== map || this.#last.secret !== secrets) {
      const read = readSettings(stringsIn(map, 'data'), {
        ...Object.fromEntries(
          Object.entries(stringsIn(secrets, 'data')).map(([name, value]) => [name, Buffer.from(value, 'base64').toString('utf8')]),
        ),
        ...stringsIn(secrets, 'stringData'),
      })
      this.#last = { map, secret: secrets, settings: { ...read, context: { argocdUrl: this.#consoleUrl(), ...read.context } } }
    }
    return this.#last.settings
  }
}

function stringsIn(object: KubeObject | undefined, field: string): Record<string, string> {
  const found = object?.[field]
  if (typeof found !== 'object' || found === null) return {}
  return Object.fromEntries(Object.entries(found).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}
